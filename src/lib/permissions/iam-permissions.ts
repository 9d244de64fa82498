/** Commands that call AWS; `roll` stands for upgrade, resume and rollback, which are one loop. */
export type PermissionUser = 'status' | 'plan' | 'doctor' | 'pause' | 'roll' | 'create';

/** What an action can be limited to. Source: the Service Authorization Reference, "Resource types" of each action. */
export type PermissionScope =
  /** AWS knows no resource for it: every Describe of these services. */
  | 'everything'
  | 'group'
  | 'launch-configuration'
  | 'launch-template'
  | 'classic'
  | 'target-group'
  /** Launching, through a launch template only. */
  | 'launch'
  /** Tagging what is being created, only. */
  | 'tagging'
  | 'role'
  /** Whoever runs doctor, by its own ARN. */
  | 'caller'
  /** An instance profile. */
  | 'profile';

/** Where an action is wanted only for some clusters; always where there is none. */
export type LaunchSourceCase =
  | 'launch-configuration'
  | 'launch-template'
  /** A version of a template that stays. */
  | 'template-version'
  /** A launch template that is made, or removed, as a whole. */
  | 'own-template'
  | 'classic'
  | 'target-group'
  | 'beside'
  | 'warm-pool'
  | 'automation'
  | 'notifications'
  | 'metrics';

/** One IAM action, who calls it and what for. */
export interface Permission {
  readonly action: string;
  readonly scope: PermissionScope;
  readonly usedBy: readonly PermissionUser[];
  readonly only?: LaunchSourceCase;
  readonly purpose: string;
}

const buildSimulationPermission = (
  action: string,
  scope: Permission['scope'],
  purpose: string,
): Permission => {
  return { action, scope, usedBy: ['doctor'], purpose };
};

/** What lets `doctor` ask IAM about permissions that cannot be tried. Nothing else needs it. */
export const SIMULATION_PERMISSIONS: readonly Permission[] = [
  buildSimulationPermission(
    'iam:SimulatePrincipalPolicy',
    'caller',
    'what the policies of the caller allow, without doing it',
  ),
  buildSimulationPermission('iam:GetRole', 'caller', 'where the caller is a role: its path'),
  buildSimulationPermission('iam:GetInstanceProfile', 'profile', "the role in the servers' instance profile"),
];

const ALL_USERS: readonly PermissionUser[] = ['status', 'plan', 'pause', 'roll', 'create'];
/** Whoever asks the questions of a preflight. */
const PREFLIGHT_USERS: readonly PermissionUser[] = ['plan', 'roll'];

const buildReadPermission = (
  action: string,
  callers: readonly PermissionUser[],
  purpose: string,
): Permission => {
  return { action, scope: 'everything', usedBy: callers, purpose };
};

