import { formatFlag, RollError } from '../model/errors.js';
import { buildJournalKey, type Journal } from '../model/journal.js';
import { buildHistoryKey, type PastRoll } from '../model/past-roll.js';
import type { Engine } from './engine.js';
import { parseHistory } from './run/history.js';
import { parseJournal } from './run/journal-value.js';
import { findLeaderHost } from './run/lock-keeper.js';
import { observeCluster } from './status.js';

interface StoreQuery {
  readonly cluster: string;
  readonly group: string | undefined;
}

/** What the store of a cluster has of one roll. */
interface RecordedRoll {
  readonly journal: Journal;
  /** Undefined where no run of the roll has ended yet, or the history has no room for it. */
  readonly past: PastRoll | undefined;
}

/**
 * The last rolls of a cluster, the last first, as their runs left them in its store. Changes nothing.
 *
 * @throws RollError `no-leader` where none answers; and what `findCluster` throws
 */
export async function readHistory(engine: Engine, query: StoreQuery): Promise<readonly PastRoll[]> {
  return parseHistory(await readStoredValue(engine, await findStore(engine, query), buildHistoryKey(query.cluster)));
}

/**
 * The roll whose journal the store of a cluster has: that of the last one. Changes nothing.
 *
 * @param rollId undefined for the last roll
 * @throws RollError `roll-not-recorded` where there is none, or it is another one; and what `readHistory` throws
 */
export async function readRecordedRoll(
  engine: Engine,
  query: StoreQuery & { readonly rollId: string | undefined },
): Promise<RecordedRoll> {
  const { cluster, rollId } = query;
  const host = await findStore(engine, query);
  const [rolls, journal] = await Promise.all([
    readStoredValue(engine, host, buildHistoryKey(cluster)).then(parseHistory),
    readStoredValue(engine, host, buildJournalKey(cluster)).then(parseJournal),
  ]);
  if (journal === undefined || (rollId !== undefined && rollId !== journal.rollId)) {
    throw notRecordedError(cluster, rollId, journal, rolls);
  }
  return { journal, past: rolls.find((one) => one.rollId === journal.rollId) };
}

async function findStore(engine: Engine, query: StoreQuery): Promise<string> {
  const { cluster } = query;
  const { observation } = await observeCluster(engine, query);
  const host = findLeaderHost(observation);
  if (host !== undefined) return host;
  throw new RollError({
    code: 'no-leader',
    message: `No leader of cluster ${cluster} answers, and the history of its rolls is in its store.`,
    kind: 'refused',
    state: 'This command changed nothing.',
    next: `consul-roll status ${formatFlag('cluster', cluster)}`,
  });
}

async function readStoredValue({ consul }: Engine, host: string, key: string): Promise<string | undefined> {
  return (await consul.readKey(host, key)).value;
}

function notRecordedError(
  cluster: string,
  rollId: string | undefined,
  journal: Journal | undefined,
  rolls: readonly PastRoll[],
): RollError {
  const wanted = rollId === undefined ? 'no journal of a roll' : `no journal of roll ${rollId}`;
  const kept = journal && `It has the journal of the last roll, ${journal.rollId}.`;
  const known = rolls.map((one) => one.rollId);
  const listed = known.length > 0 ? `Its history lists ${known.join(', ')}.` : 'Its history is empty.';
  const name = formatFlag('cluster', cluster);
  return new RollError({
    code: 'roll-not-recorded',
    message: [`The store of cluster ${cluster} has ${wanted}.`, ...(kept === undefined ? [] : [kept]), listed].join(
      ' ',
    ),
    kind: 'refused',
    state: 'This command changed nothing.',
    next:
      journal === undefined
        ? `consul-roll history ${name}`
        : `consul-roll report ${name} ${formatFlag('roll', journal.rollId)} --out roll.html`,
  });
}
