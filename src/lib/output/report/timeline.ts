import type { Side } from '../../model/server.js';
import { BARS, type Bar } from '../server-states.js';
import { capitalize, formatCount, formatDuration } from '../text/format.js';
import { formatSinceStart, formatTimeRange, type Html, html } from './html.js';
import { mergeSpans, type RollReport, type ServerTimeline, type TimeSpan } from './roll-report.js';
import { buildTimeScale, type TimeScale } from './time-scale.js';
import { renderVoterChart } from './voter-chart.js';

/**
 * The picture of a roll: stages, leaders, every server and the votes, one row each on one scale of time. It is for the
 * eye; the tables after it say the same.
 */
export function renderTimeline(story: RollReport): Html {
  const scale = buildTimeScale(story.runs);
  return html`<section aria-labelledby="timeline"><h2 id="timeline">Timeline</h2>
${renderLegend(story, scale.gaps)}
<div class="picture" role="img" aria-label="${describeTimeline(story)}"><div class="inside" aria-hidden="true">
${renderAxis(scale)}
<div class="grid">${scale.ticks.map(({ at }) => html`<i style="left:${at.toFixed(2)}%"></i>`)}${renderGaps(scale)}</div>
${renderPhaseLane(story, scale)}
${renderLeaderLane(story, scale)}
${renderGroupLanes('old', story, scale)}
${renderGroupLanes('new', story, scale)}
${renderVoterChart(story, scale)}
${renderWriteLane(story, scale)}
</div></div></section>`;
}

/** What whoever cannot see the picture is told of it. */
function describeTimeline({ servers, phases }: RollReport): string {
  const count = (side: Side) => servers.filter((server) => server.side === side).length;
  const stages = [...new Set(phases.map(({ name }) => name))].join(', ');
  const shown = `${formatCount(count('old'), 'old server')} and ${formatCount(count('new'), 'new server')}`;
  return `Timeline of ${shown}${stages === '' ? '' : ` through the stages ${stages}`}. The tables below say the same.`;
}

function renderAxis({ ticks }: TimeScale): Html {
  const marks = ticks.map(
    ({ at, sinceMs, minor }) =>
      html`<span class="tick${minor && ' minor'}" style="left:${at.toFixed(2)}%">${sinceMs === 0 ? '0' : formatDuration(sinceMs)}</span>`,
  );
  return renderLane(html``, marks, 'axis');
}

function renderGaps(scale: TimeScale): readonly Html[] {
  return scale.gaps.map(
    (hole) =>
      html`<div class="hole" style="${formatBarPosition(hole, scale)}"><span>not watched ${formatDuration(hole.toMs - hole.fromMs)}</span></div>`,
  );
}

function renderPhaseLane(story: RollReport, scale: TimeScale): Html {
  const bars = story.phases.map((phase) =>
    renderBar(phase, scale, {
      className: phase.name === 'rollback' ? 'stage back' : 'stage',
      label: capitalize(phase.name),
      title: `${capitalize(phase.name)}, ${formatTimeRange(phase, story)}`,
    }),
  );
  return renderLane(html`<b>Stage</b>`, bars);
}

function renderLeaderLane(story: RollReport, scale: TimeScale): Html {
  const bars = story.leaders.map((span) =>
    renderBar(span, scale, {
      className: span.instanceId === undefined ? 'leaderless' : 'leader',
      label: span.instanceId ?? 'no leader',
      title: `${span.instanceId ?? 'no leader'}, ${formatTimeRange(span, story)}`,
    }),
  );
  return renderLane(html`<b>Leader</b>`, bars);
}

function renderGroupLanes(side: Side, story: RollReport, scale: TimeScale): Html {
  const servers = story.servers.filter((server) => server.side === side);
  if (servers.length === 0) return html``;
  const image = servers[0]?.imageId;
  return html`<div class="side"><b>${capitalize(side)} servers</b> <span class="id">${image}</span></div>
${servers.map((server) => renderServerLane(server, story, scale))}`;
}

