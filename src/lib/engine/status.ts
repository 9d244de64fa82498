import type { Ailment } from '../model/health-issue.js';
import type { Limits } from '../model/intent.js';
import { balancersOf } from '../model/load-balancer.js';
import type { Survey } from '../model/observation.js';
import type { LockHolder, Status } from '../model/plan.js';
import { hostOf } from '../model/server.js';
import { decide } from './decide/decide.js';
import { closedGates } from './decide/gates.js';
import { ailmentsOf } from './decide/health.js';
import { ghostsOf } from './decide/servers.js';
import type { Engine } from './engine.js';
import { locate } from './observe/find-cluster.js';
import { type Scene, takeSurvey } from './observe/observe.js';
import { readLock } from './run/lock.js';
import { sceneOf } from './run/start.js';

/**
 * The cluster, the roll on it and what that roll would do next, from one look. Changes nothing.
 *
 * @throws RollError exit 3 when the cluster is not found
 */
export async function status(
  engine: Engine,
  query: { readonly cluster: string; readonly group: string | undefined; readonly limits: Limits },
): Promise<Status> {
  const { old, new: group, recorded } = await locate(engine.cloud, query.cluster, query.group);
  const alone: Scene = {
    cluster: query.cluster,
    oldGroup: old?.name ?? '',
    newGroup: undefined,
    fresh: undefined,
    templates: [],
    balancers: old === undefined ? [] : balancersOf(old),
    facts: undefined,
  };
  const scene = recorded === undefined ? alone : sceneOf(recorded, [old, group]);
  const survey = proved(await takeSurvey(engine, scene));
  return {
    survey,
    intent: recorded,
    next: recorded && decide(survey, recorded, query.limits),
    lock: await holderOf(engine, query.cluster, survey),
    ailments: recorded === undefined ? await ailmentsIn(engine, survey) : [],
  };
}

/**
 * What a roll under way counts over many looks, one look cannot: servers whose gates are all open now are taken
 * for proved, or the roll would always seem to be waiting for them.
 */
function proved(survey: Survey): Survey {
  const open = survey.servers.filter((server) => closedGates(survey, server).length === 0);
  return { ...survey, history: { ...survey.history, proved: open.map(({ instanceId }) => instanceId) } };
}

/** What autopilot will do is asked only where there is something for it to do. */
async function ailmentsIn({ consul }: Engine, survey: Survey): Promise<readonly Ailment[]> {
  if (survey.raft === undefined || ghostsOf(survey).length === 0) return ailmentsOf(survey, undefined);
  return ailmentsOf(survey, await consul.autopilot(hostOf(survey.raft.leader)));
}

async function holderOf(engine: Engine, cluster: string, survey: Survey): Promise<LockHolder | undefined> {
  return survey.raft === undefined ? undefined : readLock(engine, cluster, hostOf(survey.raft.leader));
}
