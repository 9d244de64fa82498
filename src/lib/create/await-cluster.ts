import { findOrphanPeers, isInService, isTerminating, listActiveServers } from '../engine/decide/servers.js';
import type { Engine } from '../engine/engine.js';
import { type ObservationTarget, observe } from '../engine/observe/observe.js';
import type { CreationEvent, UnmetCondition } from '../model/cluster-spec.js';
import { messageOf, RollError } from '../model/errors.js';
import type { Observation } from '../model/observation.js';
import type { Server } from '../model/server.js';

/** How long to wait for a cluster, and how sure to be. */
export interface WaitLimits {
  /** From now until the cluster is whole. */
  readonly healthTimeoutMs: number;
  readonly intervalMs: number;
  /** Looks in a row at which nothing may be lacking. */
  readonly successThreshold: number;
  readonly signal: AbortSignal;
}

/** What is waited for. */
export interface ExpectedCluster {
  readonly cluster: string;
  readonly group: string;
  readonly balancers: readonly string[];
  readonly size: number;
}

/** What the last look saw, and what was lacking then; nothing, where the cluster became whole in time. */
export interface AwaitedCluster {
  readonly survey: Observation | undefined;
  readonly missing: readonly UnmetCondition[];
  readonly interrupted: boolean;
}

/** Looks until the cluster is whole, or time or somebody's patience is over. */
export async function waitForCluster(
  engine: Engine,
  expected: ExpectedCluster,
  patience: WaitLimits,
  emit: (event: CreationEvent) => void,
): Promise<AwaitedCluster> {
  const { clock } = engine;
  const { healthTimeoutMs: limitMs, intervalMs, successThreshold: looks, signal } = patience;
  const sinceMs = clock.now();
  emit({ kind: 'waiting', atMs: sinceMs, limitMs, size: expected.size });
  let inARow = 0;
  let last: Omit<AwaitedCluster, 'interrupted'> = { survey: undefined, missing: [{ kind: 'leader' }] };
  for (;;) {
    const seen = await observeCluster(engine, expected, emit);
    inARow = seen?.missing.length === 0 ? inARow + 1 : 0;
    last = seen ?? last;
    if (inARow >= looks) return { ...last, interrupted: false };
    if (signal.aborted) return { ...last, interrupted: true };
    if (clock.now() - sinceMs >= limitMs) return { ...last, interrupted: false };
    await clock.sleep(intervalMs, signal);
  }
}

/** Undefined where AWS could not be read, which may pass. */
async function observeCluster(
  engine: Engine,
  { cluster, group, balancers, size }: ExpectedCluster,
  emit: (event: CreationEvent) => void,
): Promise<Omit<AwaitedCluster, 'interrupted'> | undefined> {
  const target: ObservationTarget = {
    cluster,
    oldGroup: group,
    newGroup: undefined,
    next: undefined,
    launchConfigurations: [],
    balancers,
    preflightFacts: undefined,
  };
  try {
    const observation = await observe(engine, target);
    const unmetConditions = findUnmetConditions(observation, size);
    emit({ kind: 'observed', atMs: observation.atMs, observation, unmetConditions });
    return { survey: observation, missing: unmetConditions };
  } catch (thrown) {
    if (!(thrown instanceof RollError) || !thrown.passing) throw thrown;
    emit({ kind: 'observation-failed', atMs: engine.clock.now(), message: messageOf(thrown) });
    return undefined;
  }
}

/**
 * What a cluster of this size still lacks at one look: every instance in service for its group, one leader, each of
 * them a healthy voter that agrees with him, nobody else in Raft, and all in service in the load balancers. Empty
 * when it lacks nothing.
 */
export function findUnmetConditions(observation: Observation, size: number): readonly UnmetCondition[] {
  const standing = listActiveServers(observation, 'old');
  const running = standing.filter(({ lifecycle }) => lifecycle === 'InService');
  const leaving = observation.servers.some(isTerminating);
  const short: UnmetCondition[] = [];
  if (running.length !== size || standing.length !== size || leaving) {
    short.push({ kind: 'instances', have: running.length, want: size, why: observation.old?.launchFailure });
  }
  if (observation.raft === undefined) return [...short, { kind: 'leader' }];
  const silent = standing.filter((server) => !isHealthyVoter(server, observation));
  if (silent.length > 0) short.push({ kind: 'voters', instanceIds: listInstanceIds(silent) });
  const orphans = findOrphanPeers(observation);
  if (orphans.length > 0) short.push({ kind: 'unknown-peers', nodes: orphans.map(({ node }) => node) });
  const out = standing.filter((server) => !isInService(server));
  if (out.length > 0) short.push({ kind: 'in-service', instanceIds: listInstanceIds(out) });
  return short;
}

function isHealthyVoter({ agent, peer }: Server, { raft }: Observation): boolean {
  return agent.kind === 'up' && agent.leader === raft?.leader && peer?.voter === true && peer.healthy;
}

function listInstanceIds(servers: readonly Server[]): readonly string[] {
  return servers.map(({ instanceId }) => instanceId);
}
