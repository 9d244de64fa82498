import * as scaling from '@aws-sdk/client-auto-scaling';
import type { ProbedThings } from '../../model/evidence.js';
import type { Probes } from './prove.js';

/** The name of nothing that exists. */
export const NOTHING = 'consul-roll-doctor';
const groupOf = ({ unusedName }: ProbedThings) => ({ AutoScalingGroupName: unusedName });
const tagOf = ({ unusedName }: ProbedThings) => ({
  ResourceId: unusedName,
  ResourceType: 'auto-scaling-group',
  Key: NOTHING,
});

/** Of a group that does not exist: Auto Scaling has no dry run. */
export const GROUP_CHANGES: Probes<ProbedThings> = {
  'autoscaling:CreateOrUpdateTags': ({ autoScaling }, things) =>
    autoScaling.send(
      new scaling.CreateOrUpdateTagsCommand({
        Tags: [{ ...tagOf(things), Value: '', PropagateAtLaunch: false }],
      }),
    ),
  'autoscaling:DeleteTags': ({ autoScaling }, things) =>
    autoScaling.send(new scaling.DeleteTagsCommand({ Tags: [tagOf(things)] })),
  'autoscaling:SuspendProcesses': ({ autoScaling }, things) =>
    autoScaling.send(
      new scaling.SuspendProcessesCommand({ ...groupOf(things), ScalingProcesses: ['AZRebalance'] }),
    ),
  'autoscaling:ResumeProcesses': ({ autoScaling }, things) =>
    autoScaling.send(
      new scaling.ResumeProcessesCommand({ ...groupOf(things), ScalingProcesses: ['AZRebalance'] }),
    ),
  'autoscaling:UpdateAutoScalingGroup': ({ autoScaling }, things) =>
    autoScaling.send(new scaling.UpdateAutoScalingGroupCommand(groupOf(things))),
  // A launch configuration of that name is one more thing that does not exist.
  'autoscaling:CreateAutoScalingGroup': ({ autoScaling }, things) =>
    autoScaling.send(
      new scaling.CreateAutoScalingGroupCommand({
        ...groupOf(things),
        LaunchConfigurationName: NOTHING,
        MinSize: 0,
        MaxSize: 0,
      }),
    ),
  'autoscaling:DeleteAutoScalingGroup': ({ autoScaling }, things) =>
    autoScaling.send(new scaling.DeleteAutoScalingGroupCommand(groupOf(things))),
  'autoscaling:AttachLoadBalancers': ({ autoScaling }, things) =>
    autoScaling.send(
      new scaling.AttachLoadBalancersCommand({
        ...groupOf(things),
        LoadBalancerNames: [things.balancer ?? NOTHING],
      }),
    ),
  'autoscaling:AttachLoadBalancerTargetGroups': ({ autoScaling }, things) =>
    things.targetGroup &&
    autoScaling.send(
      new scaling.AttachLoadBalancerTargetGroupsCommand({
        ...groupOf(things),
        TargetGroupARNs: [things.targetGroup],
      }),
    ),
  'autoscaling:PutScalingPolicy': ({ autoScaling }, things) =>
    autoScaling.send(
      new scaling.PutScalingPolicyCommand({
        ...groupOf(things),
        PolicyName: NOTHING,
        AdjustmentType: 'ChangeInCapacity',
        ScalingAdjustment: 0,
      }),
    ),
  'autoscaling:PutScheduledUpdateGroupAction': ({ autoScaling }, things) =>
    autoScaling.send(
      new scaling.PutScheduledUpdateGroupActionCommand({
        ...groupOf(things),
        ScheduledActionName: NOTHING,
        Recurrence: '0 0 1 1 *',
        DesiredCapacity: 0,
      }),
    ),
  'autoscaling:PutNotificationConfiguration': ({ autoScaling }, things) =>
    autoScaling.send(
      new scaling.PutNotificationConfigurationCommand({
        ...groupOf(things),
        TopicARN: NOTHING,
        NotificationTypes: ['autoscaling:TEST_NOTIFICATION'],
      }),
    ),
  'autoscaling:EnableMetricsCollection': ({ autoScaling }, things) =>
    autoScaling.send(
      new scaling.EnableMetricsCollectionCommand({ ...groupOf(things), Granularity: '1Minute' }),
    ),
  'autoscaling:PutWarmPool': ({ autoScaling }, things) =>
    autoScaling.send(new scaling.PutWarmPoolCommand(groupOf(things))),
  'autoscaling:DeleteWarmPool': ({ autoScaling }, things) =>
    autoScaling.send(new scaling.DeleteWarmPoolCommand(groupOf(things))),
  // TerminateInstanceInAutoScalingGroup is missing: it names no group, so AWS must find the instance before it can tell
  // whether the caller may, and an instance that does not exist proves nothing.
};
