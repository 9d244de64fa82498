import type { ClassicLoadBalancerRecord, InstanceRecord, Registration } from '../records.js';
import { type AwsState, scheduleAfter, scheduleAfterMs } from '../state.js';
import { getDrainTimeoutMs } from './load-balancer.js';

/** Registers an instance; one that is draining comes back, one that is registered stays as it is. */
export function register(state: AwsState, balancer: ClassicLoadBalancerRecord, instance: InstanceRecord): void {
  const present = balancer.registrations.get(instance.instanceId);
  if (present !== undefined && present.phase !== 'draining') return;
  if (present !== undefined) remove(balancer, present);
  const registration: Registration = {
    instance,
    phase: 'registering',
    passes: 0,
    failures: 0,
    next: undefined,
    drainEndsMs: 0,
    drained: [],
  };
  balancer.registrations.set(instance.instanceId, registration);
  const answered = (healthy: boolean): void => answer(balancer, registration, healthy);
  const check = (): void => {
    registration.next = scheduleAfterMs(state, balancer.intervalMs, check);
    if (instance.state !== 'running') answered(false);
    else state.instanceBackend.check(instance.instanceId, balancer.target, answered);
  };
  registration.next = scheduleAfter(state, 'firstCheckMs', check);
}

function answer(balancer: ClassicLoadBalancerRecord, registration: Registration, healthy: boolean): void {
  if (registration.phase === 'draining') return;
  registration.passes = healthy ? registration.passes + 1 : 0;
  registration.failures = healthy ? 0 : registration.failures + 1;
  const { HealthyThreshold = 10, UnhealthyThreshold = 2 } = balancer.healthCheck;
  if (registration.passes >= HealthyThreshold) registration.phase = 'in-service';
  if (registration.failures >= UnhealthyThreshold) registration.phase = 'out-of-service';
}

/**
 * Deregisters an instance: no new request goes to it, and those in flight may end until the draining timeout.
 *
 * @param drained called when nothing is in flight; at once when the instance is not registered
 */
export function deregister(
  state: AwsState,
  balancer: ClassicLoadBalancerRecord,
  instanceId: string,
  drained: () => void = () => {},
): void {
  const registration = balancer.registrations.get(instanceId);
  if (registration === undefined) {
    drained();
    return;
  }
  registration.drained.push(drained);
  if (registration.phase === 'draining') return;
  if (registration.next !== undefined) registration.next.cancelled = true;
  registration.phase = 'draining';
  registration.drainEndsMs = state.nowMs + getDrainTimeoutMs(balancer);
  lookAtDrain(state, balancer, registration);
}

function lookAtDrain(state: AwsState, balancer: ClassicLoadBalancerRecord, registration: Registration): void {
  const { instanceId } = registration.instance;
  const over = state.nowMs >= registration.drainEndsMs;
  if (over || state.traffic.openRequests(balancer.name, instanceId) === 0) remove(balancer, registration);
  else registration.next = scheduleAfter(state, 'drainCheckMs', () => lookAtDrain(state, balancer, registration));
}

function remove(balancer: ClassicLoadBalancerRecord, registration: Registration): void {
  if (registration.next !== undefined) registration.next.cancelled = true;
  balancer.registrations.delete(registration.instance.instanceId);
  for (const drained of registration.drained) drained();
}

/** Takes a terminated instance out of every load balancer. */
export function forgetInstance(state: AwsState, instanceId: string): void {
  for (const balancer of state.balancers.values()) {
    const registration = balancer.registrations.get(instanceId);
    if (registration !== undefined) remove(balancer, registration);
  }
}
