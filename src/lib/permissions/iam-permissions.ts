/** Commands that call AWS; `roll` is upgrade, resume and rollback. */
export type PermissionUser = 'status' | 'plan' | 'doctor' | 'pause' | 'roll' | 'create';

/** What an action can be limited to. Source: Service Authorization Reference, "Resource types" of each action. */
export type PermissionScope =
  /** It has no resource type, as every Describe of these services. */
  | 'everything'
  | 'group'
  | 'launch-configuration'
  | 'launch-template'
  | 'classic'
  | 'target-group'
  /** Launching instances, only through a launch template. */
  | 'launch'
  /** Tagging, only while creating a resource. */
  | 'tagging'
  | 'role'
  /** The caller of doctor, by its ARN. */
  | 'caller'
  /** An instance profile. */
  | 'profile';

/** The clusters that need an action. */
export type LaunchSourceCase =
  | 'launch-configuration'
  | 'launch-template'
  /** A version of an existing launch template. */
  | 'template-version'
  /** A launch template that the roll creates or deletes. */
  | 'own-template'
  | 'classic'
  | 'target-group'
  | 'beside'
  | 'warm-pool'
  | 'automation'
  | 'notifications'
  | 'metrics';

export interface Permission {
  readonly action: string;
  readonly scope: PermissionScope;
  readonly usedBy: readonly PermissionUser[];
  /** Undefined if every cluster needs it. */
  readonly only?: LaunchSourceCase;
  readonly purpose: string;
}

const buildSimulationPermission = (action: string, scope: Permission['scope'], purpose: string): Permission => {
  return { action, scope, usedBy: ['doctor'], purpose };
};

/** For `doctor` only: to ask IAM about permissions that cannot be probed. */
export const SIMULATION_PERMISSIONS: readonly Permission[] = [
  buildSimulationPermission('iam:SimulatePrincipalPolicy', 'caller', 'simulating the policies of the caller'),
  buildSimulationPermission('iam:GetRole', 'caller', 'the path of the caller, if it is a role'),
  buildSimulationPermission('iam:GetInstanceProfile', 'profile', "the role in the servers' instance profile"),
];

const ALL_USERS: readonly PermissionUser[] = ['status', 'plan', 'pause', 'roll', 'create'];
const PREFLIGHT_USERS: readonly PermissionUser[] = ['plan', 'roll'];

const buildReadPermission = (action: string, callers: readonly PermissionUser[], purpose: string): Permission => {
  return { action, scope: 'everything', usedBy: callers, purpose };
};

/** None of these actions can be limited to a resource. */
export const READ_PERMISSIONS: readonly Permission[] = [
  buildReadPermission('sts:GetCallerIdentity', PREFLIGHT_USERS, 'the ARN of the caller; AWS never refuses it'),
  buildReadPermission('autoscaling:DescribeAutoScalingGroups', ALL_USERS, 'the groups of the cluster'),
  buildReadPermission('autoscaling:DescribeLaunchConfigurations', ALL_USERS, 'the launch configurations of groups'),
  buildReadPermission('autoscaling:DescribeScalingActivities', ALL_USERS, 'why a launch failed'),
  buildReadPermission('ec2:DescribeInstances', ALL_USERS, 'addresses and images of the servers'),
  buildReadPermission('ec2:DescribeLaunchTemplates', ALL_USERS, 'the launch templates of groups'),
  buildReadPermission('ec2:DescribeLaunchTemplateVersions', ALL_USERS, 'the launch templates of groups'),
  buildReadPermission('elasticloadbalancing:DescribeInstanceHealth', ALL_USERS, 'servers in classic load balancers'),
  buildReadPermission('elasticloadbalancing:DescribeLoadBalancerAttributes', ALL_USERS, 'drain times'),
  buildReadPermission('elasticloadbalancing:DescribeTargetGroups', ALL_USERS, 'target groups by name'),
  buildReadPermission('elasticloadbalancing:DescribeTargetHealth', ALL_USERS, 'servers in target groups'),
  buildReadPermission('elasticloadbalancing:DescribeTargetGroupAttributes', ALL_USERS, 'drain times'),
  buildReadPermission(
    'elasticloadbalancing:DescribeLoadBalancers',
    ['plan', 'roll', 'create'],
    'health checks and kinds of load balancers',
  ),
  buildReadPermission('autoscaling:DescribeAccountLimits', PREFLIGHT_USERS, 'quotas'),
  buildReadPermission(
    'autoscaling:DescribeInstanceRefreshes',
    PREFLIGHT_USERS,
    'whether an instance refresh is in progress',
  ),
  buildReadPermission(
    'autoscaling:DescribeLifecycleHooks',
    ['plan', 'roll', 'create'],
    'settings to copy to the new group',
  ),
  buildReadPermission('autoscaling:DescribePolicies', PREFLIGHT_USERS, 'settings to copy to the new group'),
  buildReadPermission('autoscaling:DescribeScheduledActions', PREFLIGHT_USERS, 'settings to copy to the new group'),
  buildReadPermission(
    'autoscaling:DescribeNotificationConfigurations',
    PREFLIGHT_USERS,
    'settings to copy to the new group',
  ),
  buildReadPermission(
    'ec2:DescribeImages',
    ['status', 'plan', 'roll', 'create'],
    'names of images; architecture and disks of the new one',
  ),
  buildReadPermission('ec2:DescribeInstanceTypes', ['plan', 'roll', 'create'], 'architectures of instance types'),
  buildReadPermission('ec2:DescribeSubnets', ['plan', 'roll', 'create'], 'free addresses'),
  buildReadPermission('ec2:DescribeSecurityGroups', ['doctor'], 'ports between the servers'),
  buildReadPermission('autoscaling:DescribeAutoScalingInstances', ['roll'], 'whether a server is terminated'),
  buildReadPermission('elasticloadbalancing:DescribeTags', ['create'], 'what an earlier run has created'),
];

