import type { TimeSpent } from '../json/parts.js';
import { capitalize, formatDuration, formatList, formatTimeOfDay } from '../text/format.js';
import { describeTimeUse } from '../text/waits.js';
import { sumTime } from '../time-spent.js';
import { formatSinceStart, formatTimeRange, type Html, html, markUp, renderId } from './html.js';
import type { RollReport, ServerTimeline, TimelineEntry, TimelineEntryKind } from './model.js';

const EVENT_FILTERS: readonly { readonly kind: TimelineEntryKind | 'all'; readonly label: string }[] = [
  { kind: 'all', label: 'Everything' },
  { kind: 'step', label: 'Steps' },
  { kind: 'server', label: 'Servers' },
  { kind: 'wait', label: 'Waits' },
  { kind: 'problem', label: 'Problems' },
];

/** Every event, in order. The filter above the table needs only CSS. */
export function renderEventTable(report: RollReport): Html {
  const kinds = new Set<string>(report.entries.map(({ kind }) => kind));
  const filters = EVENT_FILTERS.filter(({ kind }) => kind === 'all' || kinds.has(kind));
  return html`<section class="events" aria-labelledby="events"><h2 id="events">Events</h2>
<fieldset><legend>Show</legend>${filters.map(
    ({ kind, label }) =>
      html`<label><input type="radio" name="show" id="show-${kind}"${kind === 'all' && html` checked`}>${label}</label>`,
  )}</fieldset>
<table><caption>Every event, times in UTC and since the start</caption>
<thead><tr><th scope="col">When</th><th scope="col">What</th></tr></thead>
${groupByPhase(report.entries).map((entries) => renderPhaseRows(entries, report))}</table></section>`;
}

/** The events of a phase until the next one begins, under its name. */
function renderPhaseRows(entries: readonly TimelineEntry[], report: RollReport): Html {
  const [first] = entries;
  if (first === undefined) return html``;
  return html`<tbody><tr class="group"><th colspan="2" scope="rowgroup">${capitalize(first.phase)}</th></tr>
${entries.map((entry) => renderEventRow(entry, report))}</tbody>`;
}

function renderEventRow({ atMs, kind, what, why, tookMs }: TimelineEntry, report: RollReport): Html {
  const took = tookMs === undefined ? undefined : `took ${formatDuration(tookMs)}`;
  const more = [why, took].filter(Boolean).join(' · ');
  return html`<tr class="event ${kind}"><td class="when"><time datetime="${new Date(atMs).toISOString()}">${formatTimeOfDay(atMs)}</time> <small>${formatSinceStart(atMs, report)}</small></td>
<td>${kind === 'problem' && html`<b class="sign">problem</b> `}${markUp(what)}${more !== '' && html`<small>${markUp(more)}</small>`}</td></tr>`;
}

/** Groups consecutive events of the same phase. */
function groupByPhase(entries: readonly TimelineEntry[]): readonly (readonly TimelineEntry[])[] {
  const groups: TimelineEntry[][] = [];
  for (const entry of entries) {
    const last = groups.at(-1);
    if (last === undefined || last[0]?.phase !== entry.phase) groups.push([entry]);
    else last.push(entry);
  }
  return groups;
}

/** The timeline as tables: the states of every server, and the voters at every change. */
export function renderStateTables(report: RollReport): Html {
  return html`<section aria-labelledby="in-words"><h2 id="in-words">The timeline in words</h2>
<details><summary>Every server, state by state</summary>
<table><caption>States of every server</caption>
<thead><tr><th scope="col">When</th><th scope="col">State</th></tr></thead>
${report.servers.map((server) => renderServerRows(server, report))}</table></details>
<details><summary>Voters and leader at every change</summary>${renderVoterTable(report)}</details></section>`;
}

function renderServerRows(server: ServerTimeline, report: RollReport): Html {
  const rows = [
    ...server.spans.map((span) => ({ when: formatTimeRange(span, report), state: span.words })),
    ...(server.goneAtMs === undefined ? [] : [{ when: formatSinceStart(server.goneAtMs, report), state: 'gone' }]),
  ];
  return html`<tbody><tr class="group"><th colspan="2" scope="rowgroup">${renderId(server.instanceId)} <small>${server.side} server</small></th></tr>
${rows.map(({ when, state }) => html`<tr><td class="when">${when}</td><td>${state}</td></tr>`)}</tbody>`;
}

function renderVoterTable(report: RollReport): Html {
  const cells = ({ margin }: RollReport['voters'][number]) =>
    margin === undefined
      ? html`<td colspan="3">no agreed leader</td>`
      : html`<td>${margin.voters}</td><td>${margin.healthy ?? 'not known yet'}</td><td>${margin.quorum}</td>`;
  return html`<table class="numbers"><caption>Voters against the quorum</caption>
<thead><tr><th scope="col">From</th><th scope="col">Voters</th><th scope="col">Healthy</th><th scope="col">Quorum</th></tr></thead>
<tbody>${report.voters.map((reading) => html`<tr><th scope="row">${formatSinceStart(reading.fromMs, report)}</th>${cells(reading)}</tr>`)}</tbody></table>
<table><caption>Who led</caption><thead><tr><th scope="col">When</th><th scope="col">Leader</th></tr></thead>
<tbody>${report.leaders.map((span) => html`<tr><td class="when">${formatTimeRange(span, report)}</td><td class="id">${span.instanceId ?? 'no leader'}</td></tr>`)}</tbody></table>`;
}

/** Where the time went: the sums, and every span. */
export function renderTimeSpent(report: RollReport): Html {
  const { time } = report;
  const allMs = time.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
  // Steps are many kinds, of which each takes little.
  const sums = sumTime(time.map((span) => (span.use === 'wait' ? span : { ...span, for: null })));
  const rows = sums.map(
    (sum) =>
      html`<tr><th scope="row">${describeTimeUse(sum)}</th><td>${formatDuration(sum.elapsedMs)}</td><td>${Math.round((100 * sum.elapsedMs) / allMs)} %</td></tr>`,
  );
  return html`<section aria-labelledby="time-spent"><h2 id="time-spent">Where the time went</h2>
<table class="numbers"><caption>What the roll spent its time on, ${formatDuration(allMs)} in all</caption>
<thead><tr><th scope="col">On</th><th scope="col">Time</th><th scope="col">Share</th></tr></thead>
<tbody>${rows}</tbody></table>
<details><summary>Second by second</summary>
<table><caption>Every span of time</caption><thead><tr><th scope="col">When</th><th scope="col">What</th></tr></thead>
<tbody>${time.map((span) => renderSpan(span, report))}</tbody></table></details></section>`;
}

function renderSpan(span: TimeSpent, report: RollReport): Html {
  const { use, for: on, instanceIds, fromMs, toMs } = span;
  const name = use === 'wait' || on === null ? describeTimeUse(span) : `${use}: ${on}`;
  const more = [formatDuration(toMs - fromMs), formatList(instanceIds)].filter(Boolean).join(' · ');
  return html`<tr><td class="when">${formatTimeRange(span, report)}</td><td>${name}<small>${markUp(more)}</small></td></tr>`;
}
