import type { HealthIssue } from '../model/health-issue.js';
import type { Limits } from '../model/intent.js';
import { listBalancers } from '../model/load-balancer.js';
import { EMPTY_MEMORY, type Memory } from '../model/memory.js';
import type { Observation } from '../model/observation.js';
import type { ClusterStatus, LockHolder } from '../model/plan.js';
import { parseHost } from '../model/server.js';
import { decide } from './decide/decide.js';
import { findFailedGates } from './decide/gates.js';
import { findHealthIssues } from './decide/health.js';
import { findOrphanPeers } from './decide/servers.js';
import type { Engine } from './engine.js';
import { findCluster } from './observe/find-cluster.js';
import { type ObservationTarget, observe } from './observe/observe.js';
import { readLock } from './run/lock.js';
import { buildObservationTarget } from './run/start.js';

/**
 * The cluster, the roll on it and what that roll would do next, from one look. Changes nothing.
 *
 * @throws RollError exit 3 when the cluster is not found
 */
export async function readStatus(
  engine: Engine,
  query: { readonly cluster: string; readonly group: string | undefined; readonly limits: Limits },
): Promise<ClusterStatus> {
  const { old, new: group, recorded } = await findCluster(engine.cloud, query.cluster, query.group);
  const alone: ObservationTarget = {
    cluster: query.cluster,
    oldGroup: old?.name ?? '',
    newGroup: undefined,
    next: undefined,
    launchConfigurations: [],
    balancers: old === undefined ? [] : listBalancers(old),
    preflightFacts: undefined,
  };
  const target = recorded === undefined ? alone : buildObservationTarget(recorded, [old, group]);
  const observation = await observe(engine, target);
  const memory = assumePassedGates(observation);
  return {
    observation,
    memory,
    intent: recorded,
    next: recorded && decide({ observation, memory, intent: recorded, limits: query.limits }),
    lock: await readLockHolder(engine, query.cluster, observation),
    healthIssues: recorded === undefined ? await findHealthIssuesIn(engine, observation) : [],
  };
}

/**
 * What a roll under way counts over many looks, one look cannot: servers whose gates are all open now are taken
 * for proved, or the roll would always seem to be waiting for them.
 */
function assumePassedGates(observation: Observation): Memory {
  const open = observation.servers.filter((server) => findFailedGates(observation, server).length === 0);
  return { ...EMPTY_MEMORY, passedGates: open.map(({ instanceId }) => instanceId) };
}

/** What autopilot will do is asked only where there is something for it to do. */
async function findHealthIssuesIn(
  { consul }: Engine,
  observation: Observation,
): Promise<readonly HealthIssue[]> {
  if (observation.raft === undefined || findOrphanPeers(observation).length === 0)
    return findHealthIssues(observation, undefined);
  return findHealthIssues(observation, await consul.readAutopilot(parseHost(observation.raft.leader)));
}

async function readLockHolder(
  engine: Engine,
  cluster: string,
  observation: Observation,
): Promise<LockHolder | undefined> {
  return observation.raft === undefined
    ? undefined
    : readLock(engine, cluster, parseHost(observation.raft.leader));
}
