import type { CheckResult } from '../../model/check.js';
import type { IamPermissionResult } from '../../model/doctor.js';
import type { Group } from '../../model/group.js';
import type { Intent, StrategyName } from '../../model/intent.js';
import type { LaunchSourceCase, Permission, PermissionScope } from '../../permissions/iam-permissions.js';
import { listPermissions } from '../../permissions/iam-policy.js';
import { launchSourceOf } from '../launch-source/launch-sources.js';
import { findExtendedTemplate } from '../launch-source/version-alias.js';
import { strategyOf } from '../strategy/strategies.js';
import { toCheckId } from './check.js';

/** A group that does not exist yet may be refused where the group of the cluster is not. */
const GROUP_SCOPES: readonly PermissionScope[] = ['group', 'new-group'];

/** An observation does not show whether the group has these; only copying it does. */
const UNREADABLE_CASES: readonly LaunchSourceCase[] = ['automation', 'notifications', 'metrics'];
/** A roll continues without the answers to these. */
const OPTIONAL_ACTIONS = [
  'autoscaling:CompleteLifecycleAction',
  'autoscaling:DescribeAccountLimits',
  'autoscaling:DescribeScalingActivities',
  'ec2:DescribeInstanceTypes',
  'ec2:GetConsoleOutput',
];

/** The permissions of what a roll reads. */
export function listReadPermissions(): readonly Permission[] {
  return listPermissions(['upgrade']).filter(({ scope, optional }) => scope === 'everything' && optional !== true);
}

/** The permissions of what a roll of this group changes. */
export function listChangePermissions(group: Group, intent: Intent): readonly Permission[] {
  const needed = findCases(group, intent);
  return listPermissions(['upgrade']).filter(
    ({ scope, only, optional }) =>
      scope !== 'everything' && optional !== true && (only === undefined || needed.has(only)),
  );
}

/** Creating a group, and copying to it what the old one has. */
const STRATEGY_CASES: Readonly<Record<StrategyName, readonly LaunchSourceCase[]>> = {
  beside: ['beside', 'warm-pool', ...UNREADABLE_CASES],
  'in-place': [],
};

function findCases(group: Group, intent: Intent): ReadonlySet<LaunchSourceCase> {
  const from: LaunchSourceCase = intent.previousLaunchSource.kind;
  const to: LaunchSourceCase = launchSourceOf(intent).resourceKind;
  const cases: readonly (LaunchSourceCase | false)[] = [
    from,
    to,
    findExtendedTemplate(intent) !== undefined && 'template-version',
    from !== to && 'own-template',
    group.balancers.length > 0 && 'classic',
    group.targetGroups.length > 0 && 'target-group',
    ...STRATEGY_CASES[strategyOf(intent).name].filter((one) => one !== 'warm-pool' || group.warmPool !== 'none'),
  ];
  return new Set(cases.filter((one) => one !== false));
}

/** Results of the ways to probe permissions. */
export interface ProbeResults {
  /** From calls that change nothing, on the name of the next group. */
  readonly probed: readonly IamPermissionResult[];
  /** From IAM's simulation of the caller's policies. */
  readonly simulated?: readonly IamPermissionResult[];
  /** From calls on the old group. */
  readonly onOldGroup?: readonly IamPermissionResult[];
  /** False if only the old group counts. */
  readonly createsGroup?: boolean;
}

/**
 * Actions that a probe leaves uncertain: those that cannot be probed, inferred results, and refusals on a new group,
 * which has no tags for a policy's condition yet.
 */
export function findUncertain(
  wanted: readonly Permission[],
  probed: readonly IamPermissionResult[],
): readonly string[] {
  return wanted
    .filter(({ action, scope }) => {
      const own = findResult(probed, action);
      if (scope === 'role') return own?.allowed === undefined;
      return GROUP_SCOPES.includes(scope) && (!own?.allowed || own.inferred);
    })
    .map(({ action }) => action);
}

/** A result for each permission. */
export function checkPermissions(wanted: readonly Permission[], found: ProbeResults): readonly CheckResult[] {
  return wanted.map((permission) => ({
    id: toCheckId(`permission-${permission.action}`),
    subject: permission.action,
    ...judgePermission(permission, found),
  }));
}

type Judgement = Pick<CheckResult, 'status' | 'observed' | 'remedy'>;

function judgePermission(
  permission: Permission,
  { probed, simulated = [], onOldGroup = [], createsGroup }: ProbeResults,
): Judgement {
  const { action, purpose, scope } = permission;
  const own = findResult(probed, action);
  const simulation = findResult(simulated, action);
  if (simulation?.allowed) return pass(`${purpose}; ${simulation.why ?? "by IAM's simulation"}`);
  if (own?.allowed !== false && simulation?.allowed === false) {
    return reportRefused(permission, "refused by IAM's simulation");
  }
  if (own?.allowed === undefined) return reportUnknown(own, simulation);
  if (own.allowed) return pass(own.inferred ? `${purpose} (inferred)` : purpose);
  const tellsGroupsApart = GROUP_SCOPES.includes(scope) && onOldGroup.some(({ allowed }) => allowed);
  if (simulation?.allowed === undefined && tellsGroupsApart) {
    const onOld = findResult(onOldGroup, action)?.allowed;
    if (onOld && createsGroup === false) return pass(purpose);
    if (onOld !== false) return reportRefusedNewGroup(purpose, onOld);
  }
  return reportRefused(permission, 'refused');
}

function pass(observed: string): Judgement {
  return { status: 'pass', observed, remedy: undefined };
}

function reportUnknown(own: IamPermissionResult | undefined, simulation: IamPermissionResult | undefined): Judgement {
  if (own?.notProbed) {
    const observed = [own.why, simulation?.why].filter(Boolean).join('; ');
    return { status: 'skip', observed, remedy: undefined };
  }
  return {
    status: 'warn',
    observed: `not known: ${own?.why ?? 'it was not tried'}`,
    remedy: 'remove that cause, and run doctor again',
  };
}

/** A policy with a condition on the tags of a group refuses a group that does not exist yet. */
function reportRefusedNewGroup(purpose: string, onOldGroup: boolean | undefined): Judgement {
  const other = onOldGroup ? 'but allowed on this group' : 'and the policy tells groups apart';
  return {
    status: 'warn',
    observed: `refused on a group that does not exist yet, ${other}: ${purpose}`,
    remedy:
      'check that the policy allows it by a tag of this group, which the new group gets too, or by name (consul-roll iam-policy); with iam:SimulatePrincipalPolicy doctor can tell',
  };
}

function reportRefused({ action, purpose, only }: Permission, how: string): Judgement {
  const remedy = `allow ${action} in the IAM policy of the caller: consul-roll iam-policy prints the smallest one`;
  const isOptional = OPTIONAL_ACTIONS.includes(action) || (only !== undefined && UNREADABLE_CASES.includes(only));
  return isOptional
    ? { status: 'warn', observed: `${how}, and not every roll needs it: ${purpose}`, remedy }
    : { status: 'fail', observed: `${how}: ${purpose}`, remedy };
}

function findResult(results: readonly IamPermissionResult[], wanted: string): IamPermissionResult | undefined {
  return results.find(({ action }) => action === wanted);
}
