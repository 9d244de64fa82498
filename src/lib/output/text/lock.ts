import { launchSourceOf } from '../../engine/launch-source/launch-sources.js';
import { strategyOf } from '../../engine/strategy/strategies.js';
import {
  isLockHolderAlive,
  type LockHolder,
  type RollOptions,
  type RollPlan,
  type UpgradeOrder,
} from '../../model/plan.js';
import { formatDateTime, formatWholeDuration } from './format.js';

/** Another run holds the lock, and its process may have exited. */
export function describeLockContest({ holder }: LockHolder): string {
  return `${holder} holds the lock; checking whether it is still alive`;
}

/** Who runs a roll, since when, and whether the process seems alive. */
export function describeRunner(lock: LockHolder, nowMs: number): string {
  const { holder, sinceMs, renewedAtMs, ttlMs } = lock;
  if (ttlMs === 0) return `${holder} holds the lock`;
  const ago = formatWholeDuration(nowMs - renewedAtMs);
  const life = isLockHolderAlive(lock, nowMs)
    ? `alive, last seen ${ago} ago`
    : `not seen for ${ago}, so its process has probably exited; a new run would wait ${formatWholeDuration(ttlMs)} to be sure`;
  return `run by ${holder} since ${formatDateTime(sinceMs)}: ${life}`;
}

/** That the command line names neither the roll that it continues nor its image; undefined where it does. */
export function describeUnnamedRoll(
  { intent, resumed }: RollPlan,
  options: RollOptions | UpgradeOrder,
): string | undefined {
  const isNamed = options.kind === 'upgrade' || options.rollId !== undefined;
  if (!resumed || isNamed || (options.kind === 'resume' && options.imageId !== undefined)) return undefined;
  const { rollId, cluster, imageId, oldGroup, newGroup } = intent;
  const groups = strategyOf(intent).launchesInOldGroup ? `group ${oldGroup}` : `groups ${oldGroup} and ${newGroup}`;
  return `The roll in progress in cluster ${cluster} is ${rollId} onto ${imageId}, of ${groups}; the command line does not name it.`;
}

/** Which flags of a resumed roll are ignored, since its record decides; undefined where none is. */
export function describeIgnoredOptions(
  { intent, resumed }: RollPlan,
  options: RollOptions | UpgradeOrder,
): string | undefined {
  if (!resumed || options.kind !== 'upgrade') return undefined;
  const { surge, keepOld, strategy, launchSource, skipCanary } = options;
  const { name: begun } = strategyOf(intent);
  const { resourceKind } = launchSourceOf(intent);
  const flags = [
    ...(surge === undefined || surge === intent.surge ? [] : [`--surge ${surge} (recorded: ${intent.surge})`]),
    ...(strategy === begun ? [] : [`--strategy ${strategy} (recorded: ${begun})`]),
    ...(launchSource === 'auto' || launchSource === resourceKind
      ? []
      : [`--launch-source ${launchSource} (recorded: ${resourceKind})`]),
    ...(keepOld && !intent.keepOld ? ['--keep-old (recorded: off)'] : []),
    ...(skipCanary && !intent.skipCanary ? ['--skip-canary (recorded: off)'] : []),
  ];
  if (flags.length === 0) return undefined;
  return `Roll ${intent.rollId} continues as recorded; ignored: ${flags.join(', ')}.`;
}
