import type { InstanceRecord, TargetGroupRecord, TargetRecord } from '../records.js';
import { type AwsState, scheduleAfter, scheduleAfterMs } from '../state.js';
import { buildCheckTarget, checkPort } from './health-check.js';
import { buildTargetKey, getDeregistrationDelayMs, getUnusedReason } from './target-group.js';

/** Registers a target; one that drains comes back, one that is registered stays as it is. */
export function registerTarget(
  state: AwsState,
  group: TargetGroupRecord,
  { id, port, instance }: { readonly id: string; readonly port: number; readonly instance: InstanceRecord },
): void {
  const present = group.targets.get(buildTargetKey(id, port));
  if (present !== undefined && present.phase !== 'draining') return;
  if (present !== undefined) remove(group, present);
  const target: TargetRecord = {
    id,
    port,
    instance,
    phase: 'registering',
    passes: 0,
    failures: 0,
    failure: undefined,
    next: undefined,
    drained: [],
  };
  group.targets.set(buildTargetKey(id, port), target);
  target.next = scheduleAfter(state, 'firstCheckMs', () => check(state, group, target));
}

/** A target that no load balancer reaches is not checked, and starts over once one does. */
function check(state: AwsState, group: TargetGroupRecord, target: TargetRecord): void {
  const intervalMs = group.healthCheck.HealthCheckIntervalSeconds * 1_000;
  target.next = scheduleAfterMs(state, intervalMs, () => check(state, group, target));
  if (target.phase === 'registering') target.phase = 'checking';
  if (getUnusedReason(state, group, target) !== undefined) {
    Object.assign(target, { phase: 'checking', passes: 0, failures: 0 });
    return;
  }
  if (target.instance.state !== 'running') {
    answer(group, target, false);
    return;
  }
  const asked = buildCheckTarget(group.healthCheck, checkPort(group.healthCheck, target.port));
  state.instanceBackend.check(target.instance.instanceId, asked, (healthy, failure) => {
    target.failure = failure;
    answer(group, target, healthy);
  });
}

/**
 * A new target of an application load balancer is healthy after one check that passes; one of a network load
 * balancer, and one that was unhealthy, after as many as the threshold says.
 */
function answer(group: TargetGroupRecord, target: TargetRecord, healthy: boolean): void {
  if (target.phase === 'draining') return;
  target.passes = healthy ? target.passes + 1 : 0;
  target.failures = healthy ? 0 : target.failures + 1;
  const { HealthyThresholdCount, UnhealthyThresholdCount } = group.healthCheck;
  const isNew = target.phase === 'checking' && group.protocol?.startsWith('HTTP') === true;
  if (target.passes >= (isNew ? 1 : HealthyThresholdCount)) target.phase = 'healthy';
  if (target.failures >= UnhealthyThresholdCount) target.phase = 'unhealthy';
}

/**
 * Deregisters a target: no new request goes to it, and it drains for the whole deregistration delay, busy or not,
 * which is what AWS shows too. One that no load balancer reaches goes at once.
 *
 * @param drained called when it is deregistered; at once when it is not registered
 */
export function deregisterTarget(
  state: AwsState,
  group: TargetGroupRecord,
  key: string,
  drained: () => void = () => {},
): void {
  const target = group.targets.get(key);
  if (target === undefined) {
    drained();
    return;
  }
  target.drained.push(drained);
  if (target.phase === 'draining') return;
  if (target.next !== undefined) target.next.cancelled = true;
  const unused = getUnusedReason(state, group, target) !== undefined;
  target.phase = 'draining';
  const delayMs = unused ? 0 : getDeregistrationDelayMs(group);
  if (delayMs === 0) remove(group, target);
  else target.next = scheduleAfterMs(state, delayMs, () => remove(group, target));
}

function remove(group: TargetGroupRecord, target: TargetRecord): void {
  if (target.next !== undefined) target.next.cancelled = true;
  group.targets.delete(buildTargetKey(target.id, target.port));
  for (const drained of target.drained) drained();
}

/** The keys under which an instance is registered with the group, draining or not. */
export function listTargetKeys(group: TargetGroupRecord, instanceId: string): string[] {
  const own = [...group.targets].filter(([, target]) => target.instance.instanceId === instanceId);
  return own.map(([key]) => key);
}

/** Takes a terminated instance out of every target group. */
export function forgetTargets(state: AwsState, instanceId: string): void {
  for (const group of state.targetGroups.values()) {
    for (const key of listTargetKeys(group, instanceId)) {
      const target = group.targets.get(key);
      if (target !== undefined) remove(group, target);
    }
  }
}
