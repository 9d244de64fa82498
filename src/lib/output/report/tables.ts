import { capitalize, formatDuration, formatTimeOfDay } from '../text/format.js';
import { formatSinceStart, formatTimeRange, type Html, html } from './html.js';
import { markUp, renderId } from './page.js';
import type { RollReport, ServerTimeline, TimelineEntry, TimelineEntryKind } from './roll-report.js';

const EVENT_FILTERS: readonly { readonly kind: TimelineEntryKind | 'all'; readonly label: string }[] = [
  { kind: 'all', label: 'Everything' },
  { kind: 'step', label: 'Steps' },
  { kind: 'server', label: 'Servers' },
  { kind: 'wait', label: 'Waits' },
  { kind: 'trouble', label: 'Trouble' },
];

/** Everything that was said, in order. The choice above it works by CSS alone. */
export function renderEventTable(story: RollReport): Html {
  const kinds = new Set<string>(story.entries.map(({ kind }) => kind));
  const filters = EVENT_FILTERS.filter(({ kind }) => kind === 'all' || kinds.has(kind));
  return html`<section class="events" aria-labelledby="events"><h2 id="events">Events</h2>
<fieldset><legend>Show</legend>${filters.map(
    ({ kind, label }) =>
      html`<label><input type="radio" name="show" id="show-${kind}"${kind === 'all' && html` checked`}>${label}</label>`,
  )}</fieldset>
<table><caption>Every event, times in UTC and since the start</caption>
<thead><tr><th scope="col">When</th><th scope="col">What</th></tr></thead>
${groupByPhase(story.entries).map((moments) => renderPhaseRows(moments, story))}</table></section>`;
}

/** The events of a stage until the next one begins, under its name. */
function renderPhaseRows(moments: readonly TimelineEntry[], story: RollReport): Html {
  const [first] = moments;
  if (first === undefined) return html``;
  return html`<tbody><tr class="group"><th colspan="2" scope="rowgroup">${capitalize(first.phase)}</th></tr>
${moments.map((moment) => renderEventRow(moment, story))}</tbody>`;
}

function renderEventRow({ atMs, kind, what, why, tookMs }: TimelineEntry, story: RollReport): Html {
  const took = tookMs === undefined ? undefined : `took ${formatDuration(tookMs)}`;
  const more = [why, took].filter(Boolean).join(' · ');
  return html`<tr class="event ${kind}"><td class="when"><time datetime="${new Date(atMs).toISOString()}">${formatTimeOfDay(atMs)}</time> <small>${formatSinceStart(atMs, story)}</small></td>
<td>${kind === 'trouble' && html`<b class="sign">trouble</b> `}${markUp(what)}${more !== '' && html`<small>${markUp(more)}</small>`}</td></tr>`;
}

/** Neighbours of the same stage together. */
function groupByPhase(moments: readonly TimelineEntry[]): readonly (readonly TimelineEntry[])[] {
  const groups: TimelineEntry[][] = [];
  for (const moment of moments) {
    const last = groups.at(-1);
    if (last === undefined || last[0]?.phase !== moment.phase) groups.push([moment]);
    else last.push(moment);
  }
  return groups;
}

/** The picture in words: what every server was when, and the voters at every change. */
export function renderStateTables(story: RollReport): Html {
  return html`<section aria-labelledby="in-words"><h2 id="in-words">The timeline in words</h2>
<details><summary>Every server, state by state</summary>
<table><caption>States of every server</caption>
<thead><tr><th scope="col">When</th><th scope="col">State</th></tr></thead>
${story.servers.map((server) => renderServerRows(server, story))}</table></details>
<details><summary>Voters and leader at every change</summary>${renderVoterTable(story)}</details></section>`;
}

function renderServerRows(server: ServerTimeline, story: RollReport): Html {
  const rows = [
    ...server.spans.map((span) => ({ when: formatTimeRange(span, story), state: span.words })),
    ...(server.goneAtMs === undefined
      ? []
      : [{ when: formatSinceStart(server.goneAtMs, story), state: 'gone' }]),
  ];
  return html`<tbody><tr class="group"><th colspan="2" scope="rowgroup">${renderId(server.instanceId)} <small>${server.side} server</small></th></tr>
${rows.map(({ when, state }) => html`<tr><td class="when">${when}</td><td>${state}</td></tr>`)}</tbody>`;
}

function renderVoterTable(story: RollReport): Html {
  const cells = ({ budget: margin }: RollReport['voters'][number]) =>
    margin === undefined
      ? html`<td colspan="3">no leader to count them</td>`
      : html`<td>${margin.voters}</td><td>${margin.healthy ?? 'not known yet'}</td><td>${margin.quorum}</td>`;
  return html`<table class="numbers"><caption>Voters against the quorum</caption>
<thead><tr><th scope="col">From</th><th scope="col">Voters</th><th scope="col">Healthy</th><th scope="col">Quorum</th></tr></thead>
<tbody>${story.voters.map((reading) => html`<tr><th scope="row">${formatSinceStart(reading.fromMs, story)}</th>${cells(reading)}</tr>`)}</tbody></table>
<table><caption>Who led</caption><thead><tr><th scope="col">When</th><th scope="col">Leader</th></tr></thead>
<tbody>${story.leaders.map((span) => html`<tr><td class="when">${formatTimeRange(span, story)}</td><td class="id">${span.instanceId ?? 'no leader'}</td></tr>`)}</tbody></table>`;
}
