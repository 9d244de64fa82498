import type { ServerDocument } from '../json/parts.js';
import { formatStateName, SERVER_STATES } from '../server-states.js';
import type { ServerTimeline } from './model.js';
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
  const timelines = [...latest.values()].map((server) => buildServerTimeline(server, observed));
  return [...timelines.filter(({ side }) => side === 'old'), ...timelines.filter(({ side }) => side === 'new')];
}

function buildServerTimeline(server: ServerDocument, observed: readonly ObservedSpan[]): ServerTimeline {
  const spans = observed.flatMap(({ servers, fromMs, toMs }) => {
    const found = servers.find((one) => one.instanceId === server.instanceId);
    return found === undefined
      ? []
      : [{ fromMs, toMs, state: SERVER_STATES[found.state].bar, words: formatStateText(found) }];
  });
  return {
    ...server,
    side: server.side ?? 'old',
    spans: mergeSpans(spans, (one, other) => one.words === other.words),
    goneAtMs: observed.find(({ fromMs }) => fromMs >= (spans.at(-1)?.toMs ?? 0) && fromMs > (spans.at(-1)?.fromMs ?? 0))
      ?.fromMs,
  };
}

/** State and traffic: `in service, leader`. */
function formatStateText({ state, traffic, leader }: ServerDocument): string {
  return [formatStateName(state), traffic !== null && traffic !== state && formatStateName(traffic), leader && 'leader']
    .filter(Boolean)
    .join(', ');
}