const ROLL_USERS: readonly PermissionUser[] = ['roll'];

function buildWritePermission(
  action: string,
  scope: PermissionScope,
  purpose: string,
  only?: LaunchSourceCase,
): Permission {
  return { action, scope, usedBy: ROLL_USERS, purpose, ...(only && { only }) };
}

function withUsers(callers: readonly PermissionUser[], permission: Permission): Permission {
  return { ...permission, usedBy: callers };
}

const buildGroupPermission = (action: string, purpose: string, only?: LaunchSourceCase) =>
  buildWritePermission(`autoscaling:${action}`, 'group', purpose, only);

/** Each limited to the groups, launch sources and load balancers of one cluster, as far as AWS supports it. */
export const WRITE_PERMISSIONS: readonly Permission[] = [
  withUsers(['roll', 'pause'], buildGroupPermission('CreateOrUpdateTags', 'recording the roll')),
  buildGroupPermission('DeleteTags', 'clearing the record of the roll'),
  buildGroupPermission('SuspendProcesses', 'suspending processes of the groups'),
  buildGroupPermission('ResumeProcesses', 'resuming processes of the groups'),
  buildGroupPermission('UpdateAutoScalingGroup', 'sizes, and in place the launch source'),
  buildGroupPermission('TerminateInstanceInAutoScalingGroup', 'terminating a server that has left'),
  withUsers(['roll', 'create'], buildGroupPermission('CreateAutoScalingGroup', 'creating the new group', 'beside')),
  buildGroupPermission('DeleteAutoScalingGroup', 'deleting an empty group', 'beside'),
  buildGroupPermission('AttachLoadBalancers', 'classic load balancers of the new group', 'classic'),
  buildGroupPermission('AttachLoadBalancerTargetGroups', 'target groups of the new group', 'target-group'),
  buildGroupPermission('PutScalingPolicy', 'policies of the new group', 'automation'),
  buildGroupPermission('PutScheduledUpdateGroupAction', 'scheduled actions of the new group', 'automation'),
  buildGroupPermission('PutNotificationConfiguration', 'notifications of the new group', 'notifications'),
  buildGroupPermission('EnableMetricsCollection', 'metrics of the new group', 'metrics'),
  buildGroupPermission('PutWarmPool', 'the warm pool of the new group', 'warm-pool'),
  buildGroupPermission('DeleteWarmPool', 'the warm pool of the old group', 'warm-pool'),
  withUsers(
    ['roll', 'create'],
    buildWritePermission(
      'autoscaling:CreateLaunchConfiguration',
      'launch-configuration',
      'creating the new launch configuration',
      'launch-configuration',
    ),
  ),
  buildWritePermission(
    'autoscaling:DeleteLaunchConfiguration',
    'launch-configuration',
    'deleting an unused launch configuration',
    'launch-configuration',
  ),
  withUsers(
    ['roll', 'create'],
    buildWritePermission(
      'ec2:CreateLaunchTemplate',
      'launch-template',
      'creating the new launch template',
      'own-template',
    ),
  ),
  buildWritePermission(
    'ec2:CreateLaunchTemplateVersion',
    'launch-template',
    'creating a version with the new image',
    'template-version',
  ),
  buildWritePermission(
    'ec2:ModifyLaunchTemplate',
    'launch-template',
    'setting the default version',
    'template-version',
  ),
  buildWritePermission(
    'ec2:DeleteLaunchTemplateVersions',
    'launch-template',
    'deleting an unused version',
    'template-version',
  ),
  buildWritePermission(
    'ec2:DeleteLaunchTemplate',
    'launch-template',
    'deleting a launch template of the roll',
    'own-template',
  ),
  withUsers(
    ['roll', 'create'],
    buildWritePermission(
      'ec2:RunInstances',
      'launch',
      'required by Auto Scaling to set a launch template',
      'launch-template',
    ),
  ),
  withUsers(
    ['roll', 'create'],
    buildWritePermission(
      'ec2:CreateTags',
      'tagging',
      'tags of a new launch template, and tags in it',
      'launch-template',
    ),
  ),
  withUsers(
    ['roll', 'create'],
    buildWritePermission(
      'iam:PassRole',
      'role',
      "passing the servers' instance profile and the notification roles of hooks",
    ),
  ),
  buildWritePermission(
    'elasticloadbalancing:RegisterInstancesWithLoadBalancer',
    'classic',
    'registering a server that passed its gates',
    'classic',
  ),
  buildWritePermission(
    'elasticloadbalancing:DeregisterInstancesFromLoadBalancer',
    'classic',
    'draining a server',
    'classic',
  ),
  buildWritePermission(
    'elasticloadbalancing:RegisterTargets',
    'target-group',
    'registering a server that passed its gates',
    'target-group',
  ),
  buildWritePermission('elasticloadbalancing:DeregisterTargets', 'target-group', 'draining a server', 'target-group'),
  ...[
    ['CreateLoadBalancer', 'creating the load balancer'],
    ['ConfigureHealthCheck', 'setting its health check'],
    ['ModifyLoadBalancerAttributes', 'setting its draining'],
    ['RemoveTags', 'removing the mark of an unfinished one'],
    ['AddTags', 'setting its tags; required by AWS to create one with tags'],
  ].map(([action, purpose = '']) =>
    withUsers(['create'], buildWritePermission(`elasticloadbalancing:${action}`, 'classic', purpose)),
  ),
];
