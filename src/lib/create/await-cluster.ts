import type { Engine } from '../engine/engine.js';
import { buildIdleTarget, observe } from '../engine/observe/observe.js';
import type { CreationEvent, UnmetCondition } from '../model/cluster-spec.js';
import { messageOf, RollError } from '../model/errors.js';
import type { Observation } from '../model/observation.js';
import { findGaps, type Gap, measureObservedMs } from '../model/observed-time.js';
import type { Server } from '../model/server.js';
import { findOrphanPeers, isInService, isTerminating, listActiveServers } from '../model/servers.js';

export interface WaitLimits {
  /** Observed time from now until the cluster is complete. */
  readonly healthTimeoutMs: number;
  readonly intervalMs: number;
  /** Consecutive observations that must find the cluster complete. */
  readonly successThreshold: number;
  readonly signal: AbortSignal;
}

interface ExpectedCluster {
  readonly cluster: string;
  readonly group: string;
  readonly balancers: readonly string[];
  readonly size: number;
}

/** The last observation, and the conditions that it did not meet. */
interface AwaitedCluster {
  readonly observation: Observation | undefined;
  readonly unmetConditions: readonly UnmetCondition[];
  readonly interrupted: boolean;
}

/** Observes until the cluster is complete, the limit is reached, or the signal aborts. */
export async function waitForCluster(
  engine: Engine,
  expected: ExpectedCluster,
  { healthTimeoutMs: limitMs, intervalMs, successThreshold, signal }: WaitLimits,
  emit: (event: CreationEvent) => void,
): Promise<AwaitedCluster> {
  const { clock } = engine;
  const sinceMs = clock.now();
  const gaps: Gap[] = [];
  let observedAtMs = sinceMs;
  emit({ kind: 'waiting', atMs: sinceMs, limitMs, size: expected.size });
  let successes = 0;
  let last: Omit<AwaitedCluster, 'interrupted'> = { observation: undefined, unmetConditions: [{ kind: 'leader' }] };
  for (;;) {
    const now = await observeCluster(engine, expected, emit);
    successes = now?.unmetConditions.length === 0 ? successes + 1 : 0;
    last = now ?? last;
    if (successes >= successThreshold) return { ...last, interrupted: false };
    if (signal.aborted) return { ...last, interrupted: true };
    const nowMs = clock.now();
    gaps.push(...findGaps(observedAtMs, nowMs, intervalMs));
    observedAtMs = nowMs;
    if (measureObservedMs(gaps, sinceMs, nowMs) >= limitMs) return { ...last, interrupted: false };
    await clock.sleep(intervalMs, signal);
  }
}

/** Undefined after a temporary error of AWS. */
async function observeCluster(
  engine: Engine,
  { cluster, group, balancers, size }: ExpectedCluster,
  emit: (event: CreationEvent) => void,
): Promise<Omit<AwaitedCluster, 'interrupted'> | undefined> {
  try {
    const observation = await observe(engine, buildIdleTarget(cluster, group, balancers));
    const unmetConditions = findUnmetConditions(observation, size);
    emit({ kind: 'observed', atMs: observation.atMs, observation, unmetConditions });
    return { observation, unmetConditions };
  } catch (thrown) {
    if (!(thrown instanceof RollError) || !thrown.passing) throw thrown;
    emit({ kind: 'observation-failed', atMs: engine.clock.now(), message: messageOf(thrown) });
    return undefined;
  }
}

/**
 * Compares an observation with a complete cluster of this size: every instance in service in its group, one leader,
 * each server a healthy voter that names it, no other Raft peer, and every server in service in the load balancers.
 */
export function findUnmetConditions(observation: Observation, size: number): readonly UnmetCondition[] {
  const active = listActiveServers(observation, 'old');
  const running = active.filter(({ lifecycle }) => lifecycle === 'InService');
  const leaving = observation.servers.some(isTerminating);
  const unmet: UnmetCondition[] = [];
  if (running.length !== size || active.length !== size || leaving) {
    unmet.push({ kind: 'instances', have: running.length, want: size, why: observation.old?.launchFailure });
  }
  if (observation.raft === undefined) return [...unmet, { kind: 'leader' }];
  const unhealthy = active.filter((server) => !isHealthyVoter(server, observation));
  if (unhealthy.length > 0) unmet.push({ kind: 'voters', instanceIds: listInstanceIds(unhealthy) });
  const orphans = findOrphanPeers(observation);
  if (orphans.length > 0) unmet.push({ kind: 'unknown-peers', nodes: orphans.map(({ node }) => node) });
  const out = active.filter((server) => !isInService(server));
  if (out.length > 0) unmet.push({ kind: 'in-service', instanceIds: listInstanceIds(out) });
  return unmet;
}

function isHealthyVoter({ agent, peer }: Server, { raft }: Observation): boolean {
  return agent.kind === 'up' && agent.leader === raft?.leader && peer?.voter === true && peer.healthy;
}

function listInstanceIds(servers: readonly Server[]): readonly string[] {
  return servers.map(({ instanceId }) => instanceId);
}
