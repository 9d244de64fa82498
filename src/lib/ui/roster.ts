import type { Server } from '../model/server.js';
import type { Survey } from '../model/survey.js';

/** The servers a roll has had to do with, as far as its watcher has seen them. */
export interface Roster {
  /** In the order they were first seen; one that is there no more has the lifecycle `Gone`. */
  readonly servers: readonly Server[];
  /** By instance, of those that may not vote yet: since when they are healthy. Epoch milliseconds, by this clock. */
  readonly healthySinceMs: Readonly<Record<string, number>>;
  /** How long Consul watches a new server before it lets it vote; undefined where nobody asked. */
  readonly stabilizationMs: number | undefined;
}

export const NOBODY_SEEN: Roster = { servers: [], healthySinceMs: {}, stabilizationMs: undefined };

/** The roster once this look is known. */
export function rosterWith({ servers, healthySinceMs, stabilizationMs }: Roster, survey: Survey): Roster {
  const now = new Map(survey.servers.map((server) => [server.instanceId, server]));
  const known = new Set(servers.map(({ instanceId }) => instanceId));
  const waiting = survey.servers.filter(({ peer }) => peer !== undefined && !peer.voter && peer.healthy);
  return {
    servers: [
      ...servers.map((server) => now.get(server.instanceId) ?? gone(server)),
      ...survey.servers.filter(({ instanceId }) => !known.has(instanceId)),
    ],
    healthySinceMs: Object.fromEntries(
      waiting.map(({ instanceId }) => [instanceId, healthySinceMs[instanceId] ?? survey.atMs]),
    ),
    stabilizationMs:
      survey.facts?.autopilot?.serverStabilizationMs ?? survey.history.stabilizationMs ?? stabilizationMs,
  };
}

/** Milliseconds until a server may vote; undefined where it does already, or where that cannot be told. */
export function untilVoteMs(
  { healthySinceMs, stabilizationMs }: Roster,
  { instanceId }: Server,
  nowMs: number,
): number | undefined {
  const sinceMs = healthySinceMs[instanceId];
  if (sinceMs === undefined || stabilizationMs === undefined) return undefined;
  return Math.max(0, sinceMs + stabilizationMs - nowMs);
}

function gone(server: Server): Server {
  return server.lifecycle === 'Gone'
    ? server
    : { ...server, lifecycle: 'Gone', balancers: {}, peer: undefined };
}
