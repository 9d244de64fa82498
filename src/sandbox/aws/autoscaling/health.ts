import type { SetInstanceHealthQuery } from '@aws-sdk/client-auto-scaling';
import { isAlive } from '../ec2/instance.js';
import { requireMember, validationFault } from '../fault.js';
import type { GroupRecord, Member } from '../records.js';
import { type AwsState, formatNow, scheduleAfter } from '../state.js';
import { listAttachedSources } from './attachments.js';
import { countsTowardsCapacity, getMember, isProcessActive } from './group.js';
import { continueRefresh } from './instance-refresh.js';
import { replaceOldest } from './lifetime.js';
import { rebalanceZones, reconcileSoon } from './reconcile.js';
import { terminateMember } from './terminating.js';

/** Why an instance is unhealthy, as Auto Scaling words it in a cause. */
const HEALTH_ISSUES = {
  instance: 'an EC2 health check indicating it has been terminated or stopped.',
  balancer: 'an ELB system health check failure.',
  user: 'a user health-check.',
};

/** What must not be suspended for an unhealthy instance to be replaced. */
const replacing = ['ReplaceUnhealthy', 'Terminate', 'Launch'] as const;

/** Schedules the group's health checks. */
export function watchHealth(state: AwsState, group: GroupRecord): void {
  const checkAll = (): void => {
    lookAtHealth(state, group);
    group.healthCheckTask = scheduleAfter(state, 'healthCheckPassMs', checkAll);
  };
  group.healthCheckTask = scheduleAfter(state, 'healthCheckPassMs', checkAll);
}

/** What a group does once processes are resumed: it acts on marks that were made meanwhile. */
export function lookAtHealthSoon(state: AwsState, group: GroupRecord): void {
  scheduleAfter(state, 'scalingMs', () => lookAtHealth(state, group));
}

function lookAtHealth(state: AwsState, group: GroupRecord): void {
  if (group.deleting) return;
  for (const member of group.members.values()) {
    if (!countsTowardsCapacity(member)) continue;
    if (isProcessActive(group, 'HealthCheck')) examine(state, group, member);
    if (member.health === 'Unhealthy') replace(state, group, member);
  }
  rebalanceZones(state, group);
  continueRefresh(state, group);
  replaceOldest(state, group);
}

function examine(state: AwsState, group: GroupRecord, member: Member): void {
  if (!isAlive(member.instance)) markUnhealthy(member, HEALTH_ISSUES.instance);
  else if (failsBalancer(state, group, member)) markUnhealthy(member, HEALTH_ISSUES.balancer);
}

function markUnhealthy(member: Member, ailment: string): void {
  if (member.health === 'Unhealthy') return;
  member.health = 'Unhealthy';
  member.healthIssue = ailment;
}

function failsBalancer(state: AwsState, group: GroupRecord, member: Member): boolean {
  const types = (group.fields.HealthCheckType ?? 'EC2').split(',');
  if (!types.includes('ELB') || inGrace(state, group, member)) return false;
  const { instanceId } = member.instance;
  return listAttachedSources(state, group).some((source) => source.fails(instanceId));
}

function inGrace(state: AwsState, group: GroupRecord, member: Member): boolean {
  if (member.inServiceMs === undefined) return true;
  return state.nowMs < member.inServiceMs + (group.fields.HealthCheckGracePeriod ?? 0) * 1_000;
}

function replace(state: AwsState, group: GroupRecord, member: Member): void {
  if (!replacing.every((process) => isProcessActive(group, process))) return;
  const ailment = member.healthIssue ?? HEALTH_ISSUES.user;
  group.cause = `At ${formatNow(state)} an instance was launched in response to an unhealthy instance needing to be replaced.`;
  terminateMember(
    state,
    group,
    member,
    `At ${formatNow(state)} an instance was taken out of service in response to ${ailment}`,
  );
  reconcileSoon(state, group);
}

/** SetInstanceHealth: the group acts on `Unhealthy` at its next check, after the grace period if requested. */
export function setInstanceHealth(state: AwsState, input: SetInstanceHealthQuery): Record<string, never> {
  const { group, member } = getMember(state, input.InstanceId);
  const status = requireMember(input.HealthStatus, 'HealthStatus');
  if (status !== 'Healthy' && status !== 'Unhealthy') {
    throw validationFault(`Valid instance health states are: [Healthy, Unhealthy]`);
  }
  if (status === 'Unhealthy' && (input.ShouldRespectGracePeriod ?? true) && inGrace(state, group, member)) return {};
  member.health = status;
  member.healthIssue = status === 'Unhealthy' ? HEALTH_ISSUES.user : undefined;
  return {};
}
