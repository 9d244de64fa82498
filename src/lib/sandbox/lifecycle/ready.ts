import { setTimeout as sleep } from 'node:timers/promises';
import { request } from 'undici';
import { z } from 'zod/mini';
import type { Target } from '../balancer/source.js';

/** How far a new cluster has come. */
export interface Readiness {
  /** Voters of the Raft configuration, as its leader knows it; 0 without a leader. */
  readonly voters: number;
  /** Servers that the load balancer has in service. */
  readonly inService: number;
}

/** What `waitUntilReady` looks at. */
export interface ClusterWatch {
  readonly size: number;
  readonly consulPort: number;
  /** Every server the load balancer knows of. */
  registered(): readonly Target[];
  inService(): readonly Target[];
}

const LOOK_EVERY_MS = 200;
const ANSWER_LIMIT_MS = 1_000;

const Configuration = z.object({ Servers: z.array(z.object({ Voter: z.boolean() })) });

/**
 * Waits until a cluster has a leader, all of its servers vote and the load balancer has all of them in service.
 *
 * @returns the last look: complete, or as far as it came when the limit ran out or `signal` was aborted.
 */
export async function waitUntilReady(
  watch: ClusterWatch,
  limitMs: number,
  signal: AbortSignal | undefined,
): Promise<Readiness> {
  const endMs = performance.now() + limitMs;
  for (;;) {
    const seen = { voters: await countVoters(watch), inService: watch.inService().length };
    if (isReady(seen, watch.size) || performance.now() > endMs || signal?.aborted) return seen;
    await sleep(LOOK_EVERY_MS);
  }
}

/** Whether all that many servers vote and serve. */
export function isReady(seen: Readiness, size: number): boolean {
  return seen.voters === size && seen.inService === size;
}

async function countVoters(watch: ClusterWatch): Promise<number> {
  const [server] = watch.registered();
  if (server === undefined) return 0;
  try {
    const url = `http://${server.address}:${watch.consulPort}/v1/operator/raft/configuration`;
    const answer = await request(url, { signal: AbortSignal.timeout(ANSWER_LIMIT_MS), reset: true });
    const configuration = Configuration.parse(await answer.body.json());
    return configuration.Servers.filter((one) => one.Voter).length;
  } catch {
    // No answer yet, or no leader, which is not JSON.
    return 0;
  }
}
