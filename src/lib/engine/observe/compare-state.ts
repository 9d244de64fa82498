import type { MissingState } from '../../model/server.js';
import type { StateNames } from '../../ports.js';
import type { Engine } from '../engine.js';

/** What a follower has not applied yet is there a moment later. */
const MAX_ROUNDS = 3;
const PAUSE_MS = 1000;

const KINDS = ['keys', 'nodes', 'services'] as const satisfies readonly (keyof StateNames)[];

/**
 * Compares the state that servers have themselves with the leader's: the names of all keys, nodes and services that
 * the token may list. Missing is what the leader had before and after, and the server had in none of the rounds.
 *
 * @returns by address; servers that could not be read are left out, and `same` is what lacks nothing
 */
export async function compareStates(
  { consul, clock }: Engine,
  leader: string,
  addresses: readonly string[],
): Promise<ReadonlyMap<string, 'same' | MissingState>> {
  const before = await consul.listState(leader, 'leader');
  if (before === undefined) return new Map();
  const compared = addresses.map(async (address) => {
    let missing = subtract(before, await consul.listState(address, 'stale'));
    for (let round = 1; round < MAX_ROUNDS && missing !== undefined && countAll(missing) > 0; round += 1) {
      await clock.sleep(PAUSE_MS);
      const after = await consul.listState(leader, 'leader');
      const standing = after && intersect(missing, after);
      missing = standing && subtract(standing, await consul.listState(address, 'stale'));
    }
    if (missing === undefined) return [];
    return [[address, countAll(missing) === 0 ? 'same' : count(missing)] as const];
  });
  return new Map((await Promise.all(compared)).flat());
}

function subtract(names: StateNames, others: StateNames | undefined): StateNames | undefined {
  return others && combine(names, others, (name, other) => !other.has(name));
}

function intersect(names: StateNames, others: StateNames): StateNames {
  return combine(names, others, (name, other) => other.has(name));
}

/** A kind that could not be listed on one of the two sides is not compared. */
function combine(
  names: StateNames,
  others: StateNames,
  keep: (name: string, other: ReadonlySet<string>) => boolean,
): StateNames {
  const kept = KINDS.map((kind) => {
    const other = others[kind];
    return [kind, other && new Set([...(names[kind] ?? [])].filter((name) => keep(name, other)))];
  });
  return Object.fromEntries(kept) as StateNames;
}

function count(names: StateNames): MissingState {
  return { keys: names.keys?.size ?? 0, nodes: names.nodes?.size ?? 0, services: names.services?.size ?? 0 };
}

function countAll(names: StateNames): number {
  return KINDS.reduce((sum, kind) => sum + (names[kind]?.size ?? 0), 0);
}
