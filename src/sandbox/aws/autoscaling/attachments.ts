import { validationFault } from '../fault.js';
import type { GroupRecord, Member } from '../records.js';
import { type AwsState, scheduleAfter } from '../state.js';
import { isProcessActive } from './group.js';
import { findTrafficSource, isArn, isTargetGroup, type TrafficSource } from './traffic-source.js';

/**
 * Attaches traffic sources to a group, classic load balancers by name and target groups by ARN; the instances in
 * service are registered a moment later.
 *
 * @throws AwsFault `ValidationError` when one of them does not exist; then none is attached
 */
export function attachSources(state: AwsState, group: GroupRecord, identifiers: readonly string[]): void {
  for (const identifier of identifiers) checkSource(state, identifier);
  for (const identifier of identifiers) {
    const attachment = group.attachments.get(identifier);
    if (attachment !== undefined && attachment !== 'Removing') continue;
    group.attachments.set(identifier, 'Adding');
    scheduleAfter(state, 'attachMs', () => registerAll(state, group, identifier));
  }
}

/** Other traffic sources, such as VPC Lattice's, are stored and described. */
function checkSource(state: AwsState, identifier: string): void {
  if (!isArn(identifier) && !state.balancers.has(identifier)) {
    throw validationFault(
      `Provided Load Balancers may not be valid. Please ensure they exist and try again. There is no ACTIVE Load Balancer named '${identifier}'`,
    );
  }
  if (!isTargetGroup(identifier)) return;
  const group = state.targetGroups.get(identifier);
  if (group?.targetType === 'instance') return;
  throw validationFault(
    group === undefined
      ? 'Provided Target Groups may not be valid. Please ensure they exist and try again.'
      : `Provided Target Groups may not be valid. Target group ${identifier} has the target type ${group.targetType}; please use target groups with the target type instance.`,
  );
}

function registerAll(state: AwsState, group: GroupRecord, identifier: string): void {
  if (group.attachments.get(identifier) !== 'Adding') return;
  if (!isProcessActive(group, 'AddToLoadBalancer')) return;
  const source = findTrafficSource(state, identifier);
  for (const member of group.members.values()) {
    if (member.lifecycle === 'InService') source?.register(member.instance);
  }
  group.attachments.set(identifier, 'Added');
}

/** Continues the attachments that waited until AddToLoadBalancer was resumed. */
export function resumeAttachments(state: AwsState, group: GroupRecord): void {
  for (const identifier of group.attachments.keys()) registerAll(state, group, identifier);
}

/** Registers an instance that has just entered service with every source of its group. */
export function registerMember(state: AwsState, group: GroupRecord, member: Member): void {
  for (const source of listAttachedSources(state, group)) source.register(member.instance);
}

/** The group's sources that still exist and are not on their way out. */
export function listAttachedSources(state: AwsState, group: GroupRecord): TrafficSource[] {
  return listAttached(group).flatMap((identifier) => findTrafficSource(state, identifier) ?? []);
}

/** Names and ARNs of the traffic sources attached to a group, without those being detached. */
export function listAttached(group: GroupRecord): string[] {
  return [...group.attachments].flatMap(([identifier, state]) => (state === 'Removing' ? [] : [identifier]));
}

/**
 * Detaches sources: the group's instances drain, then the source is removed from the group.
 *
 * @param kind what AWS calls them where one of them is not attached
 * @throws AwsFault `ValidationError` then, and none is detached
 */
export function detachSources(state: AwsState, group: GroupRecord, identifiers: readonly string[], kind: string): void {
  for (const identifier of identifiers) {
    if (group.attachments.has(identifier)) continue;
    throw validationFault(`Trying to remove ${kind}s that are not part of the group. ${kind}: ${identifier}`);
  }
  for (const identifier of identifiers) detachOne(state, group, identifier);
}

function detachOne(state: AwsState, group: GroupRecord, identifier: string): void {
  const source = findTrafficSource(state, identifier);
  const members = [...group.members.keys()].filter((instanceId) => source?.lists(instanceId));
  group.attachments.set(identifier, 'Removing');
  let left = members.length;
  const finished = () => {
    if (group.attachments.get(identifier) === 'Removing') group.attachments.delete(identifier);
  };
  if (left === 0 || source === undefined) {
    scheduleAfter(state, 'attachMs', finished);
    return;
  }
  for (const instanceId of members) {
    source.deregister(instanceId, () => {
      left -= 1;
      if (left === 0) finished();
    });
  }
}

/** `Added` becomes `InService` when one instance of the group is in service there. */
export function getAttachmentState(state: AwsState, group: GroupRecord, identifier: string): string {
  const attachment = group.attachments.get(identifier) ?? 'Removed';
  if (attachment !== 'Added') return attachment;
  const source = findTrafficSource(state, identifier);
  return [...group.members.keys()].some((id) => source?.serves(id)) ? 'InService' : 'Added';
}
