import { BlockList, isIPv6 } from 'node:net';
import type { DoctorInput, PortRule, SecurityGroup, ServerNetwork } from '../../model/doctor.js';
import { formatFlag } from '../../model/errors.js';
import { type Check, type CheckOutcome, defineDoctorCheck, fail, pass, unknown, warn } from './check.js';

/** Ports that servers need between each other. Source: Required Ports in Consul's documentation. */
const PORTS = [
  { protocol: 'tcp', port: 8300 },
  { protocol: 'tcp', port: 8301 },
  { protocol: 'udp', port: 8301 },
] as const;

/** Checks of the network between servers, running ones and those to be launched. */
export const networkChecks: readonly Check[] = [
  defineDoctorCheck({
    id: 'server-ports-open',
    subject: 'security groups',
    about:
      'The security groups of the servers and of new servers open 8300 tcp, 8301 tcp and 8301 udp in and out between each other, by group or by address. Port 8500 from here is proved by `servers-respond`.',
    run: (input) => {
      const { network } = input;
      if (network === undefined) {
        return unknown('they could not be read', 'allow ec2:DescribeSecurityGroups in the IAM policy of the caller');
      }
      if (network.groups.length === 0) {
        return unknown('none is reported for the servers', 'check the security groups of the servers');
      }
      const closed = findClosedPaths(input, network);
      const ids = network.groups.map(({ id }) => id).join(', ');
      return closed[0] === undefined
        ? pass(`8300 tcp, 8301 tcp and 8301 udp are open in ${ids}`)
        : reportClosedPaths(closed[0], closed);
    },
    remedy: (path) =>
      path === undefined
        ? 'check that the prefix list contains the subnets of the group'
        : `open each of them: ${buildAuthorizeCommand(path)}`,
  }),
];

type Port = (typeof PORTS)[number];

/** Servers in the same security groups. */
interface NetworkSide {
  readonly groups: readonly SecurityGroup[];
  readonly addresses: readonly string[];
}

/** A port that is closed from one side to another. */
interface NetworkPath {
  readonly from: NetworkSide;
  readonly to: NetworkSide;
  readonly port: Port;
  /** Whose rules close it: ingress at the receiver, or egress at the sender. */
  readonly end: 'in' | 'out';
}

/** New servers get addresses in the same subnets, so ranges that contain every old address contain theirs. */
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
  // An old launch configuration may name its groups; those of the servers have ids.
  return sides.filter((side) => side.groups.length > 0);
}

/** From every side to every other, and within each. */
function findClosedPaths(input: DoctorInput, network: ServerNetwork): readonly NetworkPath[] {
  const sides = buildNetworkSides(input, network);
  return sides.flatMap((from) =>
    // One server alone has no other of its own side to reach.
    sides
      .filter((to) => to !== from || from.addresses.length > 1)
      .flatMap((to) =>
        PORTS.flatMap((port): NetworkPath[] => {
          if (!allows(listRules(to, 'in'), port, from)) return [{ from, to, port, end: 'in' }];
          return allows(listRules(from, 'out'), port, to) ? [] : [{ from, to, port, end: 'out' }];
        }),
      ),
  );
}

/** The rules of all security groups of a server apply together. */
function allows(rules: readonly PortRule[], port: Port, other: NetworkSide): boolean {
  const ids = other.groups.map(({ id }) => id);
  const open = rules.filter((rule) => covers(rule, port));
  if (open.some(({ groups }) => groups.some((id) => ids.includes(id)))) return true;
  const ranges = new BlockList();
  for (const range of open.flatMap((rule) => rule.ranges)) {
    const [address = '', bits = '32'] = range.split('/');
    ranges.addSubnet(address, Number(bits));
  }
  return (
    other.addresses.length > 0 &&
    other.addresses.every((address) => ranges.check(address, isIPv6(address) ? 'ipv6' : 'ipv4'))
  );
}

/** The rules for what comes into a side, or goes out of it. */
function listRules({ groups }: NetworkSide, end: NetworkPath['end']): readonly PortRule[] {
  return groups.flatMap(({ ingress, egress }) => (end === 'in' ? ingress : egress));
}

/** The cause is the path to open; undefined where a prefix list may open it. */
function reportClosedPaths(first: NetworkPath, paths: readonly NetworkPath[]): CheckOutcome<NetworkPath | undefined> {
  const { from, to, end, port } = first;
  const same = paths.filter((path) => path.from === from && path.to === to && path.end === end);
  const ports = same.map((path) => `${path.port.port} ${path.port.protocol}`).join(', ');
  const [own, other] = listEnds(first);
  const preposition = end === 'in' ? 'from' : 'to';
  const peer = from === to ? 'its own members' : formatGroupIds(other);
  const observed = `${formatGroupIds(own)} does not let ${ports} ${end} ${preposition} ${peer}`;
  const mayBeOpen = listRules(own, end).some((rule) => rule.prefixLists && covers(rule, port));
  return mayBeOpen
    ? warn(`${observed}, unless a prefix list does, whose ranges are not read`, undefined)
    : fail(observed, first);
}

/** The side whose rules are closed, then the other. */
function listEnds({ from, to, end }: NetworkPath): readonly [NetworkSide, NetworkSide] {
  return end === 'in' ? [to, from] : [from, to];
}

function buildAuthorizeCommand(path: NetworkPath): string {
  const [ownId = '', otherId = ''] = listEnds(path).map(({ groups }) => groups[0]?.id);
  const { protocol, port } = path.port;
  return path.end === 'in'
    ? `aws ec2 authorize-security-group-ingress ${formatFlag('group-id', ownId)} ${formatFlag('protocol', protocol)} --port ${port} ${formatFlag('source-group', otherId)}`
    : `aws ec2 authorize-security-group-egress ${formatFlag('group-id', ownId)} ${formatFlag('ip-permissions', `IpProtocol=${protocol},FromPort=${port},ToPort=${port},UserIdGroupPairs=[{GroupId=${otherId}}]`)}`;
}

function formatGroupIds({ groups }: NetworkSide): string {
  return groups.map(({ id }) => id).join(' with ');
}

function covers({ protocol, from, to }: PortRule, port: Port): boolean {
  if (protocol === '-1') return true;
  return protocol === port.protocol && (from ?? 0) <= port.port && port.port <= (to ?? 65_535);
}
