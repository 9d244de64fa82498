import type { ServerStory, Story } from '../story/story.js';
import { type Html, html } from './html.js';
import { id } from './marked.js';
import { sinceStart, stretchOf } from './times.js';

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
