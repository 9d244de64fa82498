import { buildRollName } from '../model/cluster-name.js';
import { LAUNCH_TEMPLATE_NAME_TAG, PAUSE_TAG, TAG_PREFIX } from '../model/tags.js';
import type { PermissionScope, PermissionUser } from './iam-permissions.js';

/** What a policy is limited to; `*` for everything. Names may hold any character; they never act as patterns. */
export interface PolicyBounds {
  /** `aws`, `aws-cn` or `aws-us-gov`. */
  readonly partition: string;
  readonly region: string;
  readonly account: string;
  readonly cluster: string | undefined;
  /** The current group, if its name is not that of the cluster. */
  readonly group: string | undefined;
  /** The current launch configuration, which may have any name. */
  readonly launchConfiguration: string | undefined;
  /** Id of the current launch template: `lt-...`. */
  readonly launchTemplate: string | undefined;
  readonly loadBalancers: readonly string[];
  readonly targetGroups: readonly string[];
  /** The role in the servers' instance profile. */
  readonly role: string | undefined;
  /** Roles that the group hands to Auto Scaling: of hooks that notify, or a service-linked role with a suffix. */
  readonly groupRoles: readonly string[];
  /** Keys of the tags that groups of the cluster have, besides ours; undefined for any. */
  readonly tagKeys: readonly string[] | undefined;
  /** The caller of doctor, who may simulate its own policies: `role/ci` or `user/ada`. */
  readonly caller: string | undefined;
  /** Parameters that orders name in place of an image: `/consul/image`. */
  readonly parameters: readonly string[];
}

type Condition = Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;

/** A statement of a policy, as IAM reads it. */
export type PolicyStatement = {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Action: readonly string[];
  readonly Condition?: Condition;
} & ({ readonly Resource: readonly string[] } | { readonly NotResource: readonly string[] });

/** A statement before it gets its actions, and why it allows more than named resources, where it does. */
export interface StatementDraft {
  readonly sid: string;
  readonly resources: readonly string[];
  /** True if the statement is about everything except its resources. */
  readonly inverted?: true;
  readonly condition?: Condition;
  /** The actions of the scope that it allows; undefined for all. */
  readonly actions?: readonly string[];
  /** Actions of other scopes that it allows too, where the commands need them. */
  readonly also?: readonly string[];
  /** What is open, and why or by which flag it is limited: after the name of the statement. */
  readonly wildcard?: string;
}

interface StatementRequest {
  readonly bounds: PolicyBounds;
  readonly users: ReadonlySet<PermissionUser>;
}

/**
 * The statements of each scope. Condition keys are those that the Service Authorization Reference lists for the action:
 * of Auto Scaling (list_autoscaling), of EC2 (list_ec2) and of IAM (list_iam).
 */
