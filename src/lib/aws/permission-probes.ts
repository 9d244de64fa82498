import * as scaling from '@aws-sdk/client-auto-scaling';
import * as ec2 from '@aws-sdk/client-ec2';
import * as classic from '@aws-sdk/client-elastic-load-balancing';
import * as targets from '@aws-sdk/client-elastic-load-balancing-v2';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import type { Permitted, ProbedThings } from '../model/doctor.js';
import { messageOf, RollError } from '../model/errors.js';
import type { Clients } from './clients.js';
import { actionRefused, isRefusedByAws } from './errors.js';

const NOBODY = 'consul-roll-doctor';
/** Of a target group that cannot be: AWS looks no further than its form. */
const NO_TARGETS = 'arn:aws:elasticloadbalancing:none:000000000000:targetgroup/none/0000000000000000';
const ONE = { MaxRecords: 1 };
/** Of a group that does not exist. */
const NO_GROUP = { AutoScalingGroupName: NOBODY };
const DRY = { DryRun: true };

/** By action: the least that can be asked with it. */
export const READS: Probes<undefined> = {
  'sts:GetCallerIdentity': ({ sts }) => sts.send(new GetCallerIdentityCommand({})),
  'autoscaling:DescribeAutoScalingGroups': ({ autoScaling }) =>
    autoScaling.send(new scaling.DescribeAutoScalingGroupsCommand(ONE)),
  'autoscaling:DescribeAutoScalingInstances': ({ autoScaling }) =>
    autoScaling.send(new scaling.DescribeAutoScalingInstancesCommand(ONE)),
  'autoscaling:DescribeLaunchConfigurations': ({ autoScaling }) =>
    autoScaling.send(new scaling.DescribeLaunchConfigurationsCommand(ONE)),
  'autoscaling:DescribeScalingActivities': ({ autoScaling }) =>
    autoScaling.send(new scaling.DescribeScalingActivitiesCommand(ONE)),
  'autoscaling:DescribeAccountLimits': ({ autoScaling }) =>
    autoScaling.send(new scaling.DescribeAccountLimitsCommand({})),
  'autoscaling:DescribeInstanceRefreshes': ({ autoScaling }) =>
    autoScaling.send(new scaling.DescribeInstanceRefreshesCommand(NO_GROUP)),
  'autoscaling:DescribeLifecycleHooks': ({ autoScaling }) =>
    autoScaling.send(new scaling.DescribeLifecycleHooksCommand(NO_GROUP)),
  'autoscaling:DescribePolicies': ({ autoScaling }) =>
    autoScaling.send(new scaling.DescribePoliciesCommand(ONE)),
  'autoscaling:DescribeScheduledActions': ({ autoScaling }) =>
    autoScaling.send(new scaling.DescribeScheduledActionsCommand(ONE)),
  'autoscaling:DescribeNotificationConfigurations': ({ autoScaling }) =>
    autoScaling.send(new scaling.DescribeNotificationConfigurationsCommand(ONE)),
  'ec2:DescribeInstances': (clients) => clients.ec2.send(new ec2.DescribeInstancesCommand(DRY)),
  'ec2:DescribeLaunchTemplates': (clients) => clients.ec2.send(new ec2.DescribeLaunchTemplatesCommand(DRY)),
  'ec2:DescribeLaunchTemplateVersions': (clients) =>
    clients.ec2.send(new ec2.DescribeLaunchTemplateVersionsCommand({ ...DRY, LaunchTemplateName: NOBODY })),
  'ec2:DescribeImages': (clients) => clients.ec2.send(new ec2.DescribeImagesCommand(DRY)),
  'ec2:DescribeInstanceTypes': (clients) => clients.ec2.send(new ec2.DescribeInstanceTypesCommand(DRY)),
  'ec2:DescribeSubnets': (clients) => clients.ec2.send(new ec2.DescribeSubnetsCommand(DRY)),
  'elasticloadbalancing:DescribeInstanceHealth': ({ balancing }) =>
    balancing.send(new classic.DescribeInstanceHealthCommand({ LoadBalancerName: NOBODY })),
  'elasticloadbalancing:DescribeLoadBalancerAttributes': ({ balancing }) =>
    balancing.send(new classic.DescribeLoadBalancerAttributesCommand({ LoadBalancerName: NOBODY })),
  'elasticloadbalancing:DescribeLoadBalancers': ({ balancing }) =>
    balancing.send(new classic.DescribeLoadBalancersCommand({ PageSize: 1 })),
  'elasticloadbalancing:DescribeTargetGroups': (clients) =>
    clients.targets.send(new targets.DescribeTargetGroupsCommand({ PageSize: 1 })),
  'elasticloadbalancing:DescribeTargetGroupAttributes': (clients) =>
    clients.targets.send(new targets.DescribeTargetGroupAttributesCommand({ TargetGroupArn: NO_TARGETS })),
  'elasticloadbalancing:DescribeTargetHealth': (clients) =>
    clients.targets.send(new targets.DescribeTargetHealthCommand({ TargetGroupArn: NO_TARGETS })),
};

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

