import type { SetInstanceHealthQuery } from '@aws-sdk/client-auto-scaling';
import { isAlive } from '../ec2/instance.js';
import { required, validationError } from '../fault.js';
import { after, nowText, type WorldState } from '../state.js';
import { attachedSources } from './attachments.js';
import { counts, type GroupRecord, type Member, memberOf, runs } from './group.js';
import { reconcileSoon } from './reconcile.js';
import { terminateMember } from './terminating.js';

/** Why an instance is unhealthy, as Auto Scaling words it in a cause. */
const ailments = {
  instance: 'an EC2 health check indicating it has been terminated or stopped.',
  balancer: 'an ELB system health check failure.',
  user: 'a user health-check.',
};

/** What must not be suspended for an unhealthy instance to be replaced. */
const replacing = ['ReplaceUnhealthy', 'Terminate', 'Launch'] as const;

/** Has the group look at its instances' health from time to time. */
export function watchHealth(state: WorldState, group: GroupRecord): void {
  const look = (): void => {
    lookAtHealth(state, group);
    group.healthLook = after(state, 'healthLookMs', look);
  };
  group.healthLook = after(state, 'healthLookMs', look);
}

function lookAtHealth(state: WorldState, group: GroupRecord): void {
  if (group.deleting) return;
  for (const member of group.members.values()) {
    if (!counts(member)) continue;
    if (runs(group, 'HealthCheck')) examine(state, group, member);
    if (member.health === 'Unhealthy') replace(state, group, member);
  }
}

function examine(state: WorldState, group: GroupRecord, member: Member): void {
  if (!isAlive(member.instance)) markUnhealthy(member, ailments.instance);
  else if (failsBalancer(state, group, member)) markUnhealthy(member, ailments.balancer);
}

function markUnhealthy(member: Member, ailment: string): void {
  if (member.health === 'Unhealthy') return;
  member.health = 'Unhealthy';
  member.ailment = ailment;
}

function failsBalancer(state: WorldState, group: GroupRecord, member: Member): boolean {
  const types = (group.fields.HealthCheckType ?? 'EC2').split(',');
  if (!types.includes('ELB') || inGrace(state, group, member)) return false;
  const { instanceId } = member.instance;
  return attachedSources(state, group).some((source) => source.fails(instanceId));
}

function inGrace(state: WorldState, group: GroupRecord, member: Member): boolean {
  if (member.inServiceMs === undefined) return true;
  return state.nowMs < member.inServiceMs + (group.fields.HealthCheckGracePeriod ?? 0) * 1_000;
}

function replace(state: WorldState, group: GroupRecord, member: Member): void {
  if (!replacing.every((process) => runs(group, process))) return;
  const ailment = member.ailment ?? ailments.user;
  group.cause = `At ${nowText(state)} an instance was launched in response to an unhealthy instance needing to be replaced.`;
  terminateMember(
    state,
    group,
    member,
    `At ${nowText(state)} an instance was taken out of service in response to ${ailment}`,
  );
  reconcileSoon(state, group);
}

/** SetInstanceHealth: `Unhealthy` is acted on at the group's next look, past the grace period when asked. */
export function setInstanceHealth(state: WorldState, input: SetInstanceHealthQuery): Record<string, never> {
  const { group, member } = memberOf(state, input.InstanceId);
  const status = required(input.HealthStatus, 'HealthStatus');
  if (status !== 'Healthy' && status !== 'Unhealthy') {
    throw validationError(`Valid instance health states are: [Healthy, Unhealthy]`);
  }
  if (status === 'Unhealthy' && (input.ShouldRespectGracePeriod ?? true) && inGrace(state, group, member))
    return {};
  member.health = status;
  member.ailment = status === 'Unhealthy' ? ailments.user : undefined;
  return {};
}
