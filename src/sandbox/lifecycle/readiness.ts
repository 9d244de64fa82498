import { setTimeout as sleep } from 'node:timers/promises';
import { request } from 'undici';
import * as z from 'zod/mini';
import type { Target } from '../load-balancer/source.js';

/** How far a new cluster has come. */
export interface ClusterReadiness {
  /** Voters of the Raft configuration, as its leader knows it; 0 without a leader. */
  readonly voters: number;
  /** Servers that its autopilot calls healthy; none at first. */
  readonly healthy: number;
  /** Servers that the load balancer has in service. */
  readonly inService: number;
}

/** What `waitUntilReady` watches. */
export interface ClusterWatch {
  readonly size: number;
  readonly consulPort: number;
  /** Where ACLs are on: one that may read the Raft configuration. */
  readonly token: string | undefined;
  /** Every server the load balancer knows of. */
  registered(): readonly Target[];
  inService(): readonly Target[];
}

const POLL_MS = 200;
const ANSWER_LIMIT_MS = 1_000;

const Configuration = z.object({ Servers: z.array(z.object({ Voter: z.boolean() })) });
/** Answered with 429 while a server is unhealthy, and the same body. */
const Health = z.object({ Servers: z.array(z.object({ Healthy: z.boolean() })) });

/**
 * Waits until a cluster has a leader, all of its servers vote and are healthy, and the load balancer has all of
 * them in service.
 *
 * @returns the last readiness: complete, or how far it came when the limit ran out or `signal` was aborted.
 */
export async function waitUntilReady(
  watch: ClusterWatch,
  limitMs: number,
  signal: AbortSignal | undefined,
): Promise<ClusterReadiness> {
  const endMs = performance.now() + limitMs;
  for (;;) {
    const [voters, healthy] = await Promise.all([countVoters(watch), countHealthy(watch)]);
    const readiness = { voters, healthy, inService: watch.inService().length };
    if (isReady(readiness, watch.size) || performance.now() > endMs || signal?.aborted) return readiness;
    await sleep(POLL_MS);
  }
}

/** Whether all that many servers vote, are healthy and serve. */
export function isReady(readiness: ClusterReadiness, size: number): boolean {
  return readiness.voters === size && readiness.healthy === size && readiness.inService === size;
}

async function countVoters(watch: ClusterWatch): Promise<number> {
  const configuration = Configuration.safeParse(await requestFirst(watch, 'operator/raft/configuration'));
  return configuration.data?.Servers.filter((one) => one.Voter).length ?? 0;
}

async function countHealthy(watch: ClusterWatch): Promise<number> {
  const health = Health.safeParse(await requestFirst(watch, 'operator/autopilot/health'));
  return health.data?.Servers.filter((one) => one.Healthy).length ?? 0;
}

/** What the first server answers; undefined where that is nothing yet, or, without a leader, no JSON. */
async function requestFirst(watch: ClusterWatch, path: string): Promise<unknown> {
  const [server] = watch.registered();
  if (server === undefined) return undefined;
  try {
    const url = `http://${server.address}:${watch.consulPort}/v1/${path}`;
    const headers = watch.token === undefined ? {} : { 'x-consul-token': watch.token };
    const response = await request(url, { headers, signal: AbortSignal.timeout(ANSWER_LIMIT_MS), reset: true });
    return await response.body.json();
  } catch {
    return undefined;
  }
}