const oldGroupOf = ({ oldGroup }: ProbedThings) => ({ AutoScalingGroupName: oldGroup });
/** None of these is a process that scales or replaces. */
const HARMLESS = ['AZRebalance', 'AlarmNotification', 'ScheduledActions'];

/**
 * Of the group there is, and by what they say without any effect on it, whatever AWS checks first: a tag taken away
 * that it has not, a process resumed that runs, an update of nothing.
 */
export const OLD_GROUP_CHANGES: Probes<ProbedThings> = {
  'autoscaling:DeleteTags': ({ autoScaling }, { oldGroup }) =>
    autoScaling.send(
      new scaling.DeleteTagsCommand({
        Tags: [{ ResourceId: oldGroup, ResourceType: 'auto-scaling-group', Key: NOTHING }],
      }),
    ),
  'autoscaling:ResumeProcesses': ({ autoScaling }, things) => {
    const running = HARMLESS.find((process) => !things.suspended.includes(process));
    if (running === undefined) return undefined;
    const command = new scaling.ResumeProcessesCommand({
      ...oldGroupOf(things),
      ScalingProcesses: [running],
    });
    return autoScaling.send(command);
  },
  'autoscaling:UpdateAutoScalingGroup': ({ autoScaling }, things) =>
    autoScaling.send(new scaling.UpdateAutoScalingGroupCommand(oldGroupOf(things))),
};

/** In the form of an instance's id, and of none. */
const NO_INSTANCE = 'i-00000000000000000';

/** By action: a call that changes nothing. */
export const CHANGES: Probes<ProbedThings> = {
  ...GROUP_CHANGES,
  // Without an image or an instance there is nothing to make a launch configuration of, and AWS refuses.
  'autoscaling:CreateLaunchConfiguration': ({ autoScaling }, { unusedName }) =>
    autoScaling.send(new scaling.CreateLaunchConfigurationCommand({ LaunchConfigurationName: unusedName })),
  'autoscaling:DeleteLaunchConfiguration': ({ autoScaling }, { unusedName }) =>
    autoScaling.send(new scaling.DeleteLaunchConfigurationCommand({ LaunchConfigurationName: unusedName })),
  'ec2:CreateLaunchTemplate': (clients, { unusedName, imageId }) =>
    clients.ec2.send(
      new ec2.CreateLaunchTemplateCommand({
        ...DRY,
        LaunchTemplateName: unusedName,
        LaunchTemplateData: { ImageId: imageId },
      }),
    ),
  'ec2:CreateLaunchTemplateVersion': (clients, { launchTemplate, imageId }) =>
    launchTemplate &&
    clients.ec2.send(
      new ec2.CreateLaunchTemplateVersionCommand({
        ...DRY,
        LaunchTemplateId: launchTemplate.id,
        LaunchTemplateData: { ImageId: imageId },
      }),
    ),
  'ec2:ModifyLaunchTemplate': (clients, { launchTemplate }) =>
    launchTemplate &&
    clients.ec2.send(new ec2.ModifyLaunchTemplateCommand({ ...DRY, LaunchTemplateId: launchTemplate.id })),
  'ec2:DeleteLaunchTemplateVersions': (clients, { launchTemplate }) =>
    launchTemplate &&
    clients.ec2.send(
      new ec2.DeleteLaunchTemplateVersionsCommand({
        ...DRY,
        LaunchTemplateId: launchTemplate.id,
        Versions: ['999999999'],
      }),
    ),
  'ec2:DeleteLaunchTemplate': (clients, { unusedName }) =>
    clients.ec2.send(new ec2.DeleteLaunchTemplateCommand({ ...DRY, LaunchTemplateName: unusedName })),
  'ec2:RunInstances': dryLaunch,
  'ec2:CreateTags': dryLaunch,
  'iam:PassRole': dryLaunch,
  'elasticloadbalancing:RegisterInstancesWithLoadBalancer': ({ balancing }, { balancer }) =>
    balancer &&
    balancing.send(
      new classic.RegisterInstancesWithLoadBalancerCommand({
        LoadBalancerName: balancer,
        Instances: [{ InstanceId: NO_INSTANCE }],
      }),
    ),
  'elasticloadbalancing:DeregisterInstancesFromLoadBalancer': ({ balancing }, { balancer }) =>
    balancer &&
    balancing.send(
      new classic.DeregisterInstancesFromLoadBalancerCommand({
        LoadBalancerName: balancer,
        Instances: [{ InstanceId: NO_INSTANCE }],
      }),
    ),
  'elasticloadbalancing:RegisterTargets': (clients, { targetGroup }) =>
    targetGroup &&
    clients.targets.send(
      new targets.RegisterTargetsCommand({ TargetGroupArn: targetGroup, Targets: [{ Id: NO_INSTANCE }] }),
    ),
  'elasticloadbalancing:DeregisterTargets': (clients, { targetGroup }) =>
    targetGroup &&
    clients.targets.send(
      new targets.DeregisterTargetsCommand({ TargetGroupArn: targetGroup, Targets: [{ Id: NO_INSTANCE }] }),
    ),
};

