import { isMostlyAssumed } from '../../engine/plan/estimate.js';
import type { DurationKind, Estimate, EstimatePart } from '../../model/estimate.js';
import { formatCount, formatList, formatWholeDuration, roundEstimateMs } from './format.js';

/** `about 5 m`; `about 5 m, an estimate` where most of that was not measured. */
export function describeEstimate(forecast: Estimate, elapsedMs = 0): string {
  const estimate = isMostlyAssumed(forecast, elapsedMs) ? ', an estimate' : '';
  return `about ${formatWholeDuration(roundEstimateMs(forecast.remainingMs))}${estimate}`;
}

/** What the time is made of, the largest parts first: `2 boots 3 m 4 s, 5 drains 2 m 30 s and the rest 1 m 12 s`. */
export function describeEstimateParts({ remainingMs: leftMs, parts: shares }: Estimate, most = shares.length): string {
  const worth = [...shares].sort((a, b) => b.ms - a.ms).slice(0, most);
  const restMs = leftMs - worth.reduce((sum, { ms }) => sum + ms, 0);
  const rest = restMs < 1000 ? [] : [`the rest ${formatWholeDuration(restMs)}`];
  return formatList([...worth.map(describeEstimatePart), ...rest]);
}

/** `5 drains 2 m 30 s`. */
export function describeEstimatePart({ kind: span, count, ms }: EstimatePart): string {
  return `${ESTIMATE_PART_NAMES[span](count)} ${formatWholeDuration(ms)}`;
}

const ESTIMATE_PART_NAMES: Readonly<Record<DurationKind, (count: number) => string>> = {
  boot: (count) => formatCount(count, 'boot'),
  service: (count) => `${formatCount(count, 'start')} of traffic`,
  drain: (count) => formatCount(count, 'drain'),
  leave: (count) => (count === 1 ? '1 leave' : `${count} leaves`),
  stop: (count) => `${formatCount(count, 'agent')} going down`,
  terminate: (count) => formatCount(count, 'termination'),
  delete: (count) => formatCount(count, 'deletion'),
  look: () => 'time between observations',
  bake: () => 'baking',
  step: () => 'the steps themselves',
};
