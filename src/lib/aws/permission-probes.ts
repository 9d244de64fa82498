import type { IamPermissionResult, ProbeTargets } from '../model/doctor.js';
import { messageOf, RollError } from '../model/errors.js';
import { TAG_PREFIX } from '../model/tags.js';
import type { Clients } from './clients.js';
import { findRefusedAction, isAccessDenied } from './errors.js';
import { buildTemplateTags } from './launch-template.js';

/** The name of nothing that exists. */
const UNUSED_NAME = 'consul-roll-doctor';
/** ARN of a target group that cannot exist; AWS only checks its form. */
const UNUSED_TARGET_GROUP_ARN = 'arn:aws:elasticloadbalancing:none:000000000000:targetgroup/none/0000000000000000';
/** In the form of an instance's id, and of none. */
const UNUSED_INSTANCE_ID = 'i-00000000000000000';
/** A tag that no group has, and that a policy for our tags allows. */
const UNUSED_TAG = `${TAG_PREFIX}doctor`;
const ONE_RECORD = { MaxRecords: 1 };
const UNUSED_GROUP = { AutoScalingGroupName: UNUSED_NAME };
const DRY_RUN = { DryRun: true };

/** By action: the least that can be asked with it. */
export const READ_PROBES: PermissionProbes<undefined> = {
  'sts:GetCallerIdentity': ({ sts }) => sts.getCallerIdentity(),
  'autoscaling:DescribeAutoScalingGroups': ({ autoScaling }) => autoScaling.describeAutoScalingGroups(ONE_RECORD),
  'autoscaling:DescribeAutoScalingInstances': ({ autoScaling }) => autoScaling.describeAutoScalingInstances(ONE_RECORD),
  'autoscaling:DescribeLaunchConfigurations': ({ autoScaling }) => autoScaling.describeLaunchConfigurations(ONE_RECORD),
  'autoscaling:DescribeScalingActivities': ({ autoScaling }) => autoScaling.describeScalingActivities(ONE_RECORD),
  'autoscaling:DescribeAccountLimits': ({ autoScaling }) => autoScaling.describeAccountLimits(),
  'autoscaling:DescribeInstanceRefreshes': ({ autoScaling }) => autoScaling.describeInstanceRefreshes(UNUSED_GROUP),
  'autoscaling:DescribeLifecycleHooks': ({ autoScaling }) => autoScaling.describeLifecycleHooks(UNUSED_GROUP),
  'autoscaling:DescribePolicies': ({ autoScaling }) => autoScaling.describePolicies(ONE_RECORD),
  'autoscaling:DescribeScheduledActions': ({ autoScaling }) => autoScaling.describeScheduledActions(ONE_RECORD),
  'autoscaling:DescribeNotificationConfigurations': ({ autoScaling }) =>
    autoScaling.describeNotificationConfigurations(ONE_RECORD),
  'ec2:DescribeInstances': ({ ec2 }) => ec2.describeInstances(DRY_RUN),
  'ec2:DescribeLaunchTemplates': ({ ec2 }) => ec2.describeLaunchTemplates(DRY_RUN),
  'ec2:DescribeLaunchTemplateVersions': ({ ec2 }) =>
    ec2.describeLaunchTemplateVersions({ ...DRY_RUN, LaunchTemplateName: UNUSED_NAME }),
  'ec2:DescribeImages': ({ ec2 }) => ec2.describeImages(DRY_RUN),
  'ec2:DescribeInstanceTypes': ({ ec2 }) => ec2.describeInstanceTypes(DRY_RUN),
  'ec2:DescribeSubnets': ({ ec2 }) => ec2.describeSubnets(DRY_RUN),
  'elasticloadbalancing:DescribeInstanceHealth': ({ balancing }) =>
    balancing.describeInstanceHealth({ LoadBalancerName: UNUSED_NAME }),
  'elasticloadbalancing:DescribeLoadBalancerAttributes': ({ balancing }) =>
    balancing.describeLoadBalancerAttributes({ LoadBalancerName: UNUSED_NAME }),
  'elasticloadbalancing:DescribeLoadBalancers': ({ balancing }) => balancing.describeLoadBalancers({ PageSize: 1 }),
  'elasticloadbalancing:DescribeTargetGroups': ({ targets }) => targets.describeTargetGroups({ PageSize: 1 }),
  'elasticloadbalancing:DescribeTargetGroupAttributes': ({ targets }) =>
    targets.describeTargetGroupAttributes({ TargetGroupArn: UNUSED_TARGET_GROUP_ARN }),
  'elasticloadbalancing:DescribeTargetHealth': ({ targets }) =>
    targets.describeTargetHealth({ TargetGroupArn: UNUSED_TARGET_GROUP_ARN }),
};

