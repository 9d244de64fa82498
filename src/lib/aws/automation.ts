import {
  PutScalingPolicyCommand,
  PutScheduledUpdateGroupActionCommand,
  SuspendProcessesCommand,
} from '@aws-sdk/client-auto-scaling';
import type { Clients } from './clients.js';
import { policyLike, readPolicies } from './scaling-policies.js';
import { readSchedule, scheduledActionLike } from './scheduled-actions.js';

/** What carries out scaling policies and scheduled actions. */
const PROCESSES = ['AlarmNotification', 'ScheduledActions'];

/**
 * Copies scaling policies and scheduled actions. The new group must not act on them while the roll lasts, so
 * both processes are suspended first; the end of the roll resumes what was not suspended on the original.
 */
export async function copyAutomation(
  clients: Clients,
  from: string,
  name: string,
  nowMs: number,
): Promise<void> {
  const [policies, schedule] = await Promise.all([readPolicies(clients, from), readSchedule(clients, from)]);
  const actions = schedule
    .map((action) => scheduledActionLike(action, name, nowMs))
    .filter((action) => action !== undefined);
  if (policies.length === 0 && actions.length === 0) return;
  await clients.autoScaling.send(
    new SuspendProcessesCommand({ AutoScalingGroupName: name, ScalingProcesses: PROCESSES }),
  );
  for (const policy of policies) {
    await clients.autoScaling.send(new PutScalingPolicyCommand(policyLike(policy, name)));
  }
  for (const action of actions) {
    await clients.autoScaling.send(new PutScheduledUpdateGroupActionCommand(action));
  }
}
