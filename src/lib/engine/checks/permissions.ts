import type { CheckResult, IamPermissionResult } from '../../model/doctor.js';
import type { Group } from '../../model/group.js';
import { type Intent, isInPlace } from '../../model/intent.js';
import type { LaunchSourceCase, Permission } from '../../permissions/iam-permissions.js';
import { listPermissions } from '../../permissions/iam-policy.js';
import { type CheckOutcome, fail, pass, skip, warn } from './examine.js';

/** Of these a look says nothing; whether the group has any shows only when it is copied. */
const UNREADABLE_CIRCUMSTANCES: readonly LaunchSourceCase[] = ['automation', 'notifications', 'metrics'];
/** A roll goes on without what these say. */
const SKIPPED_ACTIONS = [
  'autoscaling:DescribeAccountLimits',
  'autoscaling:DescribeScalingActivities',
  'ec2:DescribeInstanceTypes',
];

/** What a roll reads. */
export function listReadPermissions(): readonly Permission[] {
  return listPermissions(['upgrade']).filter(({ scope }) => scope === 'everything');
}

/** What a roll of this group changes. */
export function listChangePermissions(group: Group, intent: Intent): readonly Permission[] {
  const needed = findCircumstances(group, intent);
  return listPermissions(['upgrade']).filter(
    ({ scope, only }) => scope !== 'everything' && (only === undefined || needed.has(only)),
  );
}

function findCircumstances(group: Group, intent: Intent): ReadonlySet<LaunchSourceCase> {
  const { previousLaunchSource, nextLaunchSource } = intent;
  const converts =
    previousLaunchSource.kind !== nextLaunchSource.kind &&
    nextLaunchSource.kind !== 'launch-template-version';
  const onTemplate = nextLaunchSource.kind !== 'launch-configuration';
  const is: Readonly<Record<LaunchSourceCase, boolean>> = {
    'launch-configuration': !onTemplate || previousLaunchSource.kind === 'launch-configuration',
    'launch-template': onTemplate || previousLaunchSource.kind === 'launch-template',
    'template-version': nextLaunchSource.kind === 'launch-template-version',
    'own-template': converts,
    classic: group.balancers.length > 0,
    'target-group': group.targetGroups.length > 0,
    beside: !isInPlace(intent),
    'warm-pool': group.warmPool !== 'none' && !isInPlace(intent),
    automation: !isInPlace(intent),
    notifications: !isInPlace(intent),
    metrics: !isInPlace(intent),
  };
  return new Set((Object.keys(is) as LaunchSourceCase[]).filter((one) => is[one]));
}

/** What was found out about permissions, one way and another. */
export interface ProbeResults {
  /** By calls that change nothing, on the name that the next group would have. */
  readonly probed: readonly IamPermissionResult[];
  /** By IAM's simulation of the caller's policies. */
  readonly simulated?: readonly IamPermissionResult[];
  /** By calls on the group there is. */
  readonly onOldGroup?: readonly IamPermissionResult[];
  /** A roll makes no group in place, so that nothing but the one there is counts. */
  readonly inPlace?: boolean;
}

/**
 * Which of these a try does not settle: what cannot be tried, what is only inferred, and a refusal of a group that has
 * no tags yet for a policy to go by.
 */
export function findUncertain(
  wanted: readonly Permission[],
  tried: readonly IamPermissionResult[],
): readonly string[] {
  return wanted
    .filter(({ action, scope }) => {
      const own = findResult(tried, action);
      if (scope === 'role') return own?.allowed === undefined;
      return scope === 'group' && (!own?.allowed || own.inferred);
    })
    .map(({ action }) => action);
}

/** A finding for each permission. */
export function checkPermissions(wanted: readonly Permission[], found: ProbeResults): readonly CheckResult[] {
  return wanted.map((permission) => {
    const { status: verdict, observed: saw, remedy } = judgePermission(permission, found);
    return { check: `permission ${permission.action}`, status: verdict, observed: saw, remedy };
  });
}

function judgePermission(
  permission: Permission,
  { probed: tried, simulated = [], onOldGroup = [], inPlace }: ProbeResults,
): CheckOutcome {
  const { action, purpose, scope } = permission;
  const own = findResult(tried, action);
  const bySimulation = findResult(simulated, action);
  if (bySimulation?.allowed) return pass(`${purpose}; ${bySimulation.why ?? "by IAM's simulation"}`);
  if (own?.allowed !== false && bySimulation?.allowed === false) {
    return failRefused(permission, "refused by IAM's simulation");
  }
  if (own?.allowed === undefined) return warnUnknown(own, bySimulation);
  if (own.allowed) return pass(own.inferred ? `${purpose} (inferred)` : purpose);
  const tellsGroupsApart = scope === 'group' && onOldGroup.some(({ allowed }) => allowed);
  if (bySimulation?.allowed === undefined && tellsGroupsApart) {
    const onOld = findResult(onOldGroup, action)?.allowed;
    if (onOld && inPlace) return pass(purpose);
    if (onOld !== false) return warnRefusedByName(purpose, onOld);
  }
  return failRefused(permission, 'refused');
}

function warnUnknown(
  own: IamPermissionResult | undefined,
  bySimulation: IamPermissionResult | undefined,
): CheckOutcome {
  if (own?.notProbed) return skip([own.why, bySimulation?.why].filter(Boolean).join('; '));
  return warn(`not known: ${own?.why ?? 'it was not tried'}`, 'see to that first, and run doctor again');
}

/** A policy that goes by the tags of a group refuses one that is not there yet. */
function warnRefusedByName(purpose: string, onOldGroup: boolean | undefined): CheckOutcome {
  const there = onOldGroup ? 'but not on this one' : 'and the policy tells groups apart';
  return warn(
    `refused on a group that is not there yet, ${there}: ${purpose}`,
    'see that the policy allows it by a tag of this group, which the next one gets too, or by name (consul-roll iam-policy); iam:SimulatePrincipalPolicy would tell',
  );
}

function failRefused({ action, purpose, only }: Permission, how: string): CheckOutcome {
  const remedy = `allow ${action} in the IAM policy of the caller: consul-roll iam-policy prints the least one`;
  const spared =
    SKIPPED_ACTIONS.includes(action) || (only !== undefined && UNREADABLE_CIRCUMSTANCES.includes(only));
  return spared
    ? warn(`${how}, and not every roll needs it: ${purpose}`, remedy)
    : fail(`${how}: ${purpose}`, remedy);
}

function findResult(found: readonly IamPermissionResult[], wanted: string): IamPermissionResult | undefined {
  return found.find(({ action }) => action === wanted);
}
