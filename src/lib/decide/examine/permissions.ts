import type { Circumstance, Permission } from '../../iam/permission.js';
import { permissionsOf } from '../../iam/policy.js';
import type { Permitted } from '../../model/evidence.js';
import type { Finding } from '../../model/finding.js';
import type { Group } from '../../model/group.js';
import { type Intent, isInPlace } from '../../model/intent.js';

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

/** A finding for each permission that was tried. */
export function examinePermissions(
  wanted: readonly Permission[],
  tried: readonly Permitted[],
): readonly Finding[] {
  return wanted.map((permission) =>
    findingOf(
      permission,
      tried.find(({ action }) => action === permission.action),
    ),
  );
}

function findingOf({ action, purpose, only }: Permission, permitted: Permitted | undefined): Finding {
  const check = `permission ${action}`;
  const remedy = `allow ${action} in the IAM policy of the caller: consul-roll iam-policy prints the least one`;
  if (permitted?.allowed === undefined) {
    const why = permitted?.why ?? 'it was not tried';
    return { check, verdict: 'warn', saw: `not known: ${why}`, remedy };
  }
  if (permitted.allowed) return { check, verdict: 'pass', saw: purpose, remedy: undefined };
  const spared = SPARED.includes(action) || (only !== undefined && UNSEEN.includes(only));
  const saw = spared ? `refused, and not every roll needs it: ${purpose}` : `refused: ${purpose}`;
  return { check, verdict: spared ? 'warn' : 'fail', saw, remedy };
}
