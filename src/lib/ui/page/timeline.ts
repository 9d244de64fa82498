import type { Side } from '../../model/server.js';
import { joined } from '../story/looks.js';
import { type Scale, scaleOf } from '../story/scale.js';
import type { ServerStory, Story } from '../story/story.js';
import { capitalized, counted } from '../text.js';
import { spanOf } from '../time.js';
import { type Html, html } from './html.js';
import { STATE_WORDS, stateLegend } from './legend.js';
import { lane, placeOf, spanBar } from './span-bar.js';
import { sinceStart, stretchOf } from './times.js';
import { voterChart } from './voter-chart.js';

/**
 * The picture of a roll: stages, leaders, every server and the votes, one row each on one scale of time. It is for the
 * eye; the tables after it say the same.
 */
export function timeline(story: Story): Html {
  const scale = scaleOf(story.runs);
  return html`<section aria-labelledby="timeline"><h2 id="timeline">Timeline</h2>
${stateLegend(story, scale.holes)}
<div class="picture" role="img" aria-label="${describePicture(story)}"><div class="inside" aria-hidden="true">
${axis(scale)}
<div class="grid">${scale.ticks.map(({ at }) => html`<i style="left:${at.toFixed(2)}%"></i>`)}${holes(scale)}</div>
${stageLane(story, scale)}
${leaderLane(story, scale)}
${sideLanes('old', story, scale)}
${sideLanes('new', story, scale)}
${voterChart(story, scale)}
${writeLane(story, scale)}
</div></div></section>`;
}

/** What whoever cannot see the picture is told of it. */
function describePicture({ servers, phases }: Story): string {
  const count = (side: Side) => servers.filter((server) => server.side === side).length;
  const stages = [...new Set(phases.map(({ name }) => name))].join(', ');
  const shown = `${counted(count('old'), 'old server')} and ${counted(count('new'), 'new server')}`;
  return `Timeline of ${shown}${stages === '' ? '' : ` through the stages ${stages}`}. The tables below say the same.`;
}

function axis({ ticks }: Scale): Html {
  const marks = ticks.map(
    ({ at, sinceMs, minor }) =>
      html`<span class="tick${minor && ' minor'}" style="left:${at.toFixed(2)}%">${sinceMs === 0 ? '0' : spanOf(sinceMs)}</span>`,
  );
  return lane(html``, marks, 'axis');
}

function holes(scale: Scale): readonly Html[] {
  return scale.holes.map(
    (hole) =>
      html`<div class="hole" style="${placeOf(hole, scale)}"><span>not watched ${spanOf(hole.toMs - hole.fromMs)}</span></div>`,
  );
}

function stageLane(story: Story, scale: Scale): Html {
  const bars = story.phases.map((phase) =>
    spanBar(phase, scale, {
      look: phase.name === 'back' ? 'stage back' : 'stage',
      label: capitalized(phase.name),
      title: `${capitalized(phase.name)}, ${stretchOf(phase, story)}`,
    }),
  );
  return lane(html`<b>Stage</b>`, bars);
}

function leaderLane(story: Story, scale: Scale): Html {
  const bars = story.leaders.map((span) =>
    spanBar(span, scale, {
      look: span.instanceId === undefined ? 'leaderless' : 'leader',
      label: span.instanceId ?? 'no leader',
      title: `${span.instanceId ?? 'no leader'}, ${stretchOf(span, story)}`,
    }),
  );
  return lane(html`<b>Leader</b>`, bars);
}

function sideLanes(side: Side, story: Story, scale: Scale): Html {
  const servers = story.servers.filter((server) => server.side === side);
  if (servers.length === 0) return html``;
  const image = servers[0]?.imageId;
  return html`<div class="side"><b>${capitalized(side)} servers</b> <span class="id">${image}</span></div>
${servers.map((server) => serverLane(server, story, scale))}`;
}

function serverLane(server: ServerStory, story: Story, scale: Scale): Html {
  const pictured = joined(server.spans, (one, other) => one.state === other.state);
  const bars = pictured.map((span) =>
    spanBar(span, scale, {
      look: `state ${span.state}`,
      label: STATE_WORDS[span.state],
      title: `${server.instanceId}: ${STATE_WORDS[span.state]}, ${stretchOf(span, story)}`,
    }),
  );
  const led = story.leaders
    .filter(({ instanceId }) => instanceId === server.instanceId)
    .map((span) => html`<div class="led" style="${placeOf(span, scale)}"></div>`);
  const gone =
    server.goneAtMs === undefined
      ? []
      : [
          html`<div class="gone" style="left:${scale.at(server.goneAtMs).toFixed(2)}%" title="gone at ${sinceStart(server.goneAtMs, story)}"></div>`,
        ];
  const place = [server.address, server.zone].filter(Boolean).join(' · ');
  return lane(html`<span class="id">${server.instanceId}</span><small>${place}</small>`, [
    ...bars,
    ...led,
    ...gone,
  ]);
}

function writeLane(story: Story, scale: Scale): Html {
  const { writes, runs } = story;
  const [first, last] = [runs[0], runs.at(-1)];
  if (writes === undefined || first === undefined || last === undefined) return html``;
  const { longestGap } = writes;
  const length = spanOf(longestGap.toMs - longestGap.fromMs);
  const bars = [
    html`<div class="bar writes" style="${placeOf({ fromMs: first.fromMs, toMs: last.toMs }, scale)}"><span>${counted(writes.acknowledged, 'write')} acknowledged</span></div>`,
    html`<div class="write-gap" style="${placeOf(longestGap, scale)}" title="longest gap, ${length}"></div>`,
  ];
  return lane(html`<b>Writes</b><small>longest gap ${length}</small>`, bars);
}
