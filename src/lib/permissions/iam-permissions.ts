/** Commands that call AWS; `history` is history and report, `roll` is upgrade, resume and rollback. */
export type PermissionUser = 'list' | 'status' | 'history' | 'plan' | 'doctor' | 'pause' | 'roll' | 'create';

/** What an action can be limited to. Source: Service Authorization Reference, "Resource types" of each action. */
export type PermissionScope =
  /** It has no resource type, as every Describe of these services. */
  | 'everything'
  | 'group'
  /** A group that the roll or `create` makes. */
  | 'new-group'
  | 'launch-configuration'
  /** A launch configuration that the roll or `create` makes. */
  | 'new-launch-configuration'
  | 'launch-template'
  /** A launch template that the roll or `create` makes, by the tag that holds its name. */
  | 'own-template'
  | 'classic'
  | 'target-group'
  /** Launching instances, only through a launch template. */
  | 'launch'
  /** Tagging, only while creating a resource. */
  | 'tagging'
  | 'role'
  /** The caller of doctor, by its ARN. */
  | 'caller'
  /** An instance of the groups. */
  | 'instance'
  /** An instance profile. */
  | 'profile'
  /** A parameter that an order may name in place of an image. */
  | 'parameter';

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
  /** The command does without it. */
  readonly optional?: boolean;
  readonly purpose: string;
}

const ROLL_AND_CREATE: readonly PermissionUser[] = ['roll', 'create'];

/** For `doctor` only: to ask IAM about permissions that cannot be probed. */
export const SIMULATION_PERMISSIONS: readonly Permission[] = [
  write('iam:SimulatePrincipalPolicy', 'caller', 'always', 'simulating the policies of the caller', ['doctor']),
  write('iam:GetRole', 'caller', 'always', 'the path of the caller, if it is a role', ['doctor']),
  write('iam:GetInstanceProfile', 'profile', 'always', "the role in the servers' instance profile", ['doctor']),
];

/** For orders that name a parameter in place of an image; in a policy only where the parameter is named. */
export const PARAMETER_PERMISSIONS: readonly Permission[] = [
  {
    ...write('ssm:GetParameter', 'parameter', 'always', 'the image of `--ami resolve:ssm:`', ['plan', 'roll']),
    optional: true,
  },
];

const ALL_USERS: readonly PermissionUser[] = ['list', 'status', 'history', 'plan', 'pause', 'roll', 'create'];
const PREFLIGHT_USERS: readonly PermissionUser[] = ['plan', 'roll'];
const PLANNING_USERS: readonly PermissionUser[] = [...PREFLIGHT_USERS, 'create'];

/** None of these actions can be limited to a resource. */
export const READ_PERMISSIONS: readonly Permission[] = [
  read('sts:GetCallerIdentity', ['list', ...PREFLIGHT_USERS], 'the ARN of the caller; AWS never refuses it'),
  {
    ...read('iam:ListAccountAliases', ['list', ...PREFLIGHT_USERS], 'the alias of the account; optional'),
    optional: true,
  },
  read('autoscaling:DescribeAutoScalingGroups', ALL_USERS, 'the groups of the cluster'),
  read('autoscaling:DescribeLaunchConfigurations', ALL_USERS, 'the launch configurations of groups'),
  read('autoscaling:DescribeScalingActivities', ALL_USERS, 'why a launch failed'),
  read('ec2:DescribeInstances', ALL_USERS, 'addresses and images of the servers'),
  read('ec2:DescribeLaunchTemplates', ALL_USERS, 'the launch templates of groups'),
  read('ec2:DescribeLaunchTemplateVersions', ALL_USERS, 'the launch templates of groups'),
  read('elasticloadbalancing:DescribeInstanceHealth', ALL_USERS, 'servers in classic load balancers'),
  read('elasticloadbalancing:DescribeLoadBalancerAttributes', ALL_USERS, 'drain times, cross-zone load balancing'),
  read('elasticloadbalancing:DescribeTargetGroups', ALL_USERS, 'target groups by name'),
  read('elasticloadbalancing:DescribeTargetHealth', ALL_USERS, 'servers in target groups'),
  read('elasticloadbalancing:DescribeTargetGroupAttributes', ALL_USERS, 'drain times, cross-zone load balancing'),
  read('elasticloadbalancing:DescribeLoadBalancers', PLANNING_USERS, 'health checks and kinds of load balancers'),
  read('autoscaling:DescribeAccountLimits', PREFLIGHT_USERS, 'quotas'),
  read('autoscaling:DescribeInstanceRefreshes', PREFLIGHT_USERS, 'whether an instance refresh is in progress'),
  read('autoscaling:DescribeLifecycleHooks', PLANNING_USERS, 'settings to copy to the new group'),
  read('autoscaling:DescribePolicies', PREFLIGHT_USERS, 'settings to copy to the new group'),
  read('autoscaling:DescribeScheduledActions', PREFLIGHT_USERS, 'settings to copy to the new group'),
  read('autoscaling:DescribeNotificationConfigurations', PREFLIGHT_USERS, 'settings to copy to the new group'),
  read(
    'ec2:DescribeImages',
    ['list', 'status', 'plan', 'roll', 'create'],
    'names of images; architecture and disks of the new one',
  ),
  read('ec2:DescribeInstanceTypes', PLANNING_USERS, 'architectures of instance types'),
  read('ec2:DescribeSubnets', PLANNING_USERS, 'free addresses'),
  read('ec2:DescribeSecurityGroups', ['doctor'], 'ports between the servers'),
  read('autoscaling:DescribeAutoScalingInstances', ['roll'], 'whether a server is terminated'),
  read('elasticloadbalancing:DescribeTags', ['create'], 'what an earlier run has created'),
];

