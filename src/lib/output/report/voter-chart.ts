import { counted, spanOf } from '../text/format.js';
import { type Html, html, sinceStart } from './html.js';
import type { Span, Story } from './roll-report.js';
import type { Scale } from './time-scale.js';
import { lane, placeOf } from './timeline.js';

type Reading = Story['voters'][number];

/** The voters over time as steps: the line is those there are, the area those that are healthy, the dashes a quorum. */
export function voterChart({ voters }: Pick<Story, 'voters'>, scale: Scale): Html {
  const top = Math.max(1, ...voters.map(({ budget }) => budget?.voters ?? 0)) + 1;
  const readings = [...voters];
  const line = (pick: (reading: Known) => number) => path(readings, scale, top, pick, false);
  const area = path(readings, scale, top, ({ healthy }) => healthy, true);
  const leaderless = readings.filter(({ budget }) => budget === undefined);
  const unjudged = readings.filter(({ budget }) => budget !== undefined && budget.healthy === undefined);
  const name = html`<b>Votes</b><ul class="key">
<li><i class="swatch line"></i>voters</li><li><i class="swatch area"></i>healthy</li><li><i class="swatch dashes"></i>quorum</li>${unjudged.length > 0 && html`<li><i class="swatch unjudged"></i>health not known yet</li>`}</ul>`;
  const plot = [
    ...marksUpTo(top).map(
      (value) =>
        html`<i class="level" style="bottom:${((100 * value) / top).toFixed(2)}%"><b>${value}</b></i>`,
    ),
    html`<svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true" focusable="false">
<path class="area" d="${area}"/><path class="voters" d="${line(({ voters }) => voters)}"/><path class="quorum" d="${line(({ quorum }) => quorum)}"/></svg>`,
    ...leaderless.map(
      (span) =>
        html`<div class="leaderless" style="${placeOf(span, scale)}" title="no leader to count them"></div>`,
    ),
    ...unjudged.map(
      (span) =>
        html`<div class="unjudged" style="${placeOf(span, scale)}" title="just elected: not known yet who is healthy"></div>`,
    ),
  ];
  return lane(name, plot, 'chart');
}

type Known = NonNullable<Reading['budget']>;

/** The steps of one number as an SVG path; broken where nobody could say it, or nobody looked. */
function path(
  readings: readonly Reading[],
  { at }: Scale,
  top: number,
  pick: (reading: Known) => number | undefined,
  closed: boolean,
): string {
  let open: number | undefined;
  const parts: string[] = [];
  for (const { fromMs, toMs, budget } of readings) {
    const value = budget && pick(budget);
    if (value === undefined) {
      open = undefined;
      continue;
    }
    const y = (100 - (100 * value) / top).toFixed(2);
    const [left, right] = [at(fromMs).toFixed(2), at(toMs).toFixed(2)];
    if (closed) parts.push(`M${left} 100V${y}H${right}V100Z`);
    else parts.push(`${open === fromMs ? 'V' : `M${left} `}${y}H${right}`);
    open = toMs;
  }
  return parts.join('');
}

/** The numbers marked on the left: not so many that they touch. */
function marksUpTo(top: number): readonly number[] {
  const step = top <= 6 ? 1 : top <= 12 ? 2 : 5;
  return Array.from({ length: Math.ceil(top / step) }, (_, index) => index * step);
}

/**
 * How close to losing its quorum the cluster was seen, and for how long nobody could tell; undefined where no look found
 * a leader that had said who was healthy.
 */
export function marginOf(story: Story): string | undefined {
  const { voters: readings } = story;
  const known = readings.flatMap(({ fromMs, budget }) =>
    budget?.healthy === undefined || budget.spare === undefined
      ? []
      : [{ fromMs, ...budget, spare: budget.spare }],
  );
  const [first, ...others] = known;
  if (first === undefined) return undefined;
  const least = others.reduce((low, one) => (one.spare < low.spare ? one : low), first);
  const when = `${least.healthy} of ${counted(least.voters, 'voter')} healthy, ${least.quorum} needed, at ${sinceStart(least.fromMs, story)}`;
  const margin =
    least.spare < 0 ? `lost: ${when}` : `always ${least.spare} or more to spare; the least was ${when}`;
  const leaderless = readings.filter(({ budget }) => budget === undefined);
  const unjudged = readings.filter(({ budget }) => budget !== undefined && budget.healthy === undefined);
  return [
    margin,
    ...lasting('no undisputed leader', leaderless),
    ...lasting('not known who was healthy', unjudged),
  ].join('; ');
}

function lasting(what: string, spans: readonly Span[]): string[] {
  const ms = spans.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
  return ms === 0 ? [] : [`${what} for ${spanOf(ms)}`];
}
