import type { AutoScalingGroup, ScalingPolicy } from '@aws-sdk/client-auto-scaling';
import type { Clients } from './clients.js';
import { groupsNamed } from './describe.js';
import { readPolicies } from './scaling-policies.js';
import { readSchedule, scheduledActionLike } from './scheduled-actions.js';

/** What belongs to whoever manages a group, and can be set by nobody else. */
const RESERVED = 'aws:';

/** See `Cloud.notCopied`. */
export async function readNotCopied(clients: Clients, name: string, nowMs: number): Promise<string[]> {
  const [[group], policies, schedule] = await Promise.all([
    groupsNamed(clients, [name]),
    readPolicies(clients, name),
    readSchedule(clients, name),
  ]);
  const reserved = (group?.Tags ?? []).map(({ Key = '' }) => Key).filter((key) => key.startsWith(RESERVED));
  const past = schedule.filter((action) => scheduledActionLike(action, name, nowMs) === undefined);
  return [
    ...reserved.map(
      (key) => `the tag ${key}, which only AWS can set: what manages ${name} will not know its successor`,
    ),
    ...(group === undefined ? [] : protectionOf(group)),
    ...policies.flatMap(alarmsOf),
    ...past.map(
      ({ ScheduledActionName }) =>
        `the scheduled action ${ScheduledActionName}, which was for once and is over`,
    ),
  ];
}

/** Where the group protects whatever it launches, its successor does too; what a person has protected is theirs. */
function protectionOf({ NewInstancesProtectedFromScaleIn, Instances = [] }: AutoScalingGroup): string[] {
  if (NewInstancesProtectedFromScaleIn) return [];
  const chosen = Instances.filter(({ ProtectedFromScaleIn }) => ProtectedFromScaleIn);
  return chosen.map(
    ({ InstanceId }) => `the scale-in protection of ${InstanceId}, which goes with that server`,
  );
}

/** Target tracking makes its own alarms anew; those that a person made go on naming the old policy. */
function alarmsOf({ PolicyName, PolicyType, Alarms = [] }: ScalingPolicy): string[] {
  if (PolicyType === 'TargetTrackingScaling' || PolicyType === 'PredictiveScaling') return [];
  return Alarms.map(
    ({ AlarmName }) =>
      `the alarm ${AlarmName} goes on naming the policy ${PolicyName} of the old group: have it name the new one's`,
  );
}
