import type { IpPermission } from '@aws-sdk/client-ec2';

/** A security group and its rules. They are only described: the sandbox filters no traffic. */
export interface SecurityGroupRecord {
  readonly groupId: string;
  readonly groupName: string;
  readonly description: string;
  readonly ingress: readonly IpPermission[];
}

/** A port that a rule opens. */
export interface Port {
  readonly protocol: 'tcp' | 'udp';
  readonly port: number;
}

/** What Consul's servers reach of each other. Source: Required Ports in Consul's documentation. */
export const SERVER_PORTS: readonly Port[] = [
  { protocol: 'tcp', port: 8300 },
  { protocol: 'tcp', port: 8301 },
  { protocol: 'udp', port: 8301 },
  { protocol: 'tcp', port: 8302 },
  { protocol: 'udp', port: 8302 },
];
/** Open to the whole VPC: the HTTP API and DNS. */
const clientPorts: readonly Port[] = [
  { protocol: 'tcp', port: 8500 },
  { protocol: 'tcp', port: 8600 },
  { protocol: 'udp', port: 8600 },
];
const consulGroupId = 'sg-0c0515ea000000002';
const defaultGroupId = 'sg-0c0515ea000000001';

/** The VPC's own group, which lets its members in, and that of the Consul servers, without the closed ports. */
export function createSecurityGroups(cidr: string, closed: readonly Port[]): readonly SecurityGroupRecord[] {
  const open = SERVER_PORTS.filter(
    ({ protocol, port }) => !closed.some((one) => one.port === port && one.protocol === protocol),
  );
  return [
    {
      groupId: defaultGroupId,
      groupName: 'default',
      description: 'default VPC security group',
      ingress: [{ IpProtocol: '-1', UserIdGroupPairs: [{ GroupId: defaultGroupId }] }],
    },
    {
      groupId: consulGroupId,
      groupName: 'consul',
      description: 'Consul servers',
      ingress: [
        ...open.map((port) => ({ ...rule(port), UserIdGroupPairs: [{ GroupId: consulGroupId }] })),
        ...clientPorts.map((port) => ({ ...rule(port), IpRanges: [{ CidrIp: cidr }] })),
      ],
    },
  ];
}

function rule({ protocol, port }: Port): IpPermission {
  return { IpProtocol: protocol, FromPort: port, ToPort: port };
}
