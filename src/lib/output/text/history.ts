import type { PastRoll } from '../../model/past-roll.js';
import {
  formatCount,
  formatDateTime,
  formatDuration,
  hangText,
  padEnd,
  type StyledLine,
  styleLines,
} from './format.js';

/** Two columns after the id of a roll, which has six digits. */
const ID_WIDTH = 8;

/** The last rolls of a cluster: two lines each, the last first. */
export function formatPastRolls(cluster: string, rolls: readonly PastRoll[], width: number): StyledLine[] {
  const count = rolls.length === 0 ? 'No roll' : formatCount(rolls.length, 'roll');
  const order = rolls.length > 1 ? ', the last first' : '';
  return [
    ...styleLines(`${count} of ${cluster} on record${order}`, width),
    ...rolls.flatMap((one) => formatPast(one, width)),
  ];
}

function formatPast(roll: PastRoll, width: number): StyledLine[] {
  const { rollId, from, to, holder, runs, startedAtMs, endedAtMs } = roll;
  const took = `${formatDateTime(startedAtMs)}, ${describePastOutcome(roll)} after ${formatDuration(endedAtMs - startedAtMs)}`;
  const isGood = roll.outcome === 'rolled';
  const images = `${from ?? 'unknown image'} -> ${to}`;
  const by = `${images}, by ${holder}${runs > 1 ? `, in ${formatCount(runs, 'run')}` : ''}`;
  return [
    ...hangText(padEnd(rollId, ID_WIDTH), took, width, isGood ? 'good' : 'busy'),
    ...hangText(' '.repeat(ID_WIDTH), by, width),
  ];
}

/** How its last run ended: `stopped (changed-externally)`. */
function describePastOutcome({ outcome, reason }: PastRoll): string {
  const words = outcome.replaceAll('-', ' ');
  return reason === undefined ? words : `${words} (${reason})`;
}