function renderServerLane(server: ServerTimeline, story: RollReport, scale: TimeScale): Html {
  const pictured = mergeSpans(server.spans, (one, other) => one.state === other.state);
  const bars = pictured.map((span) =>
    renderBar(span, scale, {
      className: `state ${span.state}`,
      label: BARS[span.state].label,
      title: `${server.instanceId}: ${BARS[span.state].label}, ${formatTimeRange(span, story)}`,
    }),
  );
  const led = story.leaders
    .filter(({ instanceId }) => instanceId === server.instanceId)
    .map((span) => html`<div class="led" style="${formatBarPosition(span, scale)}"></div>`);
  const gone =
    server.goneAtMs === undefined
      ? []
      : [
          html`<div class="gone" style="left:${scale.at(server.goneAtMs).toFixed(2)}%" title="gone at ${formatSinceStart(server.goneAtMs, story)}"></div>`,
        ];
  const place = [server.address, server.zone].filter(Boolean).join(' · ');
  return renderLane(html`<span class="id">${server.instanceId}</span><small>${place}</small>`, [
    ...bars,
    ...led,
    ...gone,
  ]);
}

function renderWriteLane(story: RollReport, scale: TimeScale): Html {
  const { writes, runs } = story;
  const [first, last] = [runs[0], runs.at(-1)];
  if (writes === undefined || first === undefined || last === undefined) return html``;
  const { longestGap } = writes;
  const length = formatDuration(longestGap.toMs - longestGap.fromMs);
  const bars = [
    html`<div class="bar writes" style="${formatBarPosition({ fromMs: first.fromMs, toMs: last.toMs }, scale)}"><span>${formatCount(writes.acknowledged, 'write')} acknowledged</span></div>`,
    html`<div class="write-gap" style="${formatBarPosition(longestGap, scale)}" title="longest gap, ${length}"></div>`,
  ];
  return renderLane(html`<b>Writes</b><small>longest gap ${length}</small>`, bars);
}

/** What occurs in the picture: every state with its pattern and what it means, and the other marks. */
export function renderLegend({ servers }: RollReport, holes: readonly TimeSpan[]): Html {
  const seen = new Set(servers.flatMap(({ spans }) => spans.map(({ state }) => state)));
  const states = (Object.keys(BARS) as Bar[]).filter((state) => seen.has(state));
  const unwatchedMs = holes.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
  const entries = [
    ...states.map((state) => renderLegendEntry(`state ${state}`, BARS[state].label, BARS[state].meaning)),
    renderLegendEntry('led', 'leader', 'underlined while it leads'),
    servers.some(({ goneAtMs }) => goneAtMs !== undefined) &&
      renderLegendEntry('gone', 'gone', 'no instance any more'),
    unwatchedMs > 0 &&
      renderLegendEntry('hole', 'not watched', `nobody rolled for ${formatDuration(unwatchedMs)}`),
  ];
  return html`<ul class="legend">${entries.flatMap((one) => one || [])}</ul>`;
}

function renderLegendEntry(look: string, name: string, meaning: string): Html {
  return html`<li><i class="swatch ${look}"></i><b>${name}</b> <span>${meaning}</span></li>`;
}

/** A stretch of a lane: what it is called, how it looks, and what a pointer that rests on it reads. */
export interface BarStyle {
  readonly className: string;
  readonly label: string;
  readonly title: string;
}

/** A bar as wide as its stretch of time. Its label shows where there is room for all of it. */
export function renderBar(
  span: TimeSpan,
  scale: TimeScale,
  { className: look, label, title }: BarStyle,
): Html {
  return html`<div class="bar ${look}" style="${formatBarPosition(span, scale)}" title="${title}"><span>${label}</span></div>`;
}

/** `left` and `width` in hundredths of the picture. */
export function formatBarPosition({ fromMs, toMs }: TimeSpan, { at }: Pick<TimeScale, 'at'>): string {
  const left = at(fromMs);
  return `left:${left.toFixed(2)}%;width:${Math.max(0, at(toMs) - left).toFixed(2)}%`;
}

/** One row of the picture: its name, and what it shows on the common scale of time. */
export function renderLane(name: Html, plot: readonly Html[], look = ''): Html {
  return html`<div class="lane ${look}"><div class="name">${name}</div><div class="plot">${plot}</div></div>`;
}
