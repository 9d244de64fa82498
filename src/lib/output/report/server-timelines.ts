import type { ServerDocument } from '../json/parts.js';
import { formatTrafficState, SERVER_STATES } from '../server-states.js';
import type { ServerTimeline } from './roll-report.js';
import { mergeSpans, type ObservedSpan } from './roll-report.js';

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
      : [{ fromMs, toMs, state: SERVER_STATES[seen.state].bar, words: formatStateText(seen) }];
  });
  return {
    instanceId,
    side: side ?? 'old',
    address: address ?? undefined,
    zone,
    imageId: image,
    spans: mergeSpans(spans, (one, other) => one.words === other.words),
    goneAtMs: looks.find(
      ({ fromMs }) => fromMs >= (spans.at(-1)?.toMs ?? 0) && fromMs > (spans.at(-1)?.fromMs ?? 0),
    )?.fromMs,
  };
}

/** State and traffic: `in service, leader`. */
function formatStateText({ state, traffic, leader }: ServerDocument): string {
  return [
    SERVER_STATES[state].words,
    traffic !== null && traffic !== state && formatTrafficState(traffic),
    leader && 'leader',
  ]
    .filter(Boolean)
    .join(', ');
}
