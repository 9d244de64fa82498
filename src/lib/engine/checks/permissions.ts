import type { Finding, Permitted } from '../../model/doctor.js';
import type { Group } from '../../model/group.js';
import { type Intent, isInPlace } from '../../model/intent.js';
import type { Circumstance, Permission } from '../../permissions/iam-permissions.js';
import { permissionsOf } from '../../permissions/iam-policy.js';
import { fail, pass, type Seen, skip, warn } from './examine.js';

/** Of these a look says nothing; whether the group has any shows only when it is copied. */
const UNSEEN: readonly Circumstance[] = ['automation', 'notifications', 'metrics'];
/** A roll goes on without what these say. */
const SPARED = [
  'autoscaling:DescribeAccountLimits',
  'autoscaling:DescribeScalingActivities',
  'ec2:DescribeInstanceTypes',
];

/** What a roll reads. */
export function readingPermissions(): readonly Permission[] {
  return permissionsOf(['upgrade']).filter(({ scope }) => scope === 'everything');
}

/** What a roll of this group changes. */
export function changingPermissions(group: Group, intent: Intent): readonly Permission[] {
  const needed = circumstancesOf(group, intent);
  return permissionsOf(['upgrade']).filter(
    ({ scope, only }) => scope !== 'everything' && (only === undefined || needed.has(only)),
  );
}

function circumstancesOf(group: Group, intent: Intent): ReadonlySet<Circumstance> {
  const { oldTemplate, newTemplate } = intent;
  const converts = oldTemplate.kind !== newTemplate.kind && newTemplate.kind !== 'launch-template-version';
  const onTemplate = newTemplate.kind !== 'launch-configuration';
  const is: Readonly<Record<Circumstance, boolean>> = {
    'launch-configuration': !onTemplate || oldTemplate.kind === 'launch-configuration',
    'launch-template': onTemplate || oldTemplate.kind === 'launch-template',
    'template-version': newTemplate.kind === 'launch-template-version',
    'own-template': converts,
    classic: group.balancers.length > 0,
    'target-group': group.targetGroups.length > 0,
    beside: !isInPlace(intent),
    'warm-pool': group.warmPool !== 'none' && !isInPlace(intent),
    automation: !isInPlace(intent),
    notifications: !isInPlace(intent),
    metrics: !isInPlace(intent),
  };
  return new Set((Object.keys(is) as Circumstance[]).filter((one) => is[one]));
}

/** What was found out about permissions, one way and another. */
export interface Tried {
  /** By calls that change nothing, on the name that the next group would have. */
  readonly tried: readonly Permitted[];
  /** By IAM's simulation of the caller's policies. */
  readonly simulated?: readonly Permitted[];
  /** By calls on the group there is. */
  readonly onOldGroup?: readonly Permitted[];
  /** A roll makes no group in place, so that nothing but the one there is counts. */
  readonly inPlace?: boolean;
}

/**
 * Which of these a try does not settle: what cannot be tried, what is only inferred, and a refusal of a group that has
 * no tags yet for a policy to go by.
 */
export function doubtfulOnes(wanted: readonly Permission[], tried: readonly Permitted[]): readonly string[] {
  return wanted
    .filter(({ action, scope }) => {
      const own = permittedIn(tried, action);
      if (scope === 'role') return own?.allowed === undefined;
      return scope === 'group' && (!own?.allowed || own.inferred);
    })
    .map(({ action }) => action);
}

/** A finding for each permission. */
export function examinePermissions(wanted: readonly Permission[], found: Tried): readonly Finding[] {
  return wanted.map((permission) => {
    const { verdict, saw, remedy } = seen(permission, found);
    return { check: `permission ${permission.action}`, verdict, saw, remedy };
  });
}

function seen(permission: Permission, { tried, simulated = [], onOldGroup = [], inPlace }: Tried): Seen {
  const { action, purpose, scope } = permission;
  const own = permittedIn(tried, action);
  const bySimulation = permittedIn(simulated, action);
  if (bySimulation?.allowed) return pass(`${purpose}; ${bySimulation.why ?? "by IAM's simulation"}`);
  if (own?.allowed !== false && bySimulation?.allowed === false) {
    return refused(permission, "refused by IAM's simulation");
  }
  if (own?.allowed === undefined) return unknown(own, bySimulation);
  if (own.allowed) return pass(own.inferred ? `${purpose} (inferred)` : purpose);
  const tellsGroupsApart = scope === 'group' && onOldGroup.some(({ allowed }) => allowed);
  if (bySimulation?.allowed === undefined && tellsGroupsApart) {
    const onOld = permittedIn(onOldGroup, action)?.allowed;
    if (onOld && inPlace) return pass(purpose);
    if (onOld !== false) return refusedByName(purpose, onOld);
  }
  return refused(permission, 'refused');
}

function unknown(own: Permitted | undefined, bySimulation: Permitted | undefined): Seen {
  if (own?.untried) return skip([own.why, bySimulation?.why].filter(Boolean).join('; '));
  return warn(`not known: ${own?.why ?? 'it was not tried'}`, 'see to that first, and run doctor again');
}

/** A policy that goes by the tags of a group refuses one that is not there yet. */
function refusedByName(purpose: string, onOldGroup: boolean | undefined): Seen {
  const there = onOldGroup ? 'but not on this one' : 'and the policy tells groups apart';
  return warn(
    `refused on a group that is not there yet, ${there}: ${purpose}`,
    'see that the policy allows it by a tag of this group, which the next one gets too, or by name (consul-roll iam-policy); iam:SimulatePrincipalPolicy would tell',
  );
}

function refused({ action, purpose, only }: Permission, how: string): Seen {
  const remedy = `allow ${action} in the IAM policy of the caller: consul-roll iam-policy prints the least one`;
  const spared = SPARED.includes(action) || (only !== undefined && UNSEEN.includes(only));
  return spared
    ? warn(`${how}, and not every roll needs it: ${purpose}`, remedy)
    : fail(`${how}: ${purpose}`, remedy);
}

function permittedIn(found: readonly Permitted[], wanted: string): Permitted | undefined {
  return found.find(({ action }) => action === wanted);
}
