import type {
  DeleteNotificationConfigurationType,
  DeleteWarmPoolType,
  DescribeNotificationConfigurationsAnswer,
  DescribeNotificationConfigurationsType,
  DescribeWarmPoolAnswer,
  DescribeWarmPoolType,
  DisableMetricsCollectionQuery,
  EnableMetricsCollectionQuery,
  PutNotificationConfigurationType,
  PutWarmPoolType,
} from '@aws-sdk/client-auto-scaling';
import { requireMember, validationFault } from '../fault.js';
import { getPage } from '../paging.js';
import { dropUndefined } from '../plain-data.js';
import type { AwsState } from '../state.js';
import { getGroup } from './group.js';

/** Settings of a group that are stored and described but have no effect here: notifications, metrics and the warm pool. */

const metricNames = [
  'GroupMinSize',
  'GroupMaxSize',
  'GroupDesiredCapacity',
  'GroupInServiceInstances',
  'GroupPendingInstances',
  'GroupStandbyInstances',
  'GroupTerminatingInstances',
  'GroupTotalInstances',
  'GroupInServiceCapacity',
  'GroupPendingCapacity',
  'GroupStandbyCapacity',
  'GroupTerminatingCapacity',
  'GroupTotalCapacity',
  'WarmPoolDesiredCapacity',
  'WarmPoolWarmedCapacity',
  'WarmPoolPendingCapacity',
  'WarmPoolTerminatingCapacity',
  'WarmPoolTotalCapacity',
  'GroupAndWarmPoolDesiredCapacity',
  'GroupAndWarmPoolTotalCapacity',
];

/** PutNotificationConfiguration: takes the place of what the topic had. */
export function putNotifications(state: AwsState, input: PutNotificationConfigurationType): Record<string, never> {
  const group = getGroup(state, input.AutoScalingGroupName);
  const topic = requireMember(input.TopicARN, 'TopicARN');
  const types = requireMember(input.NotificationTypes, 'NotificationTypes');
  const others = group.notifications.filter((entry) => entry.TopicARN !== topic);
  const added = types.map((type) => ({ AutoScalingGroupName: group.name, TopicARN: topic, NotificationType: type }));
  group.notifications.splice(0, group.notifications.length, ...others, ...added);
  return {};
}

/** DescribeNotificationConfigurations: of the named groups or of all, in pages. */
export function describeNotifications(
  state: AwsState,
  input: DescribeNotificationConfigurationsType,
): DescribeNotificationConfigurationsAnswer {
  const names = input.AutoScalingGroupNames ?? [];
  const groups = names.length === 0 ? [...state.groups.values()] : names.map((name) => getGroup(state, name));
  const all = groups.flatMap((group) => group.notifications);
  const page = getPage(all, input.NextToken, input.MaxRecords, { defaultSize: 50, maxSize: 100 });
  return { NotificationConfigurations: page.items, NextToken: page.nextToken };
}

/** DeleteNotificationConfiguration. */
export function deleteNotifications(
  state: AwsState,
  input: DeleteNotificationConfigurationType,
): Record<string, never> {
  const group = getGroup(state, input.AutoScalingGroupName);
  const topic = requireMember(input.TopicARN, 'TopicARN');
  const others = group.notifications.filter((entry) => entry.TopicARN !== topic);
  group.notifications.splice(0, group.notifications.length, ...others);
  return {};
}

/** EnableMetricsCollection: the named metrics, or all. */
export function enableMetrics(state: AwsState, input: EnableMetricsCollectionQuery): Record<string, never> {
  const group = getGroup(state, input.AutoScalingGroupName);
  const Granularity = requireMember(input.Granularity, 'Granularity');
  if (Granularity !== '1Minute') throw validationFault(`Invalid Granularity: ${Granularity}`);
  for (const Metric of chosenMetrics(input)) group.metrics.set(Metric, { Metric, Granularity });
  return {};
}

/** DisableMetricsCollection: the named metrics, or all. */
export function disableMetrics(state: AwsState, input: DisableMetricsCollectionQuery): Record<string, never> {
  const group = getGroup(state, input.AutoScalingGroupName);
  for (const metric of chosenMetrics(input)) group.metrics.delete(metric);
  return {};
}

function chosenMetrics(input: { Metrics?: string[] | undefined }): string[] {
  const named = input.Metrics ?? [];
  const unknown = named.find((name) => !metricNames.includes(name));
  if (unknown !== undefined) throw validationFault(`Invalid metric: ${unknown}`);
  return named.length === 0 ? metricNames : named;
}

/** PutWarmPool: kept and described; nothing is kept warm. */
export function putWarmPool(state: AwsState, input: PutWarmPoolType): Record<string, never> {
  const group = getGroup(state, input.AutoScalingGroupName);
  const { AutoScalingGroupName: _, ...configuration } = input;
  group.warmPool = { MinSize: 0, PoolState: 'Stopped', ...dropUndefined(configuration) };
  return {};
}

/** DescribeWarmPool: its configuration, and no instances. */
export function describeWarmPool(state: AwsState, input: DescribeWarmPoolType): DescribeWarmPoolAnswer {
  return { WarmPoolConfiguration: getGroup(state, input.AutoScalingGroupName).warmPool, Instances: [] };
}

/** DeleteWarmPool. */
export function deleteWarmPool(state: AwsState, input: DeleteWarmPoolType): Record<string, never> {
  const group = getGroup(state, input.AutoScalingGroupName);
  if (group.warmPool === undefined) throw validationFault(`No warm pool found for group ${group.name}`);
  group.warmPool = undefined;
  return {};
}
