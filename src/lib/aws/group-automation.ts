import type {
  AutoScalingGroup,
  PutScalingPolicyCommandInput,
  PutScheduledUpdateGroupActionCommandInput,
  ScalingPolicy,
  ScheduledUpdateGroupAction,
} from '@aws-sdk/client-auto-scaling';
import type { Clients } from './clients.js';
import { collectPages } from './describe.js';
import { type EveryField, removeEmptyFields } from './fields.js';

/** The processes that carry out scaling policies and scheduled actions. */
const AUTOMATION_PROCESSES = ['AlarmNotification', 'ScheduledActions'];

/**
 * Copies scaling policies and scheduled actions. The new group must not act on them while the roll lasts, so
 * both processes are suspended first; the end of the roll resumes what was not suspended on the original.
 */
export async function copyScalingAutomation(
  clients: Clients,
  from: string,
  name: string,
  nowMs: number,
): Promise<void> {
  const [policies, schedule] = await Promise.all([
    readScalingPolicies(clients, from),
    readScheduledActions(clients, from),
  ]);
  const actions = schedule
    .map((action) => copyScheduledActionInput(action, name, nowMs))
    .filter((action) => action !== undefined);
  if (policies.length === 0 && actions.length === 0) return;
  await clients.autoScaling.suspendProcesses({ AutoScalingGroupName: name, ScalingProcesses: AUTOMATION_PROCESSES });
  for (const policy of policies) {
    await clients.autoScaling.putScalingPolicy(copyScalingPolicyInput(policy, name));
  }
  for (const action of actions) {
    await clients.autoScaling.putScheduledUpdateGroupAction(action);
  }
}

/** The only granularity the API knows. */
const METRICS_GRANULARITY = '1Minute';

/** Enables the group metrics that the original has enabled; no call when it has none. */
export async function copyMetricsCollection(clients: Clients, original: AutoScalingGroup, name: string): Promise<void> {
  const Metrics = (original.EnabledMetrics ?? []).map((each) => each.Metric).filter((each) => each !== undefined);
  if (Metrics.length === 0) return;
  await clients.autoScaling.enableMetricsCollection({
    AutoScalingGroupName: name,
    Granularity: METRICS_GRANULARITY,
    Metrics,
  });
}

/** Copies the notifications: same topics, same event types. */
export async function copyNotifications(clients: Clients, from: string, name: string): Promise<void> {
  for (const [TopicARN, NotificationTypes] of await readNotifications(clients, from)) {
    await clients.autoScaling.putNotificationConfiguration({ AutoScalingGroupName: name, TopicARN, NotificationTypes });
  }
}

/** By topic: the API describes one entry per event type and sets one entry per topic. */
async function readNotifications({ autoScaling }: Clients, group: string): Promise<Map<string, string[]>> {
  const byTopic = new Map<string, string[]>();
  const pages = autoScaling.paginateDescribeNotificationConfigurations({ AutoScalingGroupNames: [group] });
  for (const { TopicARN, NotificationType } of await collectPages(pages, (page) => page.NotificationConfigurations)) {
    if (TopicARN && NotificationType) byTopic.set(TopicARN, [...(byTopic.get(TopicARN) ?? []), NotificationType]);
  }
  return byTopic;
}

export async function readScalingPolicies({ autoScaling }: Clients, group: string): Promise<ScalingPolicy[]> {
  const pages = autoScaling.paginateDescribePolicies({ AutoScalingGroupName: group });
  return collectPages(pages, (page) => page.ScalingPolicies);
}

/**
 * The request for the same policy on another group. Target tracking creates its own alarms. An alarm that was created
 * by hand for a simple or step policy keeps naming the old policy; only the operator knows its purpose.
 */
function copyScalingPolicyInput(from: ScalingPolicy, group: string): PutScalingPolicyCommandInput {
  const every: EveryField<PutScalingPolicyCommandInput> = {
    AutoScalingGroupName: group,
    PolicyName: from.PolicyName,
    PolicyType: from.PolicyType,
    AdjustmentType: from.AdjustmentType,
    // Described beside its successor, MinAdjustmentMagnitude, which AWS accepts alone.
    MinAdjustmentStep: from.MinAdjustmentMagnitude === undefined ? from.MinAdjustmentStep : undefined,
    MinAdjustmentMagnitude: from.MinAdjustmentMagnitude,
    ScalingAdjustment: from.ScalingAdjustment,
    Cooldown: from.Cooldown,
    MetricAggregationType: from.MetricAggregationType,
    StepAdjustments: from.StepAdjustments,
    EstimatedInstanceWarmup: from.EstimatedInstanceWarmup,
    TargetTrackingConfiguration: from.TargetTrackingConfiguration,
    Enabled: from.Enabled,
    PredictiveScalingConfiguration: from.PredictiveScalingConfiguration,
  };
  return removeEmptyFields(every);
}

export async function readScheduledActions(
  { autoScaling }: Clients,
  group: string,
): Promise<ScheduledUpdateGroupAction[]> {
  const pages = autoScaling.paginateDescribeScheduledActions({ AutoScalingGroupName: group });
  return collectPages(pages, (page) => page.ScheduledUpdateGroupActions);
}

/**
 * The request for the same scheduled action on another group; undefined for a one-time action in the
 * past. AWS refuses a start time in the past, so a recurring action that has begun gets none.
 */
export function copyScheduledActionInput(
  from: ScheduledUpdateGroupAction,
  group: string,
  nowMs: number,
): PutScheduledUpdateGroupActionCommandInput | undefined {
  const begun = from.StartTime !== undefined && from.StartTime.getTime() <= nowMs;
  if (begun && !from.Recurrence) return undefined;
  const every: EveryField<PutScheduledUpdateGroupActionCommandInput> = {
    AutoScalingGroupName: group,
    ScheduledActionName: from.ScheduledActionName,
    // The old name of StartTime.
    Time: undefined,
    StartTime: begun ? undefined : from.StartTime,
    EndTime: from.EndTime,
    Recurrence: from.Recurrence,
    MinSize: from.MinSize,
    MaxSize: from.MaxSize,
    DesiredCapacity: from.DesiredCapacity,
    TimeZone: from.TimeZone,
  };
  return removeEmptyFields(every);
}
