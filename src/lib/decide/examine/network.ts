import type { PortRule, SecurityGroup } from '../../model/evidence.js';
import { type Examine, fail, pass, warn } from './check.js';

/** What servers must be able to reach of each other. Source: Required Ports in Consul's documentation. */
const PORTS = [
  { protocol: 'tcp', port: 8300 },
  { protocol: 'tcp', port: 8301 },
  { protocol: 'udp', port: 8301 },
] as const;

/** The checks of the network between servers. New ones get the security groups of the template, as old ones did. */
export const networkExaminations: readonly Examine[] = [
  {
    name: 'servers reach each other',
    about:
      'The security groups of the servers let 8300 tcp and 8301 tcp and udp in and out between their members, or between the addresses of the servers. Port 8500 from here is proved by asking every server.',
    run: ({ securityGroups, survey }) => {
      if (securityGroups === undefined) {
        return warn(
          'they could not be read',
          'allow ec2:DescribeSecurityGroups in the IAM policy of the caller',
        );
      }
      if (securityGroups.length === 0)
        return warn('no security group is known', 'look at those of the servers');
      const addresses = survey.servers.flatMap(({ address }) => address ?? []);
      const closed = PORTS.filter((one) => !isOpen(one, securityGroups, addresses));
      const ports = closed.map(({ protocol, port }) => `${port} ${protocol}`).join(', ');
      const ids = securityGroups.map(({ id }) => id).join(', ');
      if (closed.length === 0) return pass(`8300 tcp, 8301 tcp and udp in ${ids}`);
      if (rulesOf(securityGroups).some(({ prefixLists }) => prefixLists)) {
        return warn(
          `${ids} open ${ports} by a prefix list at most`,
          'see that the list has the subnets of the group',
        );
      }
      return fail(
        `${ids} do not open ${ports} between servers`,
        `let them in from the security group itself: aws ec2 authorize-security-group-ingress --group-id ${securityGroups[0]?.id} --protocol ${closed[0]?.protocol} --port ${closed[0]?.port} --source-group ${securityGroups[0]?.id}`,
      );
    },
  },
];

type Port = (typeof PORTS)[number];

/** Open in and out; what a group lets in is added to what another does, as AWS does it. */
function isOpen(port: Port, groups: readonly SecurityGroup[], addresses: readonly string[]): boolean {
  const ids = groups.map(({ id }) => id);
  const lets = (rules: readonly PortRule[]) =>
    rules.some((rule) => covers(rule, port) && rule.groups.some((id) => ids.includes(id))) ||
    addresses.every((address) =>
      rules.some((rule) => covers(rule, port) && rule.ranges.some((range) => contains(range, address))),
    );
  return lets(groups.flatMap(({ ingress }) => ingress)) && lets(groups.flatMap(({ egress }) => egress));
}

function covers({ protocol, from, to }: PortRule, port: Port): boolean {
  if (protocol === '-1') return true;
  return protocol === port.protocol && (from ?? 0) <= port.port && port.port <= (to ?? 65_535);
}

function rulesOf(groups: readonly SecurityGroup[]): readonly PortRule[] {
  return groups.flatMap(({ ingress, egress }) => [...ingress, ...egress]);
}

/** Whether an IPv4 range, `10.0.0.0/16`, has this address in it. */
function contains(range: string, address: string): boolean {
  const [base = '', bits = '32'] = range.split('/');
  const size = 2 ** (32 - Number(bits));
  return Math.floor(numberOf(base) / size) === Math.floor(numberOf(address) / size);
}

function numberOf(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}
