/** Commands that call AWS; `roll` stands for upgrade, resume and rollback, which are one loop. */
export type Caller = 'status' | 'plan' | 'doctor' | 'pause' | 'roll' | 'create';

/** What an action can be limited to. Source: the Service Authorization Reference, "Resource types" of each action. */
export type Scope =
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
export type Circumstance =
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
  readonly scope: Scope;
  readonly callers: readonly Caller[];
  readonly only?: Circumstance;
  readonly purpose: string;
}

const ask = (action: string, scope: Permission['scope'], purpose: string): Permission => {
  return { action, scope, callers: ['doctor'], purpose };
};

/** What lets `doctor` ask IAM about permissions that cannot be tried. Nothing else needs it. */
export const ASKING: readonly Permission[] = [
  ask('iam:SimulatePrincipalPolicy', 'caller', 'what the policies of the caller allow, without doing it'),
  ask('iam:GetRole', 'caller', 'where the caller is a role: its path'),
  ask('iam:GetInstanceProfile', 'profile', "the role in the servers' instance profile"),
];

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

const ROLL: readonly Caller[] = ['roll'];

function write(action: string, scope: Scope, purpose: string, only?: Circumstance): Permission {
  return { action, scope, callers: ROLL, purpose, ...(only && { only }) };
}

function by(callers: readonly Caller[], permission: Permission): Permission {
  return { ...permission, callers };
}

const group = (action: string, purpose: string, only?: Circumstance) =>
  write(`autoscaling:${action}`, 'group', purpose, only);

/** What is changed, each limited to the groups, templates and load balancers of one cluster as far as AWS can. */
export const WRITING: readonly Permission[] = [
  by(['roll', 'pause'], group('CreateOrUpdateTags', 'the record of the roll')),
  group('DeleteTags', 'the record of the roll, at its end'),
  group('SuspendProcesses', 'freezing the groups'),
  group('ResumeProcesses', 'giving back what was frozen'),
  group('UpdateAutoScalingGroup', 'sizes, and in place the template'),
  group('TerminateInstanceInAutoScalingGroup', 'a server that has left, by name'),
  by(['roll', 'create'], group('CreateAutoScalingGroup', 'the new group', 'beside')),
  group('DeleteAutoScalingGroup', 'a group that is empty', 'beside'),
  group('AttachLoadBalancers', 'classic load balancers of the new group', 'classic'),
  group('AttachLoadBalancerTargetGroups', 'target groups of the new group', 'target-group'),
  group('PutScalingPolicy', 'policies of the new group', 'automation'),
  group('PutScheduledUpdateGroupAction', 'scheduled actions of the new group', 'automation'),
  group('PutNotificationConfiguration', 'notifications of the new group', 'notifications'),
  group('EnableMetricsCollection', 'metrics of the new group', 'metrics'),
  group('PutWarmPool', 'the warm pool of the new group', 'warm-pool'),
  group('DeleteWarmPool', 'the warm pool of the old group', 'warm-pool'),
  by(
    ['roll', 'create'],
    write(
      'autoscaling:CreateLaunchConfiguration',
      'launch-configuration',
      'the new template',
      'launch-configuration',
    ),
  ),
  write(
    'autoscaling:DeleteLaunchConfiguration',
    'launch-configuration',
    'a template no longer used',
    'launch-configuration',
  ),
  by(
    ['roll', 'create'],
    write('ec2:CreateLaunchTemplate', 'launch-template', 'the new template', 'own-template'),
  ),
  write(
    'ec2:CreateLaunchTemplateVersion',
    'launch-template',
    'a version with the new image',
    'template-version',
  ),
  write('ec2:ModifyLaunchTemplate', 'launch-template', 'the default version', 'template-version'),
  write(
    'ec2:DeleteLaunchTemplateVersions',
    'launch-template',
    'the version that is not needed',
    'template-version',
  ),
  write('ec2:DeleteLaunchTemplate', 'launch-template', 'a template of the roll', 'own-template'),
  by(
    ['roll', 'create'],
    write(
      'ec2:RunInstances',
      'launch',
      'asked by Auto Scaling of whoever puts a group on a launch template',
      'launch-template',
    ),
  ),
  by(
    ['roll', 'create'],
    write(
      'ec2:CreateTags',
      'tagging',
      'the tags in a launch template, and of one that is made',
      'launch-template',
    ),
  ),
  by(
    ['roll', 'create'],
    write('iam:PassRole', 'role', "the servers' instance profile, and notification targets of hooks"),
  ),
  write(
    'elasticloadbalancing:RegisterInstancesWithLoadBalancer',
    'classic',
    'a server that passed its gates',
    'classic',
  ),
  write(
    'elasticloadbalancing:DeregisterInstancesFromLoadBalancer',
    'classic',
    'draining a server',
    'classic',
  ),
  write(
    'elasticloadbalancing:RegisterTargets',
    'target-group',
    'a server that passed its gates',
    'target-group',
  ),
  write('elasticloadbalancing:DeregisterTargets', 'target-group', 'draining a server', 'target-group'),
  ...[
    ['CreateLoadBalancer', 'the load balancer'],
    ['ConfigureHealthCheck', 'its health check'],
    ['ModifyLoadBalancerAttributes', 'its draining'],
    ['RemoveTags', 'the mark of one that is unfinished'],
    ['AddTags', 'its tags; AWS asks for it when one is created with tags'],
  ].map(([action, purpose = '']) =>
    by(['create'], write(`elasticloadbalancing:${action}`, 'classic', purpose)),
  ),
];