export const STATEMENTS: Readonly<Record<PermissionScope, (request: StatementRequest) => readonly StatementDraft[]>> = {
  everything: () => [
    { sid: 'Read', resources: ['*'], wildcard: 'any resource: AWS limits none of its actions to one; they only read' },
  ],
  group: buildGroupStatements,
  'new-group': buildNewGroupStatements,
  'launch-configuration': ({ bounds }) => [{ sid: 'LaunchConfigurations', ...limitToLaunchConfigurations(bounds) }],
  'new-launch-configuration': ({ bounds, users }) => [
    {
      sid: 'NewLaunchConfigurations',
      resources: listNewNames(bounds, users).map((name) => buildConfigurationArn(bounds, name)),
      ...(bounds.cluster === undefined && { wildcard: 'any launch configuration: limit it with --cluster' }),
    },
  ],
  'launch-template': ({ bounds }) => [
    {
      sid: 'LaunchTemplates',
      resources: [buildTemplateArn(bounds)],
      ...(bounds.launchTemplate === undefined && { wildcard: 'any launch template: limit it with --launch-template' }),
    },
  ],
  'own-template': buildOwnTemplateStatements,
  classic: ({ bounds }) => [
    {
      sid: 'ClassicLoadBalancers',
      resources: orAnyName(bounds.loadBalancers).map((name) =>
        buildArn(bounds, 'elasticloadbalancing', `loadbalancer/${name}`),
      ),
      ...(bounds.loadBalancers.length === 0 && { wildcard: 'any load balancer: limit it with --load-balancer' }),
    },
  ],
  'target-group': ({ bounds }) => [
    {
      sid: 'TargetGroups',
      resources: orAnyName(bounds.targetGroups).map((name) =>
        buildArn(bounds, 'elasticloadbalancing', `targetgroup/${name}/*`),
      ),
      ...(bounds.targetGroups.length === 0 && { wildcard: 'any target group: limit it with --target-group' }),
    },
  ],
  instance: ({ bounds }) => [
    {
      sid: 'Consoles',
      resources: [buildArn(bounds, 'ec2', 'instance/*')],
      ...(bounds.cluster === undefined
        ? { wildcard: 'any instance: limit it with --cluster' }
        : {
            // The tag that AWS gives each instance of a group; no other caller may set one with this prefix.
            condition: { StringLike: { 'aws:ResourceTag/aws:autoscaling:groupName': listGroupNames(bounds) } },
            wildcard: 'any instance, because AWS chooses its id; only of the groups of this cluster',
          }),
    },
  ],
  launch: buildLaunchStatements,
  tagging: ({ bounds }) => [
    {
      sid: 'TagOnCreation',
      resources: CREATED_RESOURCES.map((kind) => buildArn(bounds, 'ec2', `${kind}/*`)),
      condition: { StringEquals: { 'ec2:CreateAction': ['CreateLaunchTemplate', 'RunInstances'] } },
      wildcard:
        'any new launch template, instance, volume, network interface or Spot request, only while AWS creates it',
    },
  ],
  role: buildPassRoleStatements,
  caller: ({ bounds }) => [{ sid: 'SimulateOwnPolicy', resources: [buildIamArn(bounds, bounds.caller ?? '*')] }],
  profile: ({ bounds }) => [
    {
      sid: 'ReadInstanceProfile',
      resources: [buildIamArn(bounds, 'instance-profile/*')],
      wildcard: 'any instance profile: doctor looks up that of the group, and only reads',
    },
  ],
  parameter: ({ bounds }) => [
    { sid: 'ImageParameters', resources: bounds.parameters.map((name) => buildParameterArn(bounds, name)) },
  ],
};

/** What RunInstances tags as the launch template says, and the launch template itself. */
const CREATED_RESOURCES = ['launch-template', 'instance', 'volume', 'network-interface', 'spot-instances-request'];

/**
 * What a roll may do with every group of the cluster: set and remove tags of ours only, delete without force only. Each
 * condition is about the requests that have its key and holds for all others: ForAllValues for one without tags, IfExists
 * for one that does not mention force. No request about tags is without a key. A pause may set one tag, and nothing else.
 */
function buildGroupStatements({ bounds, users }: StatementRequest): readonly StatementDraft[] {
  const onGroups = limitToGroups(bounds, listGroupNames(bounds));
  if (users.has('roll')) {
    const condition = {
      'ForAllValues:StringLike': { 'aws:TagKeys': [`${TAG_PREFIX}*`] },
      BoolIfExists: { 'autoscaling:ForceDelete': 'false' },
    };
    return [{ sid: 'Groups', ...onGroups, condition }];
  }
  if (!users.has('pause')) return [];
  const condition = { 'ForAllValues:StringEquals': { 'aws:TagKeys': [PAUSE_TAG] }, Null: { 'aws:TagKeys': 'false' } };
  return [{ sid: 'PauseTag', ...onGroups, condition }];
}

/**
 * CreateAutoScalingGroup with tags needs CreateOrUpdateTags too, for the tags that the old group has. After a roll the
 * current group is one of these, so what may be tagged here may be tagged on it. Source: "API operations" of
 * list_autoscaling.
 */
