import type { Caller, Permission } from './permission.js';

const EVERYBODY: readonly Caller[] = ['status', 'plan', 'pause', 'roll', 'create'];
/** Whoever asks the questions of a preflight. */
const BEFORE: readonly Caller[] = ['plan', 'roll'];

const read = (action: string, callers: readonly Caller[], purpose: string): Permission => {
  return { action, scope: 'everything', callers, purpose };
};

/** What is read. None of these actions can be limited to a resource. */
export const READING: readonly Permission[] = [
  read('sts:GetCallerIdentity', BEFORE, 'who is calling; AWS refuses it to nobody'),
  read('autoscaling:DescribeAutoScalingGroups', EVERYBODY, 'the groups of the cluster'),
  read('autoscaling:DescribeLaunchConfigurations', EVERYBODY, 'what they launch from'),
  read('autoscaling:DescribeScalingActivities', EVERYBODY, 'why a launch failed'),
  read('ec2:DescribeInstances', EVERYBODY, 'addresses and images of the servers'),
  read('ec2:DescribeLaunchTemplates', EVERYBODY, 'what groups launch from'),
  read('ec2:DescribeLaunchTemplateVersions', EVERYBODY, 'what groups launch from'),
  read('elasticloadbalancing:DescribeInstanceHealth', EVERYBODY, 'servers in classic load balancers'),
  read('elasticloadbalancing:DescribeLoadBalancerAttributes', EVERYBODY, 'how long they drain'),
  read('elasticloadbalancing:DescribeTargetGroups', EVERYBODY, 'target groups by name'),
  read('elasticloadbalancing:DescribeTargetHealth', EVERYBODY, 'servers in target groups'),
  read('elasticloadbalancing:DescribeTargetGroupAttributes', EVERYBODY, 'how long they drain'),
  read(
    'elasticloadbalancing:DescribeLoadBalancers',
    ['plan', 'roll', 'create'],
    'health checks and kinds of load balancers',
  ),
  read('autoscaling:DescribeAccountLimits', BEFORE, 'quotas'),
  read('autoscaling:DescribeInstanceRefreshes', BEFORE, 'that no refresh is in progress'),
  read('autoscaling:DescribeLifecycleHooks', ['plan', 'roll', 'create'], 'what is copied to the new group'),
  read('autoscaling:DescribePolicies', BEFORE, 'what is copied to the new group'),
  read('autoscaling:DescribeScheduledActions', BEFORE, 'what is copied to the new group'),
  read('autoscaling:DescribeNotificationConfigurations', BEFORE, 'what is copied to the new group'),
  read(
    'ec2:DescribeImages',
    ['status', 'plan', 'roll', 'create'],
    'the images by name; architecture and disks of the new one',
  ),
  read('ec2:DescribeInstanceTypes', ['plan', 'roll', 'create'], 'which architectures a type runs'),
  read('ec2:DescribeSubnets', ['plan', 'roll', 'create'], 'free addresses'),
  read('ec2:DescribeSecurityGroups', ['doctor'], 'ports between the servers'),
  read('autoscaling:DescribeAutoScalingInstances', ['roll'], 'whether a terminated server is gone'),
  read('elasticloadbalancing:DescribeTags', ['create'], 'what an earlier try has made'),
];