const unusedGroup = ({ unusedName }: ProbeTargets) => ({ AutoScalingGroupName: unusedName });
const unusedGroupTag = ({ unusedName }: ProbeTargets) => ({
  ResourceId: unusedName,
  ResourceType: 'auto-scaling-group',
  Key: UNUSED_TAG,
});

/** Of a group that does not exist: Auto Scaling has no dry run. */
const GROUP_CHANGE_PROBES: PermissionProbes<ProbeTargets> = {
  'autoscaling:CreateOrUpdateTags': ({ autoScaling }, targets) =>
    autoScaling.createOrUpdateTags({ Tags: [{ ...unusedGroupTag(targets), Value: '', PropagateAtLaunch: false }] }),
  'autoscaling:DeleteTags': ({ autoScaling }, targets) => autoScaling.deleteTags({ Tags: [unusedGroupTag(targets)] }),
  'autoscaling:SuspendProcesses': ({ autoScaling }, targets) =>
    autoScaling.suspendProcesses({ ...unusedGroup(targets), ScalingProcesses: ['AZRebalance'] }),
  'autoscaling:ResumeProcesses': ({ autoScaling }, targets) =>
    autoScaling.resumeProcesses({ ...unusedGroup(targets), ScalingProcesses: ['AZRebalance'] }),
  'autoscaling:SetInstanceProtection': ({ autoScaling }, targets) =>
    autoScaling.setInstanceProtection({
      ...unusedGroup(targets),
      InstanceIds: [UNUSED_INSTANCE_ID],
      ProtectedFromScaleIn: true,
    }),
  'autoscaling:UpdateAutoScalingGroup': ({ autoScaling }, targets) =>
    autoScaling.updateAutoScalingGroup(unusedGroup(targets)),
  // A launch configuration of that name is one more thing that does not exist.
  'autoscaling:CreateAutoScalingGroup': ({ autoScaling }, targets) =>
    autoScaling.createAutoScalingGroup({
      ...unusedGroup(targets),
      LaunchConfigurationName: UNUSED_NAME,
      MinSize: 0,
      MaxSize: 0,
    }),
  'autoscaling:DeleteAutoScalingGroup': ({ autoScaling }, targets) =>
    autoScaling.deleteAutoScalingGroup(unusedGroup(targets)),
  'autoscaling:CompleteLifecycleAction': ({ autoScaling }, targets) =>
    autoScaling.completeLifecycleAction({
      ...unusedGroup(targets),
      LifecycleHookName: UNUSED_NAME,
      LifecycleActionResult: 'ABANDON',
      InstanceId: UNUSED_INSTANCE_ID,
    }),
  'autoscaling:AttachLoadBalancers': ({ autoScaling }, targets) =>
    autoScaling.attachLoadBalancers({ ...unusedGroup(targets), LoadBalancerNames: [targets.balancer ?? UNUSED_NAME] }),
  'autoscaling:AttachLoadBalancerTargetGroups': ({ autoScaling }, targets) =>
    targets.targetGroup &&
    autoScaling.attachLoadBalancerTargetGroups({ ...unusedGroup(targets), TargetGroupARNs: [targets.targetGroup] }),
  'autoscaling:PutScalingPolicy': ({ autoScaling }, targets) =>
    autoScaling.putScalingPolicy({
      ...unusedGroup(targets),
      PolicyName: UNUSED_NAME,
      AdjustmentType: 'ChangeInCapacity',
      ScalingAdjustment: 0,
    }),
  'autoscaling:PutScheduledUpdateGroupAction': ({ autoScaling }, targets) =>
    autoScaling.putScheduledUpdateGroupAction({
      ...unusedGroup(targets),
      ScheduledActionName: UNUSED_NAME,
      Recurrence: '0 0 1 1 *',
      DesiredCapacity: 0,
    }),
  'autoscaling:PutNotificationConfiguration': ({ autoScaling }, targets) =>
    autoScaling.putNotificationConfiguration({
      ...unusedGroup(targets),
      TopicARN: UNUSED_NAME,
      NotificationTypes: ['autoscaling:TEST_NOTIFICATION'],
    }),
  'autoscaling:EnableMetricsCollection': ({ autoScaling }, targets) =>
    autoScaling.enableMetricsCollection({ ...unusedGroup(targets), Granularity: '1Minute' }),
  'autoscaling:PutWarmPool': ({ autoScaling }, targets) => autoScaling.putWarmPool(unusedGroup(targets)),
  'autoscaling:DeleteWarmPool': ({ autoScaling }, targets) => autoScaling.deleteWarmPool(unusedGroup(targets)),
  // SetInstanceHealth and TerminateInstanceInAutoScalingGroup are missing: they name no group, so AWS must find the
  // instance before it can tell whether the caller may, and an instance that does not exist proves nothing.
};

