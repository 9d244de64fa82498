import type { ServerDocument } from '../json/parts.js';
import { formatStateName, SERVER_STATES } from '../server-states.js';
import type { ServerTimeline, TimeSpan } from './model.js';
import { mergeSpans, type ObservedSpan } from './spans.js';

/** Every observed server: the old ones first, in the order of their first observation. */
export function buildServerTimelines(observed: readonly ObservedSpan[]): readonly ServerTimeline[] {
  const latest = new Map<string, ServerDocument>();
  for (const server of observed.flatMap(({ servers }) => servers)) {
    // A server has no address at first and at the end. A roll in place changes its side at the end; the first one counts.
    const first = latest.get(server.instanceId);
    latest.set(server.instanceId, {
      ...server,
      side: first?.side ?? server.side,
      address: server.address ?? first?.address ?? null,
    });
  }
  const sightings = listSightings(observed);
  const timelines = [...latest.values()].map((server) =>
    buildServerTimeline(server, sightings.get(server.instanceId) ?? [], observed),
  );
  return [...timelines.filter(({ side }) => side === 'old'), ...timelines.filter(({ side }) => side === 'new')];
}

/** A server in one observation, and which one that is. */
interface Sighting extends TimeSpan {
  readonly index: number;
  readonly server: ServerDocument;
}

/** By instance id, in one pass: the events may be many. */
function listSightings(observed: readonly ObservedSpan[]): ReadonlyMap<string, readonly Sighting[]> {
  const found = new Map<string, Sighting[]>();
  for (const [index, { servers, fromMs, toMs }] of observed.entries()) {
    for (const server of servers) {
      const own = found.get(server.instanceId) ?? [];
      if (own.at(-1)?.index !== index) own.push({ index, server, fromMs, toMs });
      found.set(server.instanceId, own);
    }
  }
  return found;
}

function buildServerTimeline(
  server: ServerDocument,
  sightings: readonly Sighting[],
  observed: readonly ObservedSpan[],
): ServerTimeline {
  const spans = sightings.map(({ fromMs, toMs, server: seen }) => {
    return { fromMs, toMs, state: SERVER_STATES[seen.state].bar, words: formatStateText(seen) };
  });
  const last = sightings.at(-1) ?? { index: -1, fromMs: 0, toMs: 0 };
  return {
    ...server,
    side: server.side ?? 'old',
    spans: mergeSpans(spans, (one, other) => one.words === other.words),
    goneAtMs: findNextMs(observed, last),
  };
}

/** When the next observation was, epoch milliseconds. */
function findNextMs(observed: readonly ObservedSpan[], { index, fromMs }: Pick<Sighting, 'index' | 'fromMs'>) {
  for (let at = index + 1; at < observed.length; at += 1) {
    const nextMs = observed[at]?.fromMs ?? fromMs;
    if (nextMs > fromMs) return nextMs;
  }
  return undefined;
}

/** State and traffic: `in service, leader`. */
function formatStateText({ state, traffic, leader }: ServerDocument): string {
  return [formatStateName(state), traffic !== null && traffic !== state && formatStateName(traffic), leader && 'leader']
    .filter(Boolean)
    .join(', ');
}
