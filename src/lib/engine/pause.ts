import type { Intent } from '../model/intent.js';
import type { PauseResult } from '../model/plan.js';
import { isRecorded, PAUSE_TAG } from '../model/tags.js';
import type { Engine } from './engine.js';
import { type FoundCluster, findCluster } from './observe/find-cluster.js';
import { observe } from './observe/observe.js';
import { readLockThroughLeader } from './run/lock.js';
import { buildObservationTarget, noRollError } from './run/start.js';

/**
 * Asks the roll of a cluster to pause, by a tag on its groups that the roll's next observation reads. The tag does not
 * stop a run that begins later.
 *
 * @throws RollError `no-roll` when no roll is recorded
 */
export async function requestPause(
  engine: Engine,
  query: { readonly cluster: string; readonly group?: string | undefined },
): Promise<PauseResult> {
  const cluster = await findCluster(engine.cloud, query.cluster, query.group);
  const { old, new: group, recorded } = cluster;
  if (recorded === undefined) throw noRollError(query.cluster);
  // Before the request: the run may end within a second of it, and release the lock.
  const runner = await findRunner(engine, recorded, cluster);
  const request = `${engine.holder} at ${new Date(engine.clock.now()).toISOString()}`;
  for (const one of [old, group]) {
    if (isRecorded(one)) await engine.cloud.tag(one.name, { [PAUSE_TAG]: request });
  }
  return { intent: recorded, runner };
}

/** Errors are ignored: the roll is asked to pause whether or not its runner is known. */
async function findRunner(
  engine: Engine,
  intent: Intent,
  { old, new: group }: FoundCluster,
): Promise<PauseResult['runner']> {
  try {
    const observation = await observe(engine, buildObservationTarget(intent, [old, group]));
    if (observation.raft === undefined) return 'unknown';
    return (await readLockThroughLeader(engine, observation)) ?? 'none';
  } catch {
    return 'unknown';
  }
}
