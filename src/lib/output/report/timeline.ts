import type { Side } from '../../model/server.js';
import { capitalized, counted, spanOf } from '../text/format.js';
import { type Html, html, sinceStart, stretchOf } from './html.js';
import {
  joined,
  SERVER_STATES,
  type ServerState,
  type ServerStory,
  type Span,
  type Story,
} from './roll-report.js';
import { type Scale, scaleOf } from './time-scale.js';
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

/** The states of a server as they are written on its bar. */
export const STATE_WORDS: Readonly<Record<ServerState, string>> = {
  booting: 'booting',
  joined: 'joined',
  voter: 'voter',
  'in-service': 'in service',
  draining: 'draining',
  leaving: 'leaving',
  left: 'left',
  leaderless: 'electing',
  trouble: 'trouble',
};

const MEANINGS: Readonly<Record<ServerState, string>> = {
  booting: 'launched, Consul not up yet',
  joined: 'member, no vote yet',
  voter: 'votes, takes no traffic',
  'in-service': 'votes and takes traffic',
  draining: 'its traffic ends',
  leaving: 'asked to leave, still a member',
  left: 'no member any more',
  leaderless: 'no leader, or one just elected',
  trouble: 'silent, or called unhealthy',
};

/** What occurs in the picture: every state with its pattern and what it means, and the other marks. */
export function stateLegend({ servers }: Story, holes: readonly Span[]): Html {
  const seen = new Set(servers.flatMap(({ spans }) => spans.map(({ state }) => state)));
  const states = SERVER_STATES.filter((state) => seen.has(state));
  const unwatchedMs = holes.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
  const entries = [
    ...states.map((state) => entry(`state ${state}`, STATE_WORDS[state], MEANINGS[state])),
    entry('led', 'leader', 'underlined while it leads'),
    servers.some(({ goneAtMs }) => goneAtMs !== undefined) && entry('gone', 'gone', 'no instance any more'),
    unwatchedMs > 0 && entry('hole', 'not watched', `nobody rolled for ${spanOf(unwatchedMs)}`),
  ];
  return html`<ul class="legend">${entries.flatMap((one) => one || [])}</ul>`;
}

function entry(look: string, name: string, meaning: string): Html {
  return html`<li><i class="swatch ${look}"></i><b>${name}</b> <span>${meaning}</span></li>`;
}

/** A stretch of a lane: what it is called, how it looks, and what a pointer that rests on it reads. */
export interface BarLook {
  readonly look: string;
  readonly label: string;
  readonly title: string;
}

/** A bar as wide as its stretch of time. Its label shows where there is room for all of it. */
export function spanBar(span: Span, scale: Scale, { look, label, title }: BarLook): Html {
  return html`<div class="bar ${look}" style="${placeOf(span, scale)}" title="${title}"><span>${label}</span></div>`;
}

/** `left` and `width` in hundredths of the picture. */
export function placeOf({ fromMs, toMs }: Span, { at }: Pick<Scale, 'at'>): string {
  const left = at(fromMs);
  return `left:${left.toFixed(2)}%;width:${Math.max(0, at(toMs) - left).toFixed(2)}%`;
}

/** One row of the picture: its name, and what it shows on the common scale of time. */
export function lane(name: Html, plot: readonly Html[], look = ''): Html {
  return html`<div class="lane ${look}"><div class="name">${name}</div><div class="plot">${plot}</div></div>`;
}
