import type { DoctorInput, PortRule, SecurityGroup, ServerNetwork } from '../../model/doctor.js';
import { type CheckOutcome, type DoctorCheck, fail, pass, warn } from './examine.js';

/** What servers must be able to reach of each other. Source: Required Ports in Consul's documentation. */
const PORTS = [
  { protocol: 'tcp', port: 8300 },
  { protocol: 'tcp', port: 8301 },
  { protocol: 'udp', port: 8301 },
] as const;

/** The checks of the network between servers, those there are and those to come. */
export const networkDoctorChecks: readonly DoctorCheck[] = [
  {
    name: 'servers reach each other',
    about:
      'The security groups of the servers, and those that new ones get, let 8300 tcp and 8301 tcp and udp in and out between each other, by group or by the addresses of the servers. Port 8500 from here is proved by asking every server.',
    run: (input) => {
      const { network } = input;
      if (network === undefined) {
        return warn(
          'they could not be read',
          'allow ec2:DescribeSecurityGroups in the IAM policy of the caller',
        );
      }
      if (network.groups.length === 0)
        return warn('no security group is known', 'look at those of the servers');
      const [first, ...more] = findClosedPaths(input, network);
      const ids = network.groups.map(({ id }) => id).join(', ');
      if (first === undefined) return pass(`8300 tcp, 8301 tcp and udp in ${ids}`);
      return reportClosedPaths(first, [first, ...more]);
    },
  },
];

type Port = (typeof PORTS)[number];

/** Servers in the same security groups. */
interface NetworkSide {
  readonly groups: readonly SecurityGroup[];
  readonly addresses: readonly string[];
}

/** A port that is shut on the way from one side to another. */
interface NetworkPath {
  readonly from: NetworkSide;
  readonly to: NetworkSide;
  readonly port: Port;
  /** At which end. */
  readonly end: 'in' | 'out';
}

/** New servers get addresses of the same subnets as old ones, so a range that has all of those has theirs. */
function buildNetworkSides(
  { observation }: DoctorInput,
  { groups, servers, newServers }: ServerNetwork,
): readonly NetworkSide[] {
  const all = observation.servers.flatMap(({ address }) => address ?? []);
  const sets = new Map<string, string[]>();
  const add = (ids: readonly string[], addresses: readonly string[]) => {
    const key = [...ids].sort().join();
    sets.set(key, [...(sets.get(key) ?? []), ...addresses]);
  };
  for (const { instanceId, address } of observation.servers) {
    const ids = servers[instanceId];
    if (ids !== undefined && address !== undefined) add(ids, [address]);
  }
  if (newServers.length > 0) add(newServers, all);
  const sides = [...sets].map(([key, addresses]) => ({
    groups: groups.filter(({ id }) => key.split(',').includes(id)),
    addresses,
  }));
  // An old launch configuration may call its groups by name; those of the servers are known by id.
  return sides.filter((side) => side.groups.length > 0);
}

/** Of every side to every other, and within each. */
function findClosedPaths(input: DoctorInput, network: ServerNetwork): readonly NetworkPath[] {
  const sides = buildNetworkSides(input, network);
  return sides.flatMap((from) =>
    // One server alone has nobody of its own side to reach.
    sides
      .filter((to) => to !== from || from.addresses.length > 1)
      .flatMap((to) =>
        PORTS.flatMap((port): NetworkPath[] => {
          if (!allows(listIngressRules(to), port, from)) return [{ from, to, port, end: 'in' }];
          return allows(listEgressRules(from), port, to) ? [] : [{ from, to, port, end: 'out' }];
        }),
      ),
  );
}

/** What a group lets in is added to what another of the same server does, as AWS does it. */
function allows(rules: readonly PortRule[], port: Port, other: NetworkSide): boolean {
  const ids = other.groups.map(({ id }) => id);
  const open = rules.filter((rule) => covers(rule, port));
  return (
    open.some(({ groups }) => groups.some((id) => ids.includes(id))) ||
    (other.addresses.length > 0 &&
      other.addresses.every((address) =>
        open.some(({ ranges }) => ranges.some((one) => contains(one, address))),
      ))
  );
}

function listIngressRules({ groups }: NetworkSide): readonly PortRule[] {
  return groups.flatMap(({ ingress }) => ingress);
}

function listEgressRules({ groups }: NetworkSide): readonly PortRule[] {
  return groups.flatMap(({ egress }) => egress);
}

function reportClosedPaths(first: NetworkPath, ways: readonly NetworkPath[]): CheckOutcome {
  const { from, to, end, port } = first;
  const same = ways.filter((way) => way.from === from && way.to === to && way.end === end);
  const ports = same.map((way) => `${way.port.port} ${way.port.protocol}`).join(', ');
  const [own, other] = end === 'in' ? [to, from] : [from, to];
  const preposition = end === 'in' ? 'from' : 'to';
  const saw = `${formatGroupIds(own)} does not let ${ports} ${end} ${preposition} ${from === to ? 'its own members' : formatGroupIds(other)}`;
  const rules = end === 'in' ? listIngressRules(own) : listEgressRules(own);
  if (rules.some((rule) => rule.prefixLists && covers(rule, port))) {
    return warn(`${saw}, but by a prefix list at most`, 'see that the list has the subnets of the group');
  }
  return fail(saw, `open each of them: ${buildAuthorizeCommand(own, other, first)}`);
}

function buildAuthorizeCommand(own: NetworkSide, other: NetworkSide, { end, port }: NetworkPath): string {
  const [ownId, otherId] = [own.groups[0]?.id, other.groups[0]?.id];
  const { protocol, port: number } = port;
  return end === 'in'
    ? `aws ec2 authorize-security-group-ingress --group-id ${ownId} --protocol ${protocol} --port ${number} --source-group ${otherId}`
    : `aws ec2 authorize-security-group-egress --group-id ${ownId} --ip-permissions IpProtocol=${protocol},FromPort=${number},ToPort=${number},UserIdGroupPairs=[{GroupId=${otherId}}]`;
}

function formatGroupIds({ groups }: NetworkSide): string {
  return groups.map(({ id }) => id).join(' with ');
}

function covers({ protocol, from, to }: PortRule, port: Port): boolean {
  if (protocol === '-1') return true;
  return protocol === port.protocol && (from ?? 0) <= port.port && port.port <= (to ?? 65_535);
}

/** Whether an IPv4 range, `10.0.0.0/16`, has this address in it. */
function contains(range: string, address: string): boolean {
  const [base = '', bits = '32'] = range.split('/');
  const size = 2 ** (32 - Number(bits));
  return Math.floor(parseIpv4(base) / size) === Math.floor(parseIpv4(address) / size);
}

function parseIpv4(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}
