import type { Permission, PermissionScope, PermissionUser } from './iam-permissions.js';
import {
  PARAMETER_PERMISSIONS,
  READ_PERMISSIONS,
  SIMULATION_PERMISSIONS,
  WRITE_PERMISSIONS,
} from './iam-permissions.js';
import { type PolicyBounds, type PolicyStatement, STATEMENTS, type StatementDraft } from './iam-statements.js';

export const PERMISSIONS: readonly Permission[] = [
  ...READ_PERMISSIONS,
  ...WRITE_PERMISSIONS,
  ...SIMULATION_PERMISSIONS,
  ...PARAMETER_PERMISSIONS,
];

/** The commands that a policy can be for. */
export const COMMAND_USERS = {
  list: ['list'],
  status: ['status'],
  history: ['history'],
  report: ['history'],
  plan: ['plan'],
  doctor: ['plan', 'doctor'],
  pause: ['pause'],
  upgrade: ['roll'],
  resume: ['roll'],
  rollback: ['roll'],
  create: ['create'],
} as const satisfies Readonly<Record<string, readonly PermissionUser[]>>;

export type CommandName = keyof typeof COMMAND_USERS;

export const UNBOUNDED: PolicyBounds = {
  partition: 'aws',
  region: '*',
  account: '*',
  cluster: undefined,
  group: undefined,
  launchConfiguration: undefined,
  launchTemplate: undefined,
  loadBalancers: [],
  targetGroups: [],
  role: undefined,
  groupRoles: [],
  tagKeys: undefined,
  caller: undefined,
  parameters: [],
};

/** Allowed only to a named caller. */
const CALLER_SCOPES: readonly PermissionScope[] = ['caller', 'profile'];

interface PolicyDocument {
  readonly Version: '2012-10-17';
  readonly Statement: readonly PolicyStatement[];
}

/** The order of scopes in a policy. */
const SCOPES = Object.keys(STATEMENTS) as PermissionScope[];

/** The users of the permissions of these commands. */
function findUsers(commands: readonly CommandName[]): ReadonlySet<PermissionUser> {
  return new Set<PermissionUser>(commands.flatMap((command) => COMMAND_USERS[command]));
}

/** The permissions that these commands need, each once. */
export function listPermissions(commands: readonly CommandName[]): readonly Permission[] {
  const users = findUsers(commands);
  return PERMISSIONS.filter((permission) => permission.usedBy.some((user) => users.has(user)));
}

/** A policy, and one sentence for each statement that names no single resources: which it allows, and why. */
interface Policy {
  readonly document: PolicyDocument;
  readonly warnings: readonly string[];
}

/**
 * The smallest policy for these commands.
 *
 * @param without an action that is left out
 */
export function buildPolicy(commands: readonly CommandName[], bounds: PolicyBounds, without?: string): Policy {
  const users = findUsers(commands);
  const permissions = listPermissions(commands).filter(({ action }) => action !== without);
  const isAsked = (scope: PermissionScope) =>
    (bounds.caller !== undefined || !CALLER_SCOPES.includes(scope)) &&
    (bounds.parameters.length > 0 || scope !== 'parameter');
  const scopes = SCOPES.filter(isAsked);
  const drafts = scopes.flatMap((scope) => {
    const ofScope = permissions.filter((one) => one.scope === scope).map(({ action }) => action);
    return STATEMENTS[scope]({ bounds, users }).flatMap((draft) => {
      const own = ofScope.filter((action) => draft.actions?.includes(action) ?? true);
      const also = draft.also?.filter((action) => permissions.some((one) => one.action === action)) ?? [];
      return own.length === 0 ? [] : [{ ...draft, actions: [...own, ...also].sort() }];
    });
  });
  const document = { Version: '2012-10-17', Statement: drafts.map(toStatement) } as const;
  return {
    document,
    warnings: [
      ...drafts.flatMap(({ sid, wildcard }) => (wildcard === undefined ? [] : [`${sid} allows ${wildcard}.`])),
      ...listBoundWarnings(drafts, bounds),
      ...findSizeWarning(JSON.stringify(document).length),
    ],
  };
}

/** Of a managed policy, without blanks. Source: IAM and STS quotas in the IAM user guide. */
const MAX_POLICY_CHARACTERS = 6_144;

function findSizeWarning(size: number): readonly string[] {
  if (size <= MAX_POLICY_CHARACTERS) return [];
  return [
    `The policy has ${size} characters, of at most ${MAX_POLICY_CHARACTERS} in one: print it in parts with --for.`,
  ];
}

function toStatement({ sid, actions, resources, inverted, condition }: StatementDraft): PolicyStatement {
  return {
    Sid: sid,
    Effect: 'Allow',
    Action: actions ?? [],
    ...(inverted === true ? { NotResource: resources } : { Resource: resources }),
    ...(condition && { Condition: condition }),
  };
}

function listBoundWarnings(drafts: readonly StatementDraft[], bounds: PolicyBounds): readonly string[] {
  const { account, region, role, groupRoles } = bounds;
  const open = [...(account === '*' ? ['account'] : []), ...(region === '*' ? ['region'] : [])];
  const hasArns = drafts.some(({ resources }) => resources.some((resource) => resource !== '*'));
  const passesOne = drafts.some(({ sid }) => sid === 'PassRoleToServers') && role !== undefined;
  return [
    ...(open.length > 0 && hasArns
      ? [`Every ARN allows any ${open.join(' and ')}: limit it with ${open.map((name) => `--${name}`).join(' and ')}.`]
      : []),
    ...(passesOne && groupRoles.length === 0
      ? [
          'No role may be passed to Auto Scaling: if a lifecycle hook of the group has a role, name it with --group-role.',
        ]
      : []),
  ];
}
