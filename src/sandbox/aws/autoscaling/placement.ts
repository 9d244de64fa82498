import { AwsFault } from '../fault.js';
import { countFreeAddresses, findSubnetInZone, getSubnet, type Subnet } from '../network.js';
import type { GroupRecord, Member } from '../records.js';
import type { AwsState } from '../state.js';
import { countsTowardsCapacity } from './group.js';

/**
 * The subnets a group may use, in the order it names them.
 *
 * @throws AwsFault for a subnet or zone that does not exist
 */
export function listSubnets(state: AwsState, fields: GroupRecord['fields']): Subnet[] {
  const identifiers = fields.VPCZoneIdentifier?.split(',').map((part) => part.trim()) ?? [];
  const named = identifiers.filter((identifier) => identifier !== '');
  if (named.length > 0) return named.map((identifier) => getSubnet(state.network, identifier));
  return (fields.AvailabilityZones ?? []).map((zone) => {
    const subnet = findSubnetInZone(state.network, zone);
    if (subnet !== undefined) return subnet;
    throw new AwsFault('ValidationError', `Invalid Availability Zone(s): ${zone}. No default subnet for it.`);
  });
}

/**
 * The subnet for the next instance: in the zone with the fewest of the group's instances, the first of equals. One
 * without a free address is passed over while another has one.
 */
export function chooseSubnet(group: GroupRecord, subnets: readonly Subnet[]): Subnet | undefined {
  const load = zoneLoad(group);
  let best: Subnet | undefined;
  const open = subnets.filter((subnet) => countFreeAddresses(subnet) > 0);
  for (const subnet of open.length > 0 ? open : subnets) {
    if (best === undefined || (load.get(subnet.zone) ?? 0) < (load.get(best.zone) ?? 0)) best = subnet;
  }
  return best;
}

/** Whether one of the zones has two instances more than another. */
export function isUnbalanced(group: GroupRecord, subnets: readonly Subnet[]): boolean {
  const load = zoneLoad(group);
  const counts = subnets.map(({ zone }) => load.get(zone) ?? 0);
  return Math.max(...counts) - Math.min(...counts) > 1;
}

function zoneLoad(group: GroupRecord): Map<string, number> {
  const load = new Map<string, number>();
  for (const member of group.members.values()) {
    const { zone } = member.instance.subnet;
    if (countsTowardsCapacity(member)) load.set(zone, (load.get(zone) ?? 0) + 1);
  }
  return load;
}

/**
 * Which instances go when a group shrinks: never a protected one, which it is from its entry into service; an unhealthy
 * one first; then, as the policies say, from the fullest zone, from another launch configuration or template version than
 * the group's, the oldest.
 */
export function chooseMembersToTerminate(group: GroupRecord, surplus: number): Member[] {
  const load = zoneLoad(group);
  const candidates = [...group.members.values()].filter(
    (member) => countsTowardsCapacity(member) && !(member.protectedFromScaleIn && member.lifecycle === 'InService'),
  );
  const chosen: Member[] = [];
  while (chosen.length < surplus && candidates.length > 0) {
    const order = (a: Member, b: Member) => compare(group, load, a, b);
    const departing = candidates.sort(order).shift();
    if (departing === undefined) break;
    chosen.push(departing);
    const { zone } = departing.instance.subnet;
    load.set(zone, (load.get(zone) ?? 1) - 1);
  }
  return chosen;
}

function compare(group: GroupRecord, load: ReadonlyMap<string, number>, a: Member, b: Member): number {
  const full = (member: Member) => load.get(member.instance.subnet.zone) ?? 0;
  const first = group.fields.TerminationPolicies?.[0] ?? 'Default';
  const byAge = a.instance.launchedMs - b.instance.launchedMs;
  return (
    Number(a.health === 'Healthy') - Number(b.health === 'Healthy') ||
    full(b) - full(a) ||
    (first === 'NewestInstance' ? -byAge : 0) ||
    (first === 'OldestInstance' ? byAge : 0) ||
    Number(isCurrent(group, a)) - Number(isCurrent(group, b)) ||
    byAge
  );
}

function isCurrent(group: GroupRecord, member: Member): boolean {
  return member.launchConfigurationName === group.fields.LaunchConfigurationName;
}
