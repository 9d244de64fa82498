import {
  type MissingState,
  type NotCompared,
  STATE_KINDS,
  type StateKind,
  type StateNames,
  type UnreadCause,
} from '../../model/comparison.js';
import type { Engine } from '../engine.js';

/** In how many lists of a server a name must be missing: one that is deleted and written again may be missing in one. */
const MIN_LISTS = 3;
const PAUSE_MS = 1000;
/**
 * How long a server is waited for that has not applied yet what the leader listed. Later it is compared with the next
 * observation, until the roll gives it up.
 */
const MAX_LAG_MS = 15_000;
/** After this the other servers are left to the next observation: nothing else is observed meanwhile. */
const MAX_COMPARISON_MS = 30_000;

/** What servers lack of the leader's state, by address; servers that could not be read are left out. */
interface StateComparison {
  readonly byAddress: ReadonlyMap<string, 'same' | MissingState>;
  /** Kinds that could not be compared on at least one of the servers, or only as far as the token may read. */
  readonly notCompared: readonly NotCompared<StateKind>[];
}

type Names = StateNames['found'];

/**
 * Compares the state that servers have themselves with the leader's, by the names that the token may list. Missing is
 * what the leader had before and after, and the server had in none of its lists after it had applied everything up to
 * the leader's first. One server after another: of a big store, the names of two servers are in memory. Lists of a store that
 * take long are of one server an observation.
 */
export async function compareStates(
  { consul, clock }: Engine,
  leader: string,
  addresses: readonly string[],
): Promise<StateComparison> {
  const startMs = clock.now();
  const first = await consul.listState(leader, 'leader');
  if (first === undefined) return { byAddress: new Map(), notCompared: [] };
  const unread: Partial<Record<StateKind, UnreadCause>> = { ...first.unread };
  const byAddress = new Map<string, 'same' | MissingState>();
  for (const [n, address] of addresses.entries()) {
    if (n > 0 && clock.now() - startMs > MAX_COMPARISON_MS) break;
    const missing = await findMissing({ consul, clock }, leader, first, address, (kind, why) => {
      unread[kind] ??= why;
    });
    if (missing !== undefined) byAddress.set(address, countAll(missing) === 0 ? 'same' : count(missing));
  }
  const notCompared = STATE_KINDS.flatMap((kind) => (unread[kind] ? [{ kind, why: unread[kind] }] : []));
  return { byAddress, notCompared };
}

/** Undefined if one of the two does not respond, or the server does not apply in time what the leader has. */
async function findMissing(
  { consul, clock }: Pick<Engine, 'consul' | 'clock'>,
  leader: string,
  first: StateNames,
  address: string,
  noteUnread: (kind: StateKind, why: UnreadCause) => void,
): Promise<Names | undefined> {
  const startMs = clock.now();
  let missing = first.found;
  let lists = 0;
  for (;;) {
    const own = await consul.listState(address, 'stale');
    if (own === undefined) return undefined;
    for (const kind of STATE_KINDS) if (own.unread[kind]) noteUnread(kind, own.unread[kind]);
    missing = combine(missing, own.found, (name, other) => !other.has(name));
    const isLate = own.appliedIndex === undefined || own.appliedIndex < (first.appliedIndex ?? 0);
    if (!isLate) lists += 1;
    if (countAll(missing) === 0 || lists === MIN_LISTS) return missing;
    if (isLate && clock.now() - startMs >= MAX_LAG_MS) return undefined;
    await clock.sleep(PAUSE_MS);
    const standing = await consul.listState(leader, 'leader');
    if (standing === undefined) return undefined;
    missing = combine(missing, standing.found, (name, other) => other.has(name));
  }
}

/** A kind that could not be listed on one of the two sides is not compared. */
function combine(names: Names, others: Names, keep: (name: string, other: ReadonlySet<string>) => boolean): Names {
  const kept = STATE_KINDS.map((kind) => {
    const other = others[kind];
    return [kind, other && new Set([...(names[kind] ?? [])].filter((name) => keep(name, other)))];
  });
  return Object.fromEntries(kept);
}

function count(names: Names): MissingState {
  const counts = STATE_KINDS.map((kind) => [kind, names[kind]?.size ?? 0] as const);
  return Object.fromEntries(counts.filter(([, size]) => size > 0));
}

function countAll(names: Names): number {
  return STATE_KINDS.reduce((sum, kind) => sum + (names[kind]?.size ?? 0), 0);
}
