import type { Moment, MomentKind, Story } from '../story/story.js';
import { capitalized } from '../text.js';
import { spanOf, timeOfDay } from '../time.js';
import { type Html, html } from './html.js';
import { marked } from './marked.js';
import { sinceStart } from './times.js';

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
