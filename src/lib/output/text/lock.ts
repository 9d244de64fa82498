import { type Intent, strategyOf } from '../../model/intent.js';
import { isAlive, type LockHolder, type Order, type Plan } from '../../model/plan.js';
import { dateAndTime, wholeSpanOf } from './format.js';

/** Somebody else holds the lock, and may have died with it. */
export function describeContest({ holder }: LockHolder): string {
  return `${holder} holds the lock; watching whether it is still alive`;
}

/** Who runs a roll, since when, and whether they seem to live. */
export function describeRunner(lock: LockHolder, nowMs: number): string {
  const { holder, sinceMs, renewedAtMs, ttlMs } = lock;
  if (ttlMs === 0) return `${holder} holds the lock`;
  const ago = wholeSpanOf(nowMs - renewedAtMs);
  const life = isAlive(lock, nowMs)
    ? `alive, last seen ${ago} ago`
    : `not seen for ${ago}, so its process has probably ended; a roll begun now would wait ${wholeSpanOf(ttlMs)} to be certain`;
  return `run by ${holder} since ${dateAndTime(sinceMs)}: ${life}`;
}

/**
 * How a roll that was begun before goes on otherwise than the flags given now would have it; undefined where it
 * does not. What was recorded when it began holds.
 */
export function describeOverruled(
  { intent, resumed }: Plan,
  { surge, keepOld, strategy, template }: Order,
): string | undefined {
  if (!resumed) return undefined;
  const begun = strategyOf(intent);
  const flags = [
    ...(surge === undefined || surge === intent.surge ? [] : [`--surge ${surge} (it has ${intent.surge})`]),
    ...(strategy === undefined || strategy === begun
      ? []
      : [`--strategy ${strategy} (it was begun ${begun})`]),
    ...(template === undefined || template === 'auto' || template === kindOf(intent)
      ? []
      : [`--template ${template} (it was begun with a ${kindOf(intent)})`]),
    ...(keepOld && !intent.keepOld ? ['--keep-old (it was begun without)'] : []),
  ];
  if (flags.length === 0) return undefined;
  return `Roll ${intent.rollId} goes on as it was begun; not heeded: ${flags.join(', ')}.`;
}

function kindOf({ newTemplate }: Intent): string {
  return newTemplate.kind === 'launch-configuration' ? newTemplate.kind : 'launch-template';
}
