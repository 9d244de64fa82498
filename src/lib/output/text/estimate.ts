import { isEstimate } from '../../engine/plan/estimate.js';
import type { Forecast, Share, Span } from '../../model/estimate.js';
import { counted, enumerated, roughMs, wholeSpanOf } from './format.js';

/** `about 5 m`; `about 5 m, an estimate` where most of that was not measured. */
export function describeForecast(forecast: Forecast, elapsedMs = 0): string {
  const estimate = isEstimate(forecast, elapsedMs) ? ', an estimate' : '';
  return `about ${wholeSpanOf(roughMs(forecast.leftMs))}${estimate}`;
}

/** What the time is made of, the largest parts first: `2 boots 3 m 4 s, 5 drains 2 m 30 s and the rest 1 m 12 s`. */
export function describeShares({ leftMs, shares }: Forecast, most = shares.length): string {
  const worth = [...shares].sort((a, b) => b.ms - a.ms).slice(0, most);
  const restMs = leftMs - worth.reduce((sum, { ms }) => sum + ms, 0);
  const rest = restMs < 1000 ? [] : [`the rest ${wholeSpanOf(restMs)}`];
  return enumerated([...worth.map(describeShare), ...rest]);
}

/** `5 drains 2 m 30 s`. */
export function describeShare({ span, count, ms }: Share): string {
  return `${NAMES[span](count)} ${wholeSpanOf(ms)}`;
}

const NAMES: Readonly<Record<Span, (count: number) => string>> = {
  boot: (count) => counted(count, 'boot'),
  service: (count) => `${counted(count, 'start')} of traffic`,
  drain: (count) => counted(count, 'drain'),
  leave: (count) => (count === 1 ? '1 leave' : `${count} leaves`),
  stop: (count) => `${counted(count, 'agent')} going down`,
  terminate: (count) => counted(count, 'termination'),
  delete: (count) => counted(count, 'deletion'),
  look: () => 'looks between',
  bake: () => 'baking',
  step: () => 'the steps themselves',
};
