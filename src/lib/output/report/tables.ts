import { capitalized, spanOf, timeOfDay } from '../text/format.js';
import { type Html, html, sinceStart, stretchOf } from './html.js';
import { id, marked } from './page.js';
import type { Moment, MomentKind, ServerStory, Story } from './roll-report.js';

const FILTERS: readonly { readonly kind: MomentKind | 'all'; readonly label: string }[] = [
  { kind: 'all', label: 'Everything' },
  { kind: 'step', label: 'Steps' },
  { kind: 'server', label: 'Servers' },
  { kind: 'wait', label: 'Waits' },
  { kind: 'trouble', label: 'Trouble' },
];

/** Everything that was said, in order. The choice above it works by CSS alone. */
export function eventTable(story: Story): Html {
  const kinds = new Set<string>(story.moments.map(({ kind }) => kind));
  const filters = FILTERS.filter(({ kind }) => kind === 'all' || kinds.has(kind));
  return html`<section class="events" aria-labelledby="events"><h2 id="events">Events</h2>
<fieldset><legend>Show</legend>${filters.map(
    ({ kind, label }) =>
      html`<label><input type="radio" name="show" id="show-${kind}"${kind === 'all' && html` checked`}>${label}</label>`,
  )}</fieldset>
<table><caption>Every event, times in UTC and since the start</caption>
<thead><tr><th scope="col">When</th><th scope="col">What</th></tr></thead>
${byStage(story.moments).map((moments) => stageRows(moments, story))}</table></section>`;
}

/** The events of a stage until the next one begins, under its name. */
function stageRows(moments: readonly Moment[], story: Story): Html {
  const [first] = moments;
  if (first === undefined) return html``;
  return html`<tbody><tr class="group"><th colspan="2" scope="rowgroup">${capitalized(first.stage)}</th></tr>
${moments.map((moment) => row(moment, story))}</tbody>`;
}

function row({ atMs, kind, what, why, tookMs }: Moment, story: Story): Html {
  const took = tookMs === undefined ? undefined : `took ${spanOf(tookMs)}`;
  const more = [why, took].filter(Boolean).join(' · ');
  return html`<tr class="event ${kind}"><td class="when"><time datetime="${new Date(atMs).toISOString()}">${timeOfDay(atMs)}</time> <small>${sinceStart(atMs, story)}</small></td>
<td>${kind === 'trouble' && html`<b class="sign">trouble</b> `}${marked(what)}${more !== '' && html`<small>${marked(more)}</small>`}</td></tr>`;
}

/** Neighbours of the same stage together. */
function byStage(moments: readonly Moment[]): readonly (readonly Moment[])[] {
  const groups: Moment[][] = [];
  for (const moment of moments) {
    const last = groups.at(-1);
    if (last === undefined || last[0]?.stage !== moment.stage) groups.push([moment]);
    else last.push(moment);
  }
  return groups;
}

/** The picture in words: what every server was when, and the voters at every change. */
export function stateTables(story: Story): Html {
  return html`<section aria-labelledby="in-words"><h2 id="in-words">The timeline in words</h2>
<details><summary>Every server, state by state</summary>
<table><caption>States of every server</caption>
<thead><tr><th scope="col">When</th><th scope="col">State</th></tr></thead>
${story.servers.map((server) => serverRows(server, story))}</table></details>
<details><summary>Voters and leader at every change</summary>${voterTable(story)}</details></section>`;
}

function serverRows(server: ServerStory, story: Story): Html {
  const rows = [
    ...server.spans.map((span) => ({ when: stretchOf(span, story), state: span.words })),
    ...(server.goneAtMs === undefined ? [] : [{ when: sinceStart(server.goneAtMs, story), state: 'gone' }]),
  ];
  return html`<tbody><tr class="group"><th colspan="2" scope="rowgroup">${id(server.instanceId)} <small>${server.side} server</small></th></tr>
${rows.map(({ when, state }) => html`<tr><td class="when">${when}</td><td>${state}</td></tr>`)}</tbody>`;
}

function voterTable(story: Story): Html {
  const cells = ({ budget }: Story['voters'][number]) =>
    budget === undefined
      ? html`<td colspan="3">no leader to count them</td>`
      : html`<td>${budget.voters}</td><td>${budget.healthy ?? 'not known yet'}</td><td>${budget.quorum}</td>`;
  return html`<table class="numbers"><caption>Voters against the quorum</caption>
<thead><tr><th scope="col">From</th><th scope="col">Voters</th><th scope="col">Healthy</th><th scope="col">Quorum</th></tr></thead>
<tbody>${story.voters.map((reading) => html`<tr><th scope="row">${sinceStart(reading.fromMs, story)}</th>${cells(reading)}</tr>`)}</tbody></table>
<table><caption>Who led</caption><thead><tr><th scope="col">When</th><th scope="col">Leader</th></tr></thead>
<tbody>${story.leaders.map((span) => html`<tr><td class="when">${stretchOf(span, story)}</td><td class="id">${span.instanceId ?? 'no leader'}</td></tr>`)}</tbody></table>`;
}