/** What is read. None of these actions can be limited to a resource. */
export const READ_PERMISSIONS: readonly Permission[] = [
  buildReadPermission('sts:GetCallerIdentity', PREFLIGHT_USERS, 'who is calling; AWS refuses it to nobody'),
  buildReadPermission('autoscaling:DescribeAutoScalingGroups', ALL_USERS, 'the groups of the cluster'),
  buildReadPermission('autoscaling:DescribeLaunchConfigurations', ALL_USERS, 'what they launch from'),
  buildReadPermission('autoscaling:DescribeScalingActivities', ALL_USERS, 'why a launch failed'),
  buildReadPermission('ec2:DescribeInstances', ALL_USERS, 'addresses and images of the servers'),
  buildReadPermission('ec2:DescribeLaunchTemplates', ALL_USERS, 'what groups launch from'),
  buildReadPermission('ec2:DescribeLaunchTemplateVersions', ALL_USERS, 'what groups launch from'),
  buildReadPermission(
    'elasticloadbalancing:DescribeInstanceHealth',
    ALL_USERS,
    'servers in classic load balancers',
  ),
  buildReadPermission(
    'elasticloadbalancing:DescribeLoadBalancerAttributes',
    ALL_USERS,
    'how long they drain',
  ),
  buildReadPermission('elasticloadbalancing:DescribeTargetGroups', ALL_USERS, 'target groups by name'),
  buildReadPermission('elasticloadbalancing:DescribeTargetHealth', ALL_USERS, 'servers in target groups'),
  buildReadPermission('elasticloadbalancing:DescribeTargetGroupAttributes', ALL_USERS, 'how long they drain'),
  buildReadPermission(
    'elasticloadbalancing:DescribeLoadBalancers',
    ['plan', 'roll', 'create'],
    'health checks and kinds of load balancers',
  ),
  buildReadPermission('autoscaling:DescribeAccountLimits', PREFLIGHT_USERS, 'quotas'),
  buildReadPermission(
    'autoscaling:DescribeInstanceRefreshes',
    PREFLIGHT_USERS,
    'that no refresh is in progress',
  ),
  buildReadPermission(
    'autoscaling:DescribeLifecycleHooks',
    ['plan', 'roll', 'create'],
    'what is copied to the new group',
  ),
  buildReadPermission('autoscaling:DescribePolicies', PREFLIGHT_USERS, 'what is copied to the new group'),
  buildReadPermission(
    'autoscaling:DescribeScheduledActions',
    PREFLIGHT_USERS,
    'what is copied to the new group',
  ),
  buildReadPermission(
    'autoscaling:DescribeNotificationConfigurations',
    PREFLIGHT_USERS,
    'what is copied to the new group',
  ),
  buildReadPermission(
    'ec2:DescribeImages',
    ['status', 'plan', 'roll', 'create'],
    'the images by name; architecture and disks of the new one',
  ),
  buildReadPermission(
    'ec2:DescribeInstanceTypes',
    ['plan', 'roll', 'create'],
    'which architectures a type runs',
  ),
  buildReadPermission('ec2:DescribeSubnets', ['plan', 'roll', 'create'], 'free addresses'),
  buildReadPermission('ec2:DescribeSecurityGroups', ['doctor'], 'ports between the servers'),
  buildReadPermission(
    'autoscaling:DescribeAutoScalingInstances',
    ['roll'],
    'whether a terminated server is gone',
  ),
  buildReadPermission('elasticloadbalancing:DescribeTags', ['create'], 'what an earlier try has made'),
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

/** What is changed, each limited to the groups, templates and load balancers of one cluster as far as AWS can. */
export const WRITE_PERMISSIONS: readonly Permission[] = [
  withUsers(['roll', 'pause'], buildGroupPermission('CreateOrUpdateTags', 'the record of the roll')),
  buildGroupPermission('DeleteTags', 'the record of the roll, at its end'),
  buildGroupPermission('SuspendProcesses', 'freezing the groups'),
  buildGroupPermission('ResumeProcesses', 'giving back what was frozen'),
  buildGroupPermission('UpdateAutoScalingGroup', 'sizes, and in place the template'),
  buildGroupPermission('TerminateInstanceInAutoScalingGroup', 'a server that has left, by name'),
  withUsers(['roll', 'create'], buildGroupPermission('CreateAutoScalingGroup', 'the new group', 'beside')),
  buildGroupPermission('DeleteAutoScalingGroup', 'a group that is empty', 'beside'),
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
      'the new template',
      'launch-configuration',
    ),
  ),
  buildWritePermission(
    'autoscaling:DeleteLaunchConfiguration',
    'launch-configuration',
    'a template no longer used',
    'launch-configuration',
  ),
  withUsers(
    ['roll', 'create'],
    buildWritePermission('ec2:CreateLaunchTemplate', 'launch-template', 'the new template', 'own-template'),
  ),
  buildWritePermission(
    'ec2:CreateLaunchTemplateVersion',
    'launch-template',
    'a version with the new image',
    'template-version',
  ),
  buildWritePermission(
    'ec2:ModifyLaunchTemplate',
    'launch-template',
    'the default version',
    'template-version',
  ),
  buildWritePermission(
    'ec2:DeleteLaunchTemplateVersions',
    'launch-template',
    'the version that is not needed',
    'template-version',
  ),
  buildWritePermission(
    'ec2:DeleteLaunchTemplate',
    'launch-template',
    'a template of the roll',
    'own-template',
  ),
  withUsers(
    ['roll', 'create'],
    buildWritePermission(
      'ec2:RunInstances',
      'launch',
      'asked by Auto Scaling of whoever puts a group on a launch template',
      'launch-template',
    ),
  ),
  withUsers(
    ['roll', 'create'],
    buildWritePermission(
      'ec2:CreateTags',
      'tagging',
      'the tags in a launch template, and of one that is made',
      'launch-template',
    ),
  ),
  withUsers(
    ['roll', 'create'],
    buildWritePermission(
      'iam:PassRole',
      'role',
      "the servers' instance profile, and notification targets of hooks",
    ),
  ),
  buildWritePermission(
    'elasticloadbalancing:RegisterInstancesWithLoadBalancer',
    'classic',
    'a server that passed its gates',
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
    'a server that passed its gates',
    'target-group',
  ),
  buildWritePermission(
    'elasticloadbalancing:DeregisterTargets',
    'target-group',
    'draining a server',
    'target-group',
  ),
  ...[
    ['CreateLoadBalancer', 'the load balancer'],
    ['ConfigureHealthCheck', 'its health check'],
    ['ModifyLoadBalancerAttributes', 'its draining'],
    ['RemoveTags', 'the mark of one that is unfinished'],
    ['AddTags', 'its tags; AWS asks for it when one is created with tags'],
  ].map(([action, purpose = '']) =>
    withUsers(['create'], buildWritePermission(`elasticloadbalancing:${action}`, 'classic', purpose)),
  ),
];
