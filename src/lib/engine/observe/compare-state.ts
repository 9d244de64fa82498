import {
  type MissingState,
  type NotCompared,
  STATE_KINDS,
  type StateKind,
  type UnreadCause,
} from '../../model/comparison.js';
import type { StateNames } from '../../ports.js';
import type { Engine } from '../engine.js';

/** What a follower has not applied yet is there a moment later. */
const MAX_ROUNDS = 3;
const PAUSE_MS = 1000;

/** What servers lack of the leader's state, by address; servers that could not be read are left out. */
interface StateComparison {
  readonly byAddress: ReadonlyMap<string, 'same' | MissingState>;
  /** Kinds that could not be compared on at least one of the servers, or only as far as the token may read. */
  readonly notCompared: readonly NotCompared<StateKind>[];
}

type Names = StateNames['found'];

/**
 * Compares the state that servers have themselves with the leader's, by the names that the token may list. Missing is
 * what the leader had before and after, and the server had in none of the rounds. One server after another: of a big
 * store, the names of two servers are in memory.
 */
export async function compareStates(
  { consul, clock }: Engine,
  leader: string,
  addresses: readonly string[],
): Promise<StateComparison> {
  const before = await consul.listState(leader, 'leader');
  if (before === undefined) return { byAddress: new Map(), notCompared: [] };
  const unread: Partial<Record<StateKind, UnreadCause>> = { ...before.unread };
  const subtract = async (names: Names, address: string) => {
    const own = await consul.listState(address, 'stale');
    for (const kind of STATE_KINDS) unread[kind] ??= own?.unread[kind];
    return own && combine(names, own.found, (name, other) => !other.has(name));
  };
  const compare = async (address: string) => {
    let missing = await subtract(before.found, address);
    for (let round = 1; round < MAX_ROUNDS && missing !== undefined && countAll(missing) > 0; round += 1) {
      await clock.sleep(PAUSE_MS);
      const after = await consul.listState(leader, 'leader');
      const standing = after && combine(missing, after.found, (name, other) => other.has(name));
      missing = standing && (await subtract(standing, address));
    }
    return missing;
  };
  const byAddress = new Map<string, 'same' | MissingState>();
  for (const address of addresses) {
    const missing = await compare(address);
    if (missing !== undefined) byAddress.set(address, countAll(missing) === 0 ? 'same' : count(missing));
  }
  const notCompared = STATE_KINDS.flatMap((kind) => (unread[kind] ? [{ kind, why: unread[kind] }] : []));
  return { byAddress, notCompared };
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
