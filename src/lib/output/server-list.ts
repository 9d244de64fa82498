import type { ObservedEvent } from '../model/events.js';
import type { Server } from '../model/server.js';

/** The servers that any observation of this run has shown. */
export interface ServerList {
  /** In the order they were first seen; one that is no longer there has the lifecycle `Gone`. */
  readonly servers: readonly Server[];
  /** By instance, for members without a vote: since when they are healthy. Epoch milliseconds, by this clock. */
  readonly healthySinceMs: Readonly<Record<string, number>>;
  /** How long Consul watches a new server before it may vote; undefined where that was not read. */
  readonly stabilizationMs: number | undefined;
}

export const EMPTY_SERVER_LIST: ServerList = { servers: [], healthySinceMs: {}, stabilizationMs: undefined };

export function updateServerList(
  { servers, healthySinceMs, stabilizationMs }: ServerList,
  { observation, stabilizationMs: read }: Pick<ObservedEvent, 'observation' | 'stabilizationMs'>,
): ServerList {
  const now = new Map(observation.servers.map((server) => [server.instanceId, server]));
  const known = new Set(servers.map(({ instanceId }) => instanceId));
  const waiting = observation.servers.filter(({ peer }) => peer !== undefined && !peer.voter && peer.healthy);
  return {
    servers: [
      ...servers.map((server) => now.get(server.instanceId) ?? markGone(server)),
      ...observation.servers.filter(({ instanceId }) => !known.has(instanceId)),
    ],
    healthySinceMs: Object.fromEntries(
      waiting.map(({ instanceId }) => [instanceId, healthySinceMs[instanceId] ?? observation.atMs]),
    ),
    stabilizationMs: observation.preflightFacts?.autopilot?.serverStabilizationMs ?? read ?? stabilizationMs,
  };
}

/** Milliseconds until a server may vote; undefined where it votes already, or where that is not known. */
export function estimateUntilVoteMs(
  { healthySinceMs, stabilizationMs }: ServerList,
  { instanceId }: Server,
  nowMs: number,
): number | undefined {
  const sinceMs = healthySinceMs[instanceId];
  if (sinceMs === undefined || stabilizationMs === undefined) return undefined;
  return Math.max(0, sinceMs + stabilizationMs - nowMs);
}

function markGone(server: Server): Server {
  return server.lifecycle === 'Gone' ? server : { ...server, lifecycle: 'Gone', balancers: {}, peer: undefined };
}