/** What Auto Scaling will ask EC2 for in the caller's name: the instance, its tags, its role. */
function dryLaunch({ ec2: client }: Clients, { launchTemplate, subnet }: ProbedThings) {
  if (launchTemplate === undefined) return undefined;
  return client.send(
    new ec2.RunInstancesCommand({
      ...DRY,
      MinCount: 1,
      MaxCount: 1,
      LaunchTemplate: { LaunchTemplateId: launchTemplate.id, Version: launchTemplate.version },
      ...(subnet && { SubnetId: subnet }),
    }),
  );
}

/** A call by which AWS tells whether it may be made, and which changes nothing if it may; undefined where there is none. */
export type Probe<Things> = (clients: Clients, things: Things) => Promise<unknown> | '' | undefined;
export type Probes<Things> = Readonly<Record<string, Probe<Things>>>;

/** Errors that AWS has only for those who may call. */
const PAST_PERMISSION = [
  'load-balancer-not-found',
  'target-group-not-found',
  'launch-configurations-refused',
  'aws-limit',
  'aws-busy',
];
/** AWS throttles bursts. */
const AT_ONCE = 6;

/** Tries each of these actions. */
export async function proveAll<Things>(
  clients: Clients,
  probes: Probes<Things>,
  actions: readonly string[],
  things: Things,
): Promise<readonly Permitted[]> {
  const found: Permitted[] = [];
  for (let start = 0; start < actions.length; start += AT_ONCE) {
    const batch = actions.slice(start, start + AT_ONCE);
    found.push(...(await Promise.all(batch.map((action) => prove(clients, probes, action, things)))));
  }
  return found;
}

/**
 * A refusal, an answer and a dry run prove something for certain. Any other error is taken to come from past the
 * permission: AWS seems to decide on a request by its action and the name of its resource,
 * `autoScalingGroup:*:autoScalingGroupName/NAME` for a group that does not exist (so its refusals of
 * CreateAutoScalingGroup say), before the service looks for that resource. It documents that nowhere.
 */
async function prove<Things>(
  clients: Clients,
  probes: Probes<Things>,
  action: string,
  things: Things,
): Promise<Permitted> {
  const asked = probes[action]?.(clients, things);
  if (!asked) return { action, allowed: undefined, why: 'cannot be tried without doing it', untried: true };
  try {
    await asked;
    return { action, allowed: true, why: undefined };
  } catch (thrown) {
    return afterRefusal(action, thrown);
  }
}

function afterRefusal(action: string, thrown: unknown): Permitted {
  if (isDryRun(thrown)) return { action, allowed: true, why: undefined };
  if (!(thrown instanceof RollError)) {
    return isRefusedByAws(thrown) ? inferred(action) : { action, allowed: undefined, why: messageOf(thrown) };
  }
  if (thrown.code !== 'access-denied') {
    return PAST_PERMISSION.includes(thrown.code)
      ? inferred(action)
      : { action, allowed: undefined, why: thrown.message };
  }
  const refused = (thrown.cause instanceof Error && actionRefused(thrown.cause)) || action;
  if (refused === action) return { action, allowed: false, why: undefined };
  return { action, allowed: undefined, why: `${refused} was refused first` };
}

function inferred(action: string): Permitted {
  return { action, allowed: true, why: undefined, inferred: true };
}

function isDryRun(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.name === 'DryRunOperation';
}
