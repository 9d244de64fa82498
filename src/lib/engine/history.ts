import { formatFlag, RollError } from '../model/errors.js';
import { buildHistoryKey, type PastRoll } from '../model/past-roll.js';
import type { Engine } from './engine.js';
import { parseHistory } from './run/history.js';
import { findLeaderHost } from './run/lock-keeper.js';
import { observeCluster } from './status.js';

/**
 * The last rolls of a cluster, the last first, as their runs left them in its store. Changes nothing.
 *
 * @throws RollError `no-leader` where none answers; and what `findCluster` throws
 */
export async function readHistory(
  engine: Engine,
  query: { readonly cluster: string; readonly group: string | undefined },
): Promise<readonly PastRoll[]> {
  const { cluster } = query;
  const { observation } = await observeCluster(engine, query);
  const host = findLeaderHost(observation);
  if (host === undefined) {
    throw new RollError({
      code: 'no-leader',
      message: `No leader of cluster ${cluster} answers, and the history of its rolls is in its store.`,
      kind: 'refused',
      state: 'This command changed nothing.',
      next: `consul-roll status ${formatFlag('cluster', cluster)}`,
    });
  }
  const { value } = await engine.consul.readKey(host, buildHistoryKey(cluster));
  return parseHistory(value);
}
