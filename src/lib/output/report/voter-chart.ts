import { formatCount, formatDuration } from '../text/format.js';
import { formatSinceStart, type Html, html } from './html.js';
import type { RollReport, TimeSpan } from './model.js';
import type { TimeScale } from './time-scale.js';
import { formatBarPosition, renderLane } from './time-scale.js';

type VoterReading = RollReport['voters'][number];

/** The voters over time: a line for all voters, an area for the healthy ones, dashes for the quorum. */
export function renderVoterChart({ voters }: Pick<RollReport, 'voters'>, scale: TimeScale): Html {
  const top = voters.reduce((most, { margin }) => Math.max(most, margin?.voters ?? 0), 1) + 1;
  const readings = [...voters];
  const line = (pick: (reading: KnownMargin) => number) => buildChartPath(readings, scale, top, pick, false);
  const area = buildChartPath(readings, scale, top, ({ healthy }) => healthy, true);
  const leaderless = readings.filter(({ margin }) => margin === undefined);
  const unjudged = readings.filter(({ margin }) => margin !== undefined && margin.healthy === undefined);
  const name = html`<b>Voters</b><ul class="key">
<li><i class="swatch line"></i>voters</li><li><i class="swatch area"></i>healthy</li><li><i class="swatch dashes"></i>quorum</li>${unjudged.length > 0 && html`<li><i class="swatch unjudged"></i>health not known yet</li>`}</ul>`;
  const plot = [
    ...listAxisMarks(top).map(
      (value) => html`<i class="level" style="bottom:${((100 * value) / top).toFixed(2)}%"><b>${value}</b></i>`,
    ),
    html`<svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true" focusable="false">
<path class="area" d="${area}"/><path class="voters" d="${line(({ voters }) => voters)}"/><path class="quorum" d="${line(({ quorum }) => quorum)}"/></svg>`,
    ...leaderless.map(
      (span) => html`<div class="leaderless" style="${formatBarPosition(span, scale)}" title="no agreed leader"></div>`,
    ),
    ...unjudged.map(
      (span) =>
        html`<div class="unjudged" style="${formatBarPosition(span, scale)}" title="the leader was just elected and has not reported health"></div>`,
    ),
  ];
  return renderLane(name, plot, 'chart');
}

type KnownMargin = NonNullable<VoterReading['margin']>;

/** One number over time as an SVG path; interrupted where the number is unknown. */
function buildChartPath(
  readings: readonly VoterReading[],
  { at }: TimeScale,
  top: number,
  pick: (reading: KnownMargin) => number | undefined,
  closed: boolean,
): string {
  let open: number | undefined;
  const parts: string[] = [];
  for (const { fromMs, toMs, margin } of readings) {
    const value = margin && pick(margin);
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

/** The numbers on the left axis. */
function listAxisMarks(top: number): readonly number[] {
  const step = top <= 6 ? 1 : top <= 12 ? 2 : 5 * Math.ceil(top / 30);
  return Array.from({ length: Math.ceil(top / step) }, (_, index) => index * step);
}

/**
 * The smallest margin observed, and for how long it was unknown or not observed; undefined where no leader ever
 * reported health.
 */
export function describeMarginOverTime(report: RollReport): string | undefined {
  const { voters: readings } = report;
  const known = readings.flatMap(({ fromMs, margin }) =>
    margin?.healthy === undefined || margin.margin === undefined ? [] : [{ fromMs, ...margin, margin: margin.margin }],
  );
  const [first, ...others] = known;
  if (first === undefined) return undefined;
  const least = others.reduce((low, one) => (one.margin < low.margin ? one : low), first);
  const when = `${least.healthy} of ${formatCount(least.voters, 'voter')} healthy, ${least.quorum} needed, at ${formatSinceStart(least.fromMs, report)}`;
  const margin =
    least.margin < 0
      ? `lost: ${when}`
      : `in every observation at least ${formatCount(least.margin, 'healthy voter')} beyond the quorum; the least was ${when}`;
  const leaderless = readings.filter(({ margin }) => margin === undefined);
  const unjudged = readings.filter(({ margin }) => margin !== undefined && margin.healthy === undefined);
  return [
    margin,
    ...formatDurations('no agreed leader', leaderless),
    ...formatDurations('health not known', unjudged),
    ...formatDurations('not observed', findGaps(readings)),
  ].join('; ');
}

function findGaps(spans: readonly TimeSpan[]): readonly TimeSpan[] {
  return spans.slice(1).map(({ fromMs }, index) => ({ fromMs: spans[index]?.toMs ?? fromMs, toMs: fromMs }));
}

function formatDurations(what: string, spans: readonly TimeSpan[]): string[] {
  const ms = spans.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
  return ms === 0 ? [] : [`${what} for ${formatDuration(ms)}`];
}