/** Each limited to the groups, launch sources and load balancers of one cluster, as far as AWS supports it. */
export const WRITE_PERMISSIONS: readonly Permission[] = [
  write(
    'autoscaling:CreateOrUpdateTags',
    'group',
    'always',
    'recording the roll; required by AWS to create a group with tags',
    ['roll', 'pause', 'create'],
  ),
  write('autoscaling:DeleteTags', 'group', 'always', 'clearing the record of the roll'),
  write('autoscaling:SuspendProcesses', 'group', 'always', 'suspending processes of the groups'),
  write('autoscaling:ResumeProcesses', 'group', 'always', 'resuming processes of the groups'),
  write('autoscaling:SetInstanceHealth', 'group', 'always', 'marking a server healthy that Consul finds healthy'),
  write('autoscaling:SetInstanceProtection', 'group', 'always', 'protecting servers from scale-in during the roll'),
  write(
    'autoscaling:UpdateAutoScalingGroup',
    'group',
    'always',
    'sizes, scale-in protection of new servers, and in place the launch source',
  ),
  write('autoscaling:CompleteLifecycleAction', 'group', 'always', 'ending a failed server that a hook holds'),
  write('autoscaling:TerminateInstanceInAutoScalingGroup', 'group', 'always', 'terminating a server that has left'),
  write('ec2:GetConsoleOutput', 'instance', 'always', 'why a new server failed: its console'),
  write('autoscaling:CreateAutoScalingGroup', 'new-group', 'beside', 'creating the new group', ROLL_AND_CREATE),
  write('autoscaling:DeleteAutoScalingGroup', 'group', 'beside', 'deleting an empty group'),
  write('autoscaling:AttachLoadBalancers', 'new-group', 'classic', 'classic load balancers of the new group'),
  write('autoscaling:AttachLoadBalancerTargetGroups', 'new-group', 'target-group', 'target groups of the new group'),
  write('autoscaling:PutScalingPolicy', 'new-group', 'automation', 'policies of the new group'),
  write('autoscaling:PutScheduledUpdateGroupAction', 'new-group', 'automation', 'scheduled actions of the new group'),
  write('autoscaling:PutNotificationConfiguration', 'new-group', 'notifications', 'notifications of the new group'),
  write('autoscaling:EnableMetricsCollection', 'new-group', 'metrics', 'metrics of the new group'),
  write('autoscaling:PutWarmPool', 'new-group', 'warm-pool', 'the warm pool of the new group'),
  write('autoscaling:DeleteWarmPool', 'group', 'warm-pool', 'the warm pool of the old group'),
  write(
    'autoscaling:CreateLaunchConfiguration',
    'new-launch-configuration',
    'launch-configuration',
    'creating the new launch configuration',
    ROLL_AND_CREATE,
  ),
  write(
    'autoscaling:DeleteLaunchConfiguration',
    'launch-configuration',
    'launch-configuration',
    'deleting an unused launch configuration',
  ),
  write(
    'ec2:CreateLaunchTemplate',
    'own-template',
    'own-template',
    'creating the new launch template',
    ROLL_AND_CREATE,
  ),
  write(
    'ec2:CreateLaunchTemplateVersion',
    'launch-template',
    'template-version',
    'creating a version with the new image',
  ),
  write('ec2:ModifyLaunchTemplate', 'launch-template', 'template-version', 'setting the default version'),
  write('ec2:DeleteLaunchTemplateVersions', 'launch-template', 'template-version', 'deleting an unused version'),
  write('ec2:DeleteLaunchTemplate', 'own-template', 'own-template', 'deleting a launch template of the roll'),
  write(
    'ec2:RunInstances',
    'launch',
    'launch-template',
    'required by Auto Scaling to set a launch template',
    ROLL_AND_CREATE,
  ),
  write(
    'ec2:CreateTags',
    'tagging',
    'launch-template',
    'tags of a new launch template, and tags in it',
    ROLL_AND_CREATE,
  ),
  write(
    'iam:PassRole',
    'role',
    'always',
    "passing the servers' instance profile and the notification roles of hooks",
    ROLL_AND_CREATE,
  ),
  write(
    'elasticloadbalancing:RegisterInstancesWithLoadBalancer',
    'classic',
    'classic',
    'registering a server that passed its gates',
  ),
  write('elasticloadbalancing:DeregisterInstancesFromLoadBalancer', 'classic', 'classic', 'draining a server'),
  write(
    'elasticloadbalancing:RegisterTargets',
    'target-group',
    'target-group',
    'registering a server that passed its gates',
  ),
  write('elasticloadbalancing:DeregisterTargets', 'target-group', 'target-group', 'draining a server'),
  write('elasticloadbalancing:CreateLoadBalancer', 'classic', 'always', 'creating the load balancer', ['create']),
  write('elasticloadbalancing:ConfigureHealthCheck', 'classic', 'always', 'setting its health check', ['create']),
  write('elasticloadbalancing:ModifyLoadBalancerAttributes', 'classic', 'always', 'setting its draining', ['create']),
  write('elasticloadbalancing:RemoveTags', 'classic', 'always', 'removing the mark of an unfinished one', ['create']),
  write(
    'elasticloadbalancing:AddTags',
    'classic',
    'always',
    'setting its tags; required by AWS to create one with tags',
    ['create'],
  ),
];

function read(action: string, usedBy: readonly PermissionUser[], purpose: string): Permission {
  return { action, scope: 'everything', usedBy, purpose };
}

function write(
  action: string,
  scope: PermissionScope,
  only: LaunchSourceCase | 'always',
  purpose: string,
  usedBy: readonly PermissionUser[] = ['roll'],
): Permission {
  return { action, scope, usedBy, purpose, ...(only !== 'always' && { only }) };
}
