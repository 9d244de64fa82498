import * as scaling from '@aws-sdk/client-auto-scaling';
import * as ec2 from '@aws-sdk/client-ec2';
import * as classic from '@aws-sdk/client-elastic-load-balancing';
import * as targets from '@aws-sdk/client-elastic-load-balancing-v2';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import type { Probes } from './prove.js';

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
