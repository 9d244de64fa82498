import type { Intent } from '../model/intent.js';
import type { Paused } from '../model/plan.js';
import { hostOf } from '../model/server.js';
import { isRecorded, PAUSE_TAG } from '../model/tags.js';
import type { Engine } from './engine.js';
import { type Located, locate } from './observe/find-cluster.js';
import { takeSurvey } from './observe/observe.js';
import { readLock } from './run/lock.js';
import { nothingRecorded, sceneOf } from './run/start.js';

/**
 * Asks the roll of a cluster to pause, by a tag on a group of it that its next look reads. Who begins to run it later
 * is not stopped by that.
 *
 * @throws RollError `no-roll`, exit 3, when none is going on
 */
export async function pause(
  engine: Engine,
  query: { readonly cluster: string; readonly group?: string | undefined },
): Promise<Paused> {
  const located = await locate(engine.cloud, query.cluster, query.group);
  const { old, new: group, recorded } = located;
  if (recorded === undefined) throw nothingRecorded(query.cluster);
  // First: it may end within a second of being asked, and give its lock back.
  const runner = await runnerOf(engine, recorded, located);
  const asked = `${engine.holder} at ${new Date(engine.clock.now()).toISOString()}`;
  for (const one of [old, group]) {
    if (isRecorded(one)) await engine.cloud.tag(one.name, { [PAUSE_TAG]: asked });
  }
  return { intent: recorded, runner };
}

/** The roll is asked all the same, so that whatever keeps this from being told is no error. */
async function runnerOf(
  engine: Engine,
  intent: Intent,
  { old, new: group }: Located,
): Promise<Paused['runner']> {
  try {
    const { raft } = await takeSurvey(engine, sceneOf(intent, [old, group]));
    if (raft === undefined) return 'unknown';
    return (await readLock(engine, intent.cluster, hostOf(raft.leader))) ?? 'nobody';
  } catch {
    return 'unknown';
  }
}
