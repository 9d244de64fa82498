import { formatFlag, formatUntagCommand, RollError } from '../model/errors.js';
import type { Intent } from '../model/intent.js';
import type { PauseResult } from '../model/plan.js';
import { isRecorded, PAUSE_TAG } from '../model/tags.js';
import type { Engine } from './engine.js';
import { type FoundCluster, findCluster } from './observe/find-cluster.js';
import { observe } from './observe/observe.js';
import { readLockThroughLeader } from './run/lock.js';
import { buildObservationTarget, noRollError } from './run/start.js';

interface PauseQuery {
  readonly cluster: string;
  readonly group?: string | undefined;
}

/**
 * Asks the roll of a cluster to pause, by a tag on its groups that the roll's next observation reads. The tag does not
 * stop a run that begins later.
 *
 * @throws RollError `no-roll` when no roll is recorded, or it ended before the request; and what `findCluster` throws
 */
export async function requestPause(engine: Engine, query: PauseQuery): Promise<PauseResult> {
  const found = await findCluster(engine, query);
  const { old, new: group, roll } = found;
  // Also one that is not confirmed, with a token that may not read the store: the roll stops, and nothing else.
  if (roll === undefined) throw noRollError(query.cluster);
  const { intent: recorded } = roll.record;
  // Before the request: the run may end within a second of it, and release the lock.
  const runner = await findRunner(engine, recorded, found);
  // A tag has up to 256 characters.
  const request = `${engine.holder.slice(0, 220)} at ${new Date(engine.clock.now()).toISOString()}`;
  for (const one of [old, group]) {
    if (isRecorded(one)) await engine.cloud.tag(one.name, { [PAUSE_TAG]: request });
  }
  if (!(await isInProgress(engine, query, recorded))) throw await withdraw(engine, recorded, found);
  return { intent: recorded, runner };
}

/** Whether the roll is not over yet. A cluster that cannot be read now was read before the request. */
async function isInProgress(engine: Engine, query: PauseQuery, { rollId }: Intent): Promise<boolean> {
  try {
    const { roll } = await findCluster(engine, query);
    return roll?.record.intent.rollId === rollId;
  } catch {
    return true;
  }
}

/** No roll removes the tag of a request that came after its last step. */
async function withdraw(engine: Engine, { rollId, cluster }: Intent, { old, new: group }: FoundCluster) {
  const tagged = [old, group].filter(isRecorded);
  const removed = await Promise.allSettled(tagged.map(({ name }) => engine.cloud.untag(name, [PAUSE_TAG])));
  const left = tagged.filter((_group, index) => removed[index]?.status === 'rejected');
  const status = `consul-roll status ${formatFlag('cluster', cluster)}`;
  return new RollError({
    code: 'no-roll',
    message: `Roll ${rollId} of cluster ${cluster} ended before it could be paused.`,
    kind: 'refused',
    ...(left.length > 0 && { state: 'The tag of the request could not be removed; it pauses no later roll.' }),
    next: left.length === 0 ? status : `${status}; remove the tag: ${formatUntagCommand(left, PAUSE_TAG)}`,
  });
}

/** Errors are ignored: the roll is asked to pause whether or not its runner is known. */
async function findRunner(engine: Engine, recorded: Intent, found: FoundCluster): Promise<PauseResult['runner']> {
  try {
    const observation = await observe(engine, buildObservationTarget(recorded, found));
    if (observation.raft === undefined) return 'unknown';
    return (await readLockThroughLeader(engine, observation)) ?? 'none';
  } catch {
    return 'unknown';
  }
}