const existingGroup = ({ oldGroup }: ProbeTargets) => ({ AutoScalingGroupName: oldGroup });
/** None of these is a process that scales or replaces. */
const HARMLESS_PROCESSES = ['AZRebalance', 'AlarmNotification', 'ScheduledActions'];

/**
 * Of the group there is, and by what they say without any effect on it, whatever AWS checks first: a tag taken away
 * that it has not, a process resumed that runs, an update of nothing.
 */
export const OLD_GROUP_CHANGE_PROBES: PermissionProbes<ProbeTargets> = {
  'autoscaling:DeleteTags': ({ autoScaling }, { oldGroup }) =>
    autoScaling.deleteTags({ Tags: [{ ResourceId: oldGroup, ResourceType: 'auto-scaling-group', Key: UNUSED_TAG }] }),
  'autoscaling:ResumeProcesses': ({ autoScaling }, targets) => {
    const running = HARMLESS_PROCESSES.find((process) => !targets.suspended.includes(process));
    if (running === undefined) return undefined;
    return autoScaling.resumeProcesses({ ...existingGroup(targets), ScalingProcesses: [running] });
  },
  'autoscaling:UpdateAutoScalingGroup': ({ autoScaling }, targets) =>
    autoScaling.updateAutoScalingGroup(existingGroup(targets)),
};

/** By action: a call that changes nothing. */
export const CHANGE_PROBES: PermissionProbes<ProbeTargets> = {
  ...GROUP_CHANGE_PROBES,
  // Without an image or an instance there is nothing to make a launch configuration of, and AWS refuses.
  'autoscaling:CreateLaunchConfiguration': ({ autoScaling }, { unusedName }) =>
    autoScaling.createLaunchConfiguration({ LaunchConfigurationName: unusedName }),
  'autoscaling:DeleteLaunchConfiguration': ({ autoScaling }, { unusedName }) =>
    autoScaling.deleteLaunchConfiguration({ LaunchConfigurationName: unusedName }),
  'ec2:CreateLaunchTemplate': ({ ec2 }, { unusedName, imageId }) =>
    ec2.createLaunchTemplate({
      ...DRY_RUN,
      LaunchTemplateName: unusedName,
      LaunchTemplateData: { ImageId: imageId },
      TagSpecifications: buildTemplateTags(unusedName),
    }),
  'ec2:CreateLaunchTemplateVersion': ({ ec2 }, { launchTemplate, imageId }) =>
    launchTemplate &&
    ec2.createLaunchTemplateVersion({
      ...DRY_RUN,
      LaunchTemplateId: launchTemplate.id,
      LaunchTemplateData: { ImageId: imageId },
    }),
  'ec2:ModifyLaunchTemplate': ({ ec2 }, { launchTemplate }) =>
    launchTemplate && ec2.modifyLaunchTemplate({ ...DRY_RUN, LaunchTemplateId: launchTemplate.id }),
  'ec2:DeleteLaunchTemplateVersions': ({ ec2 }, { launchTemplate }) =>
    launchTemplate &&
    ec2.deleteLaunchTemplateVersions({ ...DRY_RUN, LaunchTemplateId: launchTemplate.id, Versions: ['999999999'] }),
  // DeleteLaunchTemplate is missing: a policy allows it by a tag of the template, and one that does not exist has none.
  'ec2:RunInstances': probeRunInstances,
  'ec2:CreateTags': probeRunInstances,
  'iam:PassRole': probeRunInstances,
  'ec2:GetConsoleOutput': ({ ec2 }, { instanceId }) =>
    instanceId && ec2.getConsoleOutput({ ...DRY_RUN, InstanceId: instanceId }),
  'elasticloadbalancing:RegisterInstancesWithLoadBalancer': ({ balancing }, { balancer }) =>
    balancer &&
    balancing.registerInstancesWithLoadBalancer({
      LoadBalancerName: balancer,
      Instances: [{ InstanceId: UNUSED_INSTANCE_ID }],
    }),
  'elasticloadbalancing:DeregisterInstancesFromLoadBalancer': ({ balancing }, { balancer }) =>
    balancer &&
    balancing.deregisterInstancesFromLoadBalancer({
      LoadBalancerName: balancer,
      Instances: [{ InstanceId: UNUSED_INSTANCE_ID }],
    }),
  'elasticloadbalancing:RegisterTargets': ({ targets }, { targetGroup }) =>
    targetGroup && targets.registerTargets({ TargetGroupArn: targetGroup, Targets: [{ Id: UNUSED_INSTANCE_ID }] }),
  'elasticloadbalancing:DeregisterTargets': ({ targets }, { targetGroup }) =>
    targetGroup && targets.deregisterTargets({ TargetGroupArn: targetGroup, Targets: [{ Id: UNUSED_INSTANCE_ID }] }),
};

