import type { ServerDocument } from '../events/schema.js';
import type { ServerTimeline, TimelineState } from './roll-report.js';
import { mergeSpans, type ObservedSpan } from './roll-report.js';

/** What the picture makes of every state a server can be in. */
const TIMELINE_STATE_BY_SERVER_STATE: Readonly<Record<ServerDocument['state'], TimelineState>> = {
  booting: 'booting',
  starting: 'booting',
  'not-joined': 'booting',
  'non-voter': 'joined',
  voter: 'voter',
  'caught-up': 'voter',
  ready: 'voter',
  'in-service': 'in-service',
  draining: 'draining',
  leaving: 'leaving',
  left: 'left',
  terminating: 'left',
  terminated: 'left',
  unhealthy: 'trouble',
  'not-answering': 'trouble',
  down: 'trouble',
  gone: 'trouble',
  'no-leader': 'leaderless',
  electing: 'leaderless',
};

/** Every server that any look saw: the old ones first, in the order they were seen. */
export function buildServerTimelines(looks: readonly ObservedSpan[]): readonly ServerTimeline[] {
  const seen = new Map<string, ServerDocument>();
  for (const server of looks.flatMap(({ servers }) => servers)) {
    // An address comes late and goes early; the side stays what it was at first, however a roll in place renames it.
    const first = seen.get(server.instanceId);
    seen.set(server.instanceId, {
      ...server,
      side: first?.side ?? server.side,
      address: server.address ?? first?.address ?? null,
    });
  }
  const stories = [...seen.values()].map((server) => buildServerTimeline(server, looks));
  return [...stories.filter(({ side }) => side === 'old'), ...stories.filter(({ side }) => side === 'new')];
}

function buildServerTimeline(server: ServerDocument, looks: readonly ObservedSpan[]): ServerTimeline {
  const { instanceId, side, address, zone, image } = server;
  const spans = looks.flatMap(({ servers, fromMs, toMs }) => {
    const seen = servers.find((one) => one.instanceId === instanceId);
    return seen === undefined
      ? []
      : [{ fromMs, toMs, state: TIMELINE_STATE_BY_SERVER_STATE[seen.state], words: formatStateText(seen) }];
  });
  return {
    instanceId,
    side,
    address: address ?? undefined,
    zone,
    imageId: image,
    spans: mergeSpans(spans, (one, other) => one.words === other.words),
    goneAtMs: looks.find(
      ({ fromMs }) => fromMs >= (spans.at(-1)?.toMs ?? 0) && fromMs > (spans.at(-1)?.fromMs ?? 0),
    )?.fromMs,
  };
}

/** What it was, in full: `in service, leader`. */
function formatStateText({ state, traffic, leader }: ServerDocument): string {
  const words = [state, traffic === state ? null : traffic, leader ? 'leader' : null];
  return words.flatMap((word) => word?.replaceAll('-', ' ') ?? []).join(', ');
}
