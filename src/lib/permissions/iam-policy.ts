import { buildRollName } from '../model/cluster-name.js';
import type { Permission, PermissionScope, PermissionUser } from './iam-permissions.js';
import { READ_PERMISSIONS, SIMULATION_PERMISSIONS, WRITE_PERMISSIONS } from './iam-permissions.js';

export const PERMISSIONS: readonly Permission[] = [
  ...READ_PERMISSIONS,
  ...WRITE_PERMISSIONS,
  ...SIMULATION_PERMISSIONS,
];

/** The commands that a policy can be for. */
export const COMMAND_USERS = {
  status: ['status'],
  plan: ['plan'],
  doctor: ['plan', 'doctor'],
  pause: ['pause'],
  upgrade: ['roll'],
  resume: ['roll'],
  rollback: ['roll'],
  create: ['create'],
} as const satisfies Readonly<Record<string, readonly PermissionUser[]>>;

export type CommandName = keyof typeof COMMAND_USERS;

/** What a policy is limited to; `*` for everything. */
interface PolicyBounds {
  /** `aws`, `aws-cn` or `aws-us-gov`. */
  readonly partition: string;
  readonly region: string;
  readonly account: string;
  readonly cluster: string | undefined;
  /** The current group, if its name is not that of the cluster. */
  readonly group: string | undefined;
  /** Id of the current launch template: `lt-...`. */
  readonly launchTemplate: string | undefined;
  readonly loadBalancers: readonly string[];
  readonly targetGroups: readonly string[];
  /** The role in the servers' instance profile. */
  readonly role: string | undefined;
  /** The caller of doctor, who may simulate its own policies: `role/ci` or `user/ada`. */
  readonly caller: string | undefined;
}

export const UNBOUNDED: PolicyBounds = {
  partition: 'aws',
  region: '*',
  account: '*',
  cluster: undefined,
  group: undefined,
  launchTemplate: undefined,
  loadBalancers: [],
  targetGroups: [],
  role: undefined,
  caller: undefined,
};

/** Allowed only to a named caller. */
const CALLER_SCOPES: readonly PermissionScope[] = ['caller', 'profile'];

interface PolicyDocument {
  readonly Version: '2012-10-17';
  readonly Statement: readonly PolicyStatement[];
}

interface PolicyStatement {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

const STATEMENT_IDS: Readonly<Record<PermissionScope, string>> = {
  everything: 'Read',
  group: 'Groups',
  'launch-configuration': 'LaunchConfigurations',
  'launch-template': 'LaunchTemplates',
  classic: 'ClassicLoadBalancers',
  'target-group': 'TargetGroups',
  launch: 'LaunchThroughTemplates',
  tagging: 'TagOnCreation',
  role: 'PassRole',
  caller: 'SimulateOwnPolicy',
  profile: 'ReadInstanceProfile',
};

/** The permissions that these commands need, each once. */
export function listPermissions(commands: readonly CommandName[]): readonly Permission[] {
  const callers = new Set<PermissionUser>(commands.flatMap((command) => COMMAND_USERS[command]));
  return PERMISSIONS.filter((permission) => permission.usedBy.some((caller) => callers.has(caller)));
}

/** The smallest policy for these permissions: a statement for each kind of resource. */
export function buildPolicy(permissions: readonly Permission[], bounds: PolicyBounds): PolicyDocument {
  const scopes = (Object.keys(STATEMENT_IDS) as PermissionScope[]).filter(
    (scope) => bounds.caller !== undefined || !CALLER_SCOPES.includes(scope),
  );
  const statements = scopes.flatMap((scope) => {
    const Action = permissions.filter((one) => one.scope === scope).map(({ action }) => action);
    return Action.length === 0 ? [] : buildStatement(scope, [...Action].sort(), bounds);
  });
  return { Version: '2012-10-17', Statement: statements };
}

function buildStatement(scope: PermissionScope, Action: readonly string[], bounds: PolicyBounds): PolicyStatement {
  const Condition = buildCondition(scope, bounds);
  const Resource = buildResources(scope, bounds);
  return { Sid: STATEMENT_IDS[scope], Effect: 'Allow', Action, Resource, ...(Condition && { Condition }) };
}

function buildResources(scope: PermissionScope, bounds: PolicyBounds): readonly string[] {
  const { partition, region, account, role = '*' } = bounds;
  const arn = (service: string, rest: string) => `arn:${partition}:${service}:${region}:${account}:${rest}`;
  switch (scope) {
    case 'everything':
    case 'launch':
      return ['*'];
    case 'group':
      return listGroupNames(bounds).map((name) =>
        arn('autoscaling', `autoScalingGroup:*:autoScalingGroupName/${name}`),
      );
    case 'launch-configuration':
      // That of the first group may have any name; those of a roll have the name of their group.
      return [arn('autoscaling', 'launchConfiguration:*:launchConfigurationName/*')];
    case 'launch-template':
      return [arn('ec2', `launch-template/${bounds.launchTemplate ?? '*'}`)];
    case 'classic':
      return orAnyName(bounds.loadBalancers).map((name) => arn('elasticloadbalancing', `loadbalancer/${name}`));
    case 'target-group':
      return orAnyName(bounds.targetGroups).map((name) => arn('elasticloadbalancing', `targetgroup/${name}/*`));
    case 'tagging':
      return [arn('ec2', '*')];
    case 'role':
      return [`arn:${partition}:iam::${account}:role/${role}`];
    case 'caller':
      return [`arn:${partition}:iam::${account}:${bounds.caller}`];
    case 'profile':
      return [`arn:${partition}:iam::${account}:instance-profile/*`];
  }
}

/** The current group and those of rolls, `consul-7f3a21`; if a roll's name is taken, `-2` is added. */
function listGroupNames({ cluster, group }: PolicyBounds): readonly string[] {
  if (cluster === undefined) return ['*'];
  const ofRoll = buildRollName(cluster, '??????');
  return [...new Set([group ?? cluster, cluster, ofRoll, `${ofRoll}-2`])];
}

function orAnyName(names: readonly string[]): readonly string[] {
  return names.length === 0 ? ['*'] : names;
}

function buildCondition(scope: PermissionScope, bounds: PolicyBounds): PolicyStatement['Condition'] {
  const { partition, region, account, launchTemplate = '*' } = bounds;
  switch (scope) {
    case 'launch':
      // Only through a launch template. Source: condition key ec2:LaunchTemplate of RunInstances.
      return {
        ArnLike: {
          'ec2:LaunchTemplate': `arn:${partition}:ec2:${region}:${account}:launch-template/${launchTemplate}`,
        },
      };
    case 'tagging':
      return { StringEquals: { 'ec2:CreateAction': ['CreateLaunchTemplate', 'RunInstances'] } };
    case 'role':
      return { StringEquals: { 'iam:PassedToService': ['autoscaling.amazonaws.com', 'ec2.amazonaws.com'] } };
    default:
      return undefined;
  }
}
