import type { Caller, Circumstance, Permission, Scope } from './permission.js';

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