function buildNewGroupStatements({ bounds, users }: StatementRequest): readonly StatementDraft[] {
  const { wildcard, resources } = limitToGroups(bounds, listNewNames(bounds, users));
  const { tagKeys } = bounds;
  const keys = tagKeys && [`${TAG_PREFIX}*`, ...tagKeys.map(escapePattern)];
  const anyTag = 'any tag on a group that a roll made, the current one included: limit it with --tag-key';
  return [
    {
      sid: 'NewGroups',
      resources,
      also: ['autoscaling:CreateOrUpdateTags'],
      ...(keys === undefined
        ? { wildcard: wildcard ?? anyTag }
        : { condition: { 'ForAllValues:StringLike': { 'aws:TagKeys': keys } }, ...(wildcard && { wildcard }) }),
    },
  ];
}

/** EC2 chooses the id of a new launch template, so a policy can only go by a tag that holds its name. */
function buildOwnTemplateStatements({ bounds, users }: StatementRequest): readonly StatementDraft[] {
  const { cluster } = bounds;
  const resources = [buildArn(bounds, 'ec2', 'launch-template/*')];
  const ofNames = (key: 'aws:RequestTag' | 'aws:ResourceTag') =>
    cluster === undefined
      ? { wildcard: 'any launch template: limit it with --cluster' }
      : {
          condition: { StringLike: { [`${key}/${LAUNCH_TEMPLATE_NAME_TAG}`]: listNewNames(bounds, users) } },
          wildcard: `any id, because AWS chooses it; only with a name of this cluster in the tag ${LAUNCH_TEMPLATE_NAME_TAG}`,
        };
  return [
    { sid: 'NewLaunchTemplates', resources, actions: ['ec2:CreateLaunchTemplate'], ...ofNames('aws:RequestTag') },
    { sid: 'DeleteLaunchTemplates', resources, actions: ['ec2:DeleteLaunchTemplate'], ...ofNames('aws:ResourceTag') },
  ];
}

/**
 * Launching through a launch template only, with the image and the key pair that are in it. `ec2:LaunchTemplate` is
 * known for every resource of the launch. `ec2:IsLaunchTemplateResource` is false for what the launch brings itself:
 * the subnets of a group are its own, and its instance types may be, so they cannot be limited by it.
 */
function buildLaunchStatements({ bounds }: StatementRequest): readonly StatementDraft[] {
  const { partition, region } = bounds;
  const fromTemplate = [`arn:${partition}:ec2:${region}::image/*`, buildArn(bounds, 'ec2', 'key-pair/*')];
  const through = { ArnLike: { 'ec2:LaunchTemplate': buildTemplateArn(bounds) } };
  const which = bounds.launchTemplate === undefined ? 'a launch template' : 'this launch template';
  return [
    {
      sid: 'LaunchImages',
      resources: fromTemplate,
      condition: { ...through, Bool: { 'ec2:IsLaunchTemplateResource': 'true' } },
      wildcard: `any image and key pair that ${which} names, because they change with its versions`,
    },
    {
      sid: 'Launch',
      resources: fromTemplate,
      inverted: true,
      condition: through,
      wildcard: `any other resource, only through ${which}: AWS asks for each that an instance is made of`,
    },
  ];
}

/**
 * The servers' role to EC2 only, other roles to Auto Scaling only. Source: "API operations" of list_autoscaling:
 * CreateLaunchConfiguration passes to EC2, PutLifecycleHook to Auto Scaling, CreateAutoScalingGroup to both.
 */
function buildPassRoleStatements({ bounds, users }: StatementRequest): readonly StatementDraft[] {
  const { role, groupRoles, partition } = bounds;
  const passTo = (services: readonly string[]) => ({ StringEquals: { 'iam:PassedToService': services } });
  const ec2 = partition === 'aws-cn' ? ['ec2.amazonaws.com', 'ec2.amazonaws.com.cn'] : ['ec2.amazonaws.com'];
  const toServers = {
    sid: 'PassRoleToServers',
    resources: [buildIamArn(bounds, `role/${role === undefined ? '*' : escapePattern(role)}`)],
    condition: passTo(ec2),
    ...(role === undefined && { wildcard: 'any role, to EC2: limit it with --role' }),
  };
  // With --role the roles are known: one that is not named is not passed.
  if (!users.has('roll') || (role !== undefined && groupRoles.length === 0)) return [toServers];
  const toAutoScaling = {
    sid: 'PassRoleToAutoScaling',
    resources: orAnyName(groupRoles).map((name) => buildIamArn(bounds, `role/${name}`)),
    condition: passTo(['autoscaling.amazonaws.com']),
    ...(groupRoles.length === 0 && { wildcard: 'any role, to Auto Scaling: limit it with --role and --group-role' }),
  };
  return [toServers, toAutoScaling];
}

