import { nothingRecorded } from './begin.js';
import type { Engine } from './engine.js';
import type { Intent } from './model/intent.js';
import { isRecorded, PAUSE_TAG } from './model/tags.js';
import { locate } from './survey/locate.js';

/**
 * Asks the roll of a cluster to pause, by a tag on a group of it that its next look reads.
 *
 * @throws RollError `no-roll`, exit 3, when none is going on
 */
export async function pause(
  engine: Engine,
  query: { readonly cluster: string; readonly group?: string | undefined },
): Promise<Intent> {
  const { old, new: group, recorded } = await locate(engine.cloud, query.cluster, query.group);
  if (recorded === undefined) throw nothingRecorded(query.cluster);
  const asked = `${engine.holder} at ${new Date(engine.clock.now()).toISOString()}`;
  for (const one of [old, group]) {
    if (isRecorded(one)) await engine.cloud.tag(one.name, { [PAUSE_TAG]: asked });
  }
  return recorded;
}
