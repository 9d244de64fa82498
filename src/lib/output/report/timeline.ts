import type { Side } from '../../model/server.js';
import { BARS, type Bar } from '../server-states.js';
import { capitalize, formatCount, formatDuration } from '../text/format.js';
import { formatSinceStart, formatTimeRange, type Html, html } from './html.js';
import type { RollReport, ServerTimeline, TimeSpan } from './model.js';
import { mergeSpans } from './spans.js';
import { buildTimeScale, formatBarPosition, renderBar, renderLane, type TimeScale } from './time-scale.js';
import { renderVoterChart } from './voter-chart.js';

/**
 * The timeline: phases, leaders, every server and the voters, one row each on one axis of time. The tables after it
 * say the same in words.
 */
export function renderTimeline(report: RollReport): Html {
  const scale = buildTimeScale(report.runs);
  return html`<section aria-labelledby="timeline"><h2 id="timeline">Timeline</h2>
${renderLegend(report, scale.gaps)}
<div class="picture" role="img" aria-label="${describeTimeline(report)}"><div class="inside" aria-hidden="true">
${renderAxis(scale)}
<div class="grid">${scale.ticks.map(({ at }) => html`<i style="left:${at.toFixed(2)}%"></i>`)}${renderGaps(scale)}</div>
${renderPhaseLane(report, scale)}
${report.leaders.length > 0 && renderLeaderLane(report, scale)}
${renderGroupLanes('old', report, scale)}
${renderGroupLanes('new', report, scale)}
${report.voters.length > 0 && renderVoterChart(report, scale)}
${renderWriteLane(report, scale)}
</div></div></section>`;
}

/** The label for screen readers. */
function describeTimeline({ servers, phases }: RollReport): string {
  const count = (side: Side) => servers.filter((server) => server.side === side).length;
  const stages = [...new Set(phases.map(({ name }) => name))].join(', ');
  const shown = ` of ${formatCount(count('old'), 'old server')} and ${formatCount(count('new'), 'new server')}`;
  return `Timeline${servers.length === 0 ? '' : shown}${stages === '' ? '' : ` through the phases ${stages}`}. The tables below say the same.`;
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
    (gap) =>
      html`<div class="hole" style="${formatBarPosition(gap, scale)}"><span>not watched ${formatDuration(gap.toMs - gap.fromMs)}</span></div>`,
  );
}

function renderPhaseLane(report: RollReport, scale: TimeScale): Html {
  const bars = report.phases.map((phase) => {
    const label = capitalize(phase.name);
    const className = phase.name === 'rollback' ? 'stage rollback' : 'stage';
    return renderBar(phase, scale, className, label, `${label}, ${formatTimeRange(phase, report)}`);
  });
  return renderLane(html`<b>Phase</b>`, bars);
}

function renderLeaderLane(report: RollReport, scale: TimeScale): Html {
  const bars = report.leaders.map((span) => {
    const label = span.instanceId ?? 'no leader';
    const className = span.instanceId === undefined ? 'leaderless' : 'leader';
    return renderBar(span, scale, className, label, `${label}, ${formatTimeRange(span, report)}`);
  });
  return renderLane(html`<b>Leader</b>`, bars);
}

function renderGroupLanes(side: Side, report: RollReport, scale: TimeScale): Html {
  const servers = report.servers.filter((server) => server.side === side);
  if (servers.length === 0) return html``;
  const image = servers[0]?.image;
  return html`<div class="side"><b>${capitalize(side)} servers</b> <span class="id">${image}</span></div>
${servers.map((server) => renderServerLane(server, report, scale))}`;
}

function renderServerLane(server: ServerTimeline, report: RollReport, scale: TimeScale): Html {
  const pictured = mergeSpans(server.spans, (one, other) => one.state === other.state);
  const bars = pictured.map((span) => {
    const { label } = BARS[span.state];
    const title = `${server.instanceId}: ${label}, ${formatTimeRange(span, report)}`;
    return renderBar(span, scale, `state ${span.state}`, label, title);
  });
  const led = report.leaders
    .filter(({ instanceId }) => instanceId === server.instanceId)
    .map((span) => html`<div class="led" style="${formatBarPosition(span, scale)}"></div>`);
  const gone =
    server.goneAtMs === undefined
      ? []
      : [
          html`<div class="gone" style="left:${scale.at(server.goneAtMs).toFixed(2)}%" title="gone at ${formatSinceStart(server.goneAtMs, report)}"></div>`,
        ];
  const place = [server.address, server.zone].filter(Boolean).join(' · ');
  return renderLane(html`<span class="id">${server.instanceId}</span><small>${place}</small>`, [
    ...bars,
    ...led,
    ...gone,
  ]);
}

function renderWriteLane(report: RollReport, scale: TimeScale): Html {
  const { writes, runs } = report;
  const [first, last] = [runs[0], runs.at(-1)];
  if (!writes || first === undefined || last === undefined) return html``;
  const { longestGapMs, longestGapAt } = writes;
  const fromMs = Date.parse(longestGapAt);
  const length = formatDuration(longestGapMs);
  const bars = [
    html`<div class="bar writes" style="${formatBarPosition({ fromMs: first.fromMs, toMs: last.toMs }, scale)}"><span>${formatCount(writes.acknowledged, 'write')} acknowledged</span></div>`,
    html`<div class="write-gap" style="${formatBarPosition({ fromMs, toMs: fromMs + longestGapMs }, scale)}" title="longest gap, ${length}"></div>`,
  ];
  return renderLane(html`<b>Writes</b><small>longest gap ${length}</small>`, bars);
}

/** Every state that occurs, with its pattern and meaning, and the other marks. */
function renderLegend({ servers }: RollReport, gaps: readonly TimeSpan[]): Html {
  const seen = new Set(servers.flatMap(({ spans }) => spans.map(({ state }) => state)));
  const states = (Object.keys(BARS) as Bar[]).filter((state) => seen.has(state));
  const unwatchedMs = gaps.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
  const entries = [
    ...states.map((state) => renderLegendEntry(`state ${state}`, BARS[state].label, BARS[state].meaning)),
    servers.length > 0 && renderLegendEntry('led', 'leader', 'underlined while it leads'),
    servers.some(({ goneAtMs }) => goneAtMs !== undefined) && renderLegendEntry('gone', 'gone', 'its instance is gone'),
    unwatchedMs > 0 && renderLegendEntry('hole', 'not watched', `no run for ${formatDuration(unwatchedMs)}`),
  ];
  return html`<ul class="legend">${entries.flatMap((one) => one || [])}</ul>`;
}

function renderLegendEntry(className: string, name: string, meaning: string): Html {
  return html`<li><i class="swatch ${className}"></i><b>${name}</b> <span>${meaning}</span></li>`;
}
