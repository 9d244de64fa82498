import { getImage } from '../aws/images.js';
import type { SandboxAws } from '../aws/sandbox-aws.js';
import { type SeededCluster, seedCluster } from '../aws/seed-cluster.js';
import type { LoadBalancerChoice } from '../aws/seed-load-balancers.js';
import type { BootScriptRenderer } from '../interfaces.js';
import type { Target } from '../load-balancer/source.js';
import { SandboxError } from '../sandbox-error.js';
import { preserveLogs } from './kept-logs.js';
import { type ClusterReadiness, isReady, waitUntilReady } from './readiness.js';

/** The first cluster of a sandbox. */
export interface FirstClusterOptions {
  readonly size: number;
  readonly speed: number;
  readonly renderBootScript: BootScriptRenderer;
  /** What is in front of it; a classic load balancer when left out. */
  readonly loadBalancer?: LoadBalancerChoice | undefined;
  /** Of the sandbox, with the servers' logs. */
  readonly folder: string;
  /** Where its boot script turns ACLs on: a token that may read its Raft configuration. */
  readonly consulToken?: string | undefined;
  /** 2 minutes when left out. */
  readonly readyLimitMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What the first cluster runs. */
export const FIRST_IMAGE = getImage('consul-v1');

const NAME = 'consul';
const CONSUL_PORT = 8500;
const READY_LIMIT_MS = 120_000;
/** Brings the article's health check from every 30 s to every 2 s at speed 1. */
const CHECK_FACTOR = 15;

/**
 * Makes the article's cluster and waits until it is ready.
 *
 * @throws SandboxError `not-ready` when that takes too long, with where the servers' logs are; `interrupted`.
 */
export async function startCluster(aws: SandboxAws, first: FirstClusterOptions): Promise<SeededCluster> {
  const { size, speed, renderBootScript } = first;
  const cluster = seedCluster(aws, {
    size,
    name: NAME,
    image: FIRST_IMAGE,
    renderBootScript,
    checkFactor: CHECK_FACTOR * speed,
    loadBalancer: first.loadBalancer,
  });
  const limitMs = first.readyLimitMs ?? READY_LIMIT_MS;
  const readiness = await waitUntilReady(
    {
      size,
      consulPort: CONSUL_PORT,
      token: first.consulToken,
      registered: () => aws.balancers().flatMap((one) => one.instances),
      inService: () => fewestInService(aws, cluster),
    },
    limitMs,
    first.signal,
  );
  if (!isReady(readiness, size)) throw notReady(readiness, first, limitMs);
  return cluster;
}

/** Those of the load balancer that has the fewest. */
function fewestInService(aws: SandboxAws, { loadBalancers }: SeededCluster): readonly Target[] {
  const pools = loadBalancers.map(({ pool }) => aws.inService(pool));
  return pools.sort((a, b) => a.length - b.length)[0] ?? [];
}

function notReady(
  readiness: ClusterReadiness,
  { size, folder, signal }: FirstClusterOptions,
  limitMs: number,
): SandboxError {
  if (signal?.aborted) {
    return new SandboxError('interrupted', 'Interrupted before the cluster was ready.', 'start it again');
  }
  const { voters, healthy, inService } = readiness;
  const counts = `${voters} of ${size} servers vote, ${healthy} are healthy, ${inService} are in service`;
  const message = `The cluster is not ready after ${limitMs / 1_000} s: ${counts}.`;
  const logs = preserveLogs(folder);
  const next = logs === undefined ? 'try again with fewer servers' : `read the servers' logs in ${logs}`;
  return new SandboxError('not-ready', message, next);
}