/** What Auto Scaling will ask EC2 for in the caller's name: the instance, its tags, its role. */
function probeRunInstances({ ec2 }: Clients, { launchTemplate, subnet }: ProbeTargets) {
  if (launchTemplate === undefined) return undefined;
  return ec2.runInstances({
    ...DRY_RUN,
    MinCount: 1,
    MaxCount: 1,
    LaunchTemplate: { LaunchTemplateId: launchTemplate.id, Version: launchTemplate.version },
    ...(subnet && { SubnetId: subnet }),
  });
}

/** A call by which AWS shows whether it is permitted, and which changes nothing if it is; undefined where none exists. */
type PermissionProbe<Things> = (clients: Clients, things: Things) => Promise<unknown> | '' | undefined;
type PermissionProbes<Things> = Readonly<Record<string, PermissionProbe<Things>>>;

/** Errors that AWS has only for those who may call. */
const ERRORS_AFTER_AUTHORIZATION = [
  'load-balancer-not-found',
  'target-group-not-found',
  'launch-configurations-refused',
  'aws-limit',
  'aws-busy',
];
/** AWS throttles bursts. */
const MAX_CONCURRENT_PROBES = 6;

/** Tries each of these actions. */
export async function probePermissions<Things>(
  clients: Clients,
  probes: PermissionProbes<Things>,
  actions: readonly string[],
  things: Things,
): Promise<readonly IamPermissionResult[]> {
  const found: IamPermissionResult[] = [];
  for (let start = 0; start < actions.length; start += MAX_CONCURRENT_PROBES) {
    const batch = actions.slice(start, start + MAX_CONCURRENT_PROBES);
    found.push(...(await Promise.all(batch.map((action) => probePermission(clients, probes, action, things)))));
  }
  return found;
}

/**
 * A refusal, an answer and a dry run prove something for certain. Any other error is taken to come from past the
 * permission: AWS seems to decide on a request by its action and the name of its resource,
 * `autoScalingGroup:*:autoScalingGroupName/NAME` for a group that does not exist (so its refusals of
 * CreateAutoScalingGroup say), before the service looks for that resource. This is not documented.
 */
async function probePermission<Things>(
  clients: Clients,
  probes: PermissionProbes<Things>,
  action: string,
  things: Things,
): Promise<IamPermissionResult> {
  const asked = probes[action]?.(clients, things);
  if (!asked) return { action, allowed: undefined, why: 'cannot be tried without doing it', notProbed: true };
  try {
    await asked;
    return { action, allowed: true, why: undefined };
  } catch (thrown) {
    return toDeniedPermission(action, thrown);
  }
}

function toDeniedPermission(action: string, thrown: unknown): IamPermissionResult {
  if (isDryRunError(thrown)) return { action, allowed: true, why: undefined };
  if (!(thrown instanceof RollError)) {
    return isAccessDenied(thrown)
      ? toInferredPermission(action)
      : { action, allowed: undefined, why: messageOf(thrown) };
  }
  if (thrown.code !== 'access-denied') {
    return ERRORS_AFTER_AUTHORIZATION.includes(thrown.code)
      ? toInferredPermission(action)
      : { action, allowed: undefined, why: thrown.message };
  }
  const refused = (thrown.cause instanceof Error && findRefusedAction(thrown.cause)) || action;
  if (refused === action) return { action, allowed: false, why: undefined };
  return { action, allowed: undefined, why: `${refused} was refused first` };
}

function toInferredPermission(action: string): IamPermissionResult {
  return { action, allowed: true, why: undefined, inferred: true };
}

function isDryRunError(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.name === 'DryRunOperation';
}
