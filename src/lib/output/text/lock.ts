import { determineStrategy, type Intent } from '../../model/intent.js';
import { isLockHolderAlive, type LockHolder, type RollOptions, type RollPlan } from '../../model/plan.js';
import { formatDateTime, formatWholeDuration } from './format.js';

/** Somebody else holds the lock, and may have died with it. */
export function describeLockContest({ holder }: LockHolder): string {
  return `${holder} holds the lock; watching whether it is still alive`;
}

/** Who runs a roll, since when, and whether they seem to live. */
export function describeRunner(lock: LockHolder, nowMs: number): string {
  const { holder, sinceMs, renewedAtMs, ttlMs } = lock;
  if (ttlMs === 0) return `${holder} holds the lock`;
  const ago = formatWholeDuration(nowMs - renewedAtMs);
  const life = isLockHolderAlive(lock, nowMs)
    ? `alive, last seen ${ago} ago`
    : `not seen for ${ago}, so its process has probably ended; a roll begun now would wait ${formatWholeDuration(ttlMs)} to be certain`;
  return `run by ${holder} since ${formatDateTime(sinceMs)}: ${life}`;
}

/**
 * How a roll that was begun before goes on otherwise than the flags given now would have it; undefined where it
 * does not. What was recorded when it began holds.
 */
export function describeIgnoredOptions(
  { intent, resumed }: RollPlan,
  options: RollOptions,
): string | undefined {
  if (!resumed || options.kind !== 'upgrade') return undefined;
  const { surge, keepOld, strategy, launchSource: template } = options;
  const begun = determineStrategy(intent);
  const flags = [
    ...(surge === undefined || surge === intent.surge ? [] : [`--surge ${surge} (it has ${intent.surge})`]),
    ...(strategy === begun ? [] : [`--strategy ${strategy} (it was begun ${begun})`]),
    ...(template === 'auto' || template === formatRecordedLaunchSource(intent)
      ? []
      : [`--template ${template} (it was begun with a ${formatRecordedLaunchSource(intent)})`]),
    ...(keepOld && !intent.keepOld ? ['--keep-old (it was begun without)'] : []),
  ];
  if (flags.length === 0) return undefined;
  return `Roll ${intent.rollId} goes on as it was begun; not heeded: ${flags.join(', ')}.`;
}

function formatRecordedLaunchSource({ nextLaunchSource }: Intent): string {
  return nextLaunchSource.kind === 'launch-configuration' ? nextLaunchSource.kind : 'launch-template';
}