/** The current launch configuration, of any name, and those of rolls. */
function limitToLaunchConfigurations(bounds: PolicyBounds): Pick<StatementDraft, 'resources' | 'wildcard'> {
  const { cluster, launchConfiguration } = bounds;
  if (cluster === undefined || launchConfiguration === undefined) {
    const flags = cluster === undefined ? '--cluster and --launch-configuration' : '--launch-configuration';
    return {
      resources: [buildConfigurationArn(bounds, '*')],
      wildcard: `any launch configuration: limit it with ${flags}`,
    };
  }
  const names = [escapePattern(launchConfiguration), ...listRollNames(cluster)];
  return { resources: names.map((name) => buildConfigurationArn(bounds, name)) };
}

function limitToGroups(bounds: PolicyBounds, names: readonly string[]): Pick<StatementDraft, 'resources' | 'wildcard'> {
  return {
    // AWS chooses the id in a group's ARN.
    resources: names.map((name) => buildArn(bounds, 'autoscaling', `autoScalingGroup:*:autoScalingGroupName/${name}`)),
    ...(bounds.cluster === undefined && { wildcard: 'any Auto Scaling group: limit it with --cluster' }),
  };
}

/** The current group and those of rolls. */
function listGroupNames({ cluster, group }: PolicyBounds): readonly string[] {
  return cluster === undefined ? ['*'] : [escapePattern(group ?? cluster), ...listRollNames(cluster)];
}

/** What a roll creates is named for the roll, what `create` creates for the cluster. */
function listNewNames({ cluster }: PolicyBounds, users: ReadonlySet<PermissionUser>): readonly string[] {
  if (cluster === undefined) return ['*'];
  return [
    ...(users.has('create') ? [escapePattern(cluster)] : []),
    ...(users.has('roll') ? listRollNames(cluster) : []),
  ];
}

/** `consul-roll-7f3a21`, a roll id of six characters; if a roll's name is taken, `-2` is added. */
function listRollNames(cluster: string): readonly string[] {
  const ofRoll = buildRollName(cluster, '??????');
  return [ofRoll, `${ofRoll}-2`];
}

function orAnyName(names: readonly string[]): readonly string[] {
  return names.length === 0 ? ['*'] : names.map(escapePattern);
}

/** A name in which nothing is a wildcard. Source: "Special characters" of policy variables in the IAM user guide. */
function escapePattern(name: string): string {
  return name.replaceAll(/[$*?]/g, '$${$&}');
}

function buildArn({ partition, region, account }: PolicyBounds, service: string, rest: string): string {
  return `arn:${partition}:${service}:${region}:${account}:${rest}`;
}

function buildIamArn({ partition, account }: PolicyBounds, rest: string): string {
  return `arn:${partition}:iam::${account}:${rest}`;
}

function buildConfigurationArn(bounds: PolicyBounds, name: string): string {
  return buildArn(bounds, 'autoscaling', `launchConfiguration:*:launchConfigurationName/${name}`);
}

function buildTemplateArn(bounds: PolicyBounds): string {
  return buildArn(bounds, 'ec2', `launch-template/${bounds.launchTemplate ?? '*'}`);
}

/**
 * The slash before the name is part of the name where it has one, and a version or label (`:3`) is in no ARN. One of another
 * account is named by its ARN; AWS owns those under `/aws/`. Source: Service Authorization Reference, list_ssm.
 */
function buildParameterArn(bounds: PolicyBounds, text: string): string {
  const [, arn, name = ''] = /^(arn:[^/]*:parameter(?=\/))?([^:]*)/.exec(text) ?? [];
  if (arn !== undefined) return `${arn}${escapePattern(name)}`;
  const account = name.startsWith('/aws/') ? '*' : bounds.account;
  return buildArn({ ...bounds, account }, 'ssm', `parameter/${escapePattern(name.replace(/^\//, ''))}`);
}
