import type { Decision, DecisionInput } from '../model/decision.js';
import type { HealthIssue } from '../model/health-issue.js';
import type { Limits } from '../model/intent.js';
import { listBalancers } from '../model/load-balancer.js';
import { EMPTY_MEMORY, type Memory } from '../model/memory.js';
import type { Observation } from '../model/observation.js';
import type { ClusterStatus } from '../model/plan.js';
import { parseHost } from '../model/server.js';
import { findOrphanPeers } from '../model/servers.js';
import { awaitConfirmation, decide } from './decide/decide.js';
import { findFailedGates } from './decide/gates.js';
import { findHealthIssues } from './decide/health.js';
import type { Engine } from './engine.js';
import { type FoundRoll, findCluster } from './observe/find-cluster.js';
import { buildIdleTarget, observe } from './observe/observe.js';
import { readLockThroughLeader } from './run/lock.js';
import { buildObservationTarget } from './run/start.js';

/**
 * The cluster, its roll and what that roll would do next, from one observation. Changes nothing.
 *
 * @throws RollError what `findCluster` throws
 */
export async function readStatus(
  engine: Engine,
  query: { readonly cluster: string; readonly group: string | undefined; readonly limits: Limits },
): Promise<ClusterStatus> {
  const { roll, observation } = await observeCluster(engine, query);
  const recorded = roll?.record.intent;
  const memory = assumePassedGates(observation);
  return {
    observation,
    memory,
    intent: recorded,
    next: roll && decideNext(roll, { observation, memory, intent: roll.record.intent, limits: query.limits }),
    lock: await readLockThroughLeader(engine, observation),
    healthIssues: recorded === undefined ? await findHealthIssuesIn(engine, observation) : [],
  };
}

/**
 * One observation of a cluster, with the groups of its roll where one is recorded.
 *
 * @throws RollError what `findCluster` throws
 */
export async function observeCluster(
  engine: Engine,
  query: { readonly cluster: string; readonly group: string | undefined },
): Promise<{ readonly observation: Observation; readonly roll: FoundRoll | undefined }> {
  const found = await findCluster(engine, query);
  const { old, roll } = found;
  const target =
    roll === undefined
      ? buildIdleTarget(query.cluster, old?.name ?? '', old === undefined ? [] : listBalancers(old))
      : buildObservationTarget(roll.record.intent, found);
  return { observation: await observe(engine, target), roll };
}

/** Nothing follows from what only tags tell. */
function decideNext({ kind, record }: FoundRoll, input: DecisionInput): Decision {
  const stored = input.observation.raft?.record;
  const isStored = stored !== undefined && stored !== 'damaged' && stored.intent.rollId === record.intent.rollId;
  return kind === 'stored' || isStored ? decide(input) : awaitConfirmation(input);
}

/**
 * A roll counts successful checks over several observations. From a single one, a server whose gates are all open has
 * passed them; otherwise the roll would always seem to wait for it.
 */
function assumePassedGates(observation: Observation): Memory {
  const open = observation.servers.filter((server) => findFailedGates(observation, server).length === 0);
  return { ...EMPTY_MEMORY, passedGates: open.map(({ instanceId }) => instanceId) };
}

/** Autopilot's settings are read only if there are orphan peers that it may remove. */
async function findHealthIssuesIn({ consul }: Engine, observation: Observation): Promise<readonly HealthIssue[]> {
  if (observation.raft === undefined || findOrphanPeers(observation).length === 0)
    return findHealthIssues(observation, undefined);
  return findHealthIssues(observation, await consul.readAutopilot(parseHost(observation.raft.leader)));
}
