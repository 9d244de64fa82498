import type {
  AttachLoadBalancersType,
  DescribeLoadBalancersRequest,
  DescribeLoadBalancersResponse,
  DetachLoadBalancersType,
} from '@aws-sdk/client-auto-scaling';
import type { BalancerRecord } from '../balancing/balancer.js';
import { deregister, register } from '../balancing/registration.js';
import { required, validationError } from '../fault.js';
import { pageOf } from '../paging.js';
import { after, type WorldState } from '../state.js';
import { type GroupRecord, groupNamed, type Member, runs } from './group.js';

/** AttachLoadBalancers: the instances in service are registered a moment later. */
export function attachLoadBalancers(
  state: WorldState,
  input: AttachLoadBalancersType,
): Record<string, never> {
  const group = groupNamed(state, input.AutoScalingGroupName);
  attach(state, group, required(input.LoadBalancerNames, 'LoadBalancerNames'));
  return {};
}

/**
 * Attaches load balancers to a group.
 *
 * @throws AwsFault `ValidationError` when one of them does not exist; then none is attached
 */
export function attach(state: WorldState, group: GroupRecord, names: readonly string[]): void {
  for (const name of names) {
    if (!state.balancers.has(name))
      throw validationError(
        `Provided Load Balancers may not be valid. Please ensure they exist and try again. There is no ACTIVE Load Balancer named '${name}'`,
      );
  }
  for (const name of names) {
    if (group.attachments.has(name) && group.attachments.get(name) !== 'Removing') continue;
    group.attachments.set(name, 'Adding');
    after(state, 'attachMs', () => registerAll(state, group, name));
  }
}

function registerAll(state: WorldState, group: GroupRecord, name: string): void {
  const balancer = state.balancers.get(name);
  if (group.attachments.get(name) !== 'Adding' || balancer === undefined) return;
  if (!runs(group, 'AddToLoadBalancer')) return;
  for (const member of group.members.values()) {
    if (member.lifecycle === 'InService') register(state, balancer, member.instance);
  }
  group.attachments.set(name, 'Added');
}

/** Goes on with the attachments that waited for AddToLoadBalancer to be resumed. */
export function resumeAttachments(state: WorldState, group: GroupRecord): void {
  for (const name of group.attachments.keys()) registerAll(state, group, name);
}

/** Registers an instance that has just entered service with every load balancer of its group. */
export function registerMember(state: WorldState, group: GroupRecord, member: Member): void {
  for (const balancer of attachedBalancers(state, group)) register(state, balancer, member.instance);
}

/** The group's load balancers that still exist and are not on their way out. */
export function attachedBalancers(state: WorldState, group: GroupRecord): BalancerRecord[] {
  const found: BalancerRecord[] = [];
  for (const [name, attachment] of group.attachments) {
    const balancer = state.balancers.get(name);
    if (balancer !== undefined && attachment !== 'Removing') found.push(balancer);
  }
  return found;
}

/** DetachLoadBalancers: the group's instances drain, then the load balancer is gone from the group. */
export function detachLoadBalancers(
  state: WorldState,
  input: DetachLoadBalancersType,
): Record<string, never> {
  const group = groupNamed(state, input.AutoScalingGroupName);
  const names = required(input.LoadBalancerNames, 'LoadBalancerNames');
  for (const name of names) {
    if (group.attachments.has(name)) continue;
    throw validationError(
      `Trying to remove Load Balancers that are not part of the group. Load Balancer: ${name}`,
    );
  }
  for (const name of names) detach(state, group, name);
  return {};
}

function detach(state: WorldState, group: GroupRecord, name: string): void {
  const balancer = state.balancers.get(name);
  const members = [...group.members.keys()].filter((instanceId) => balancer?.registrations.has(instanceId));
  group.attachments.set(name, 'Removing');
  let left = members.length;
  const finished = () => {
    if (group.attachments.get(name) === 'Removing') group.attachments.delete(name);
  };
  if (left === 0 || balancer === undefined) {
    after(state, 'attachMs', finished);
    return;
  }
  for (const instanceId of members) {
    deregister(state, balancer, instanceId, () => {
      left -= 1;
      if (left === 0) finished();
    });
  }
}

/** DescribeLoadBalancers of a group: Adding, Added, InService or Removing. */
export function describeGroupBalancers(
  state: WorldState,
  input: DescribeLoadBalancersRequest,
): DescribeLoadBalancersResponse {
  const group = groupNamed(state, input.AutoScalingGroupName);
  const all = [...group.attachments.keys()];
  const page = pageOf(all, input.NextToken, input.MaxRecords, { usual: 100, most: 100 });
  return {
    LoadBalancers: page.items.map((name) => ({
      LoadBalancerName: name,
      State: attachmentState(state, group, name),
    })),
    NextToken: page.nextToken,
  };
}

/** `Added` becomes `InService` when one instance of the group is in service there. */
export function attachmentState(state: WorldState, group: GroupRecord, name: string): string {
  const attachment = group.attachments.get(name) ?? 'Removed';
  if (attachment !== 'Added') return attachment;
  const registrations = state.balancers.get(name)?.registrations;
  const serving = [...group.members.keys()].some((id) => registrations?.get(id)?.phase === 'in-service');
  return serving ? 'InService' : 'Added';
}
