import { describe, expect, it } from 'vitest';
import type { Engine } from '../../../src/lib/engine/engine.js';
import { compareStates } from '../../../src/lib/engine/observe/compare-state.js';
import type { StateNames } from '../../../src/lib/ports.js';

const LEADER = 'leader';
const names = (...keys: string[]): StateNames => ({ keys: new Set(keys), nodes: new Set(['n1']), services: new Set() });

/** What each address lists, one after another; the last again and again. */
async function compare(listings: Readonly<Record<string, readonly (StateNames | undefined)[]>>) {
  const asked: string[] = [];
  const counts = new Map<string, number>();
  const listState = async (address: string, from: string) => {
    asked.push(`${address} ${from}`);
    const count = counts.get(address) ?? 0;
    counts.set(address, count + 1);
    const own = listings[address] ?? [];
    return own[Math.min(count, own.length - 1)];
  };
  const engine = { consul: { listState }, clock: { now: () => 0, sleep: async () => {} } } as unknown as Engine;
  const addresses = Object.keys(listings).filter((address) => address !== LEADER);
  return { found: await compareStates(engine, LEADER, addresses), asked };
}

describe('compareStates', () => {
  it('finds what a server lacks in every round', async () => {
    const { found } = await compare({ leader: [names('a', 'b', 'c')], server: [names('b')] });
    expect(found.get('server')).toEqual({ keys: 2, nodes: 0, services: 0 });
  });

  it('reads the leader’s own state and that of each server', async () => {
    const { found, asked } = await compare({ leader: [names('a')], one: [names('a', 'b')], two: [names('a')] });
    expect([...found]).toEqual([
      ['one', 'same'],
      ['two', 'same'],
    ]);
    expect(asked.sort()).toEqual(['leader leader', 'one stale', 'two stale']);
  });

  it.each<[string, readonly StateNames[], readonly StateNames[]]>([
    ['was written a moment ago', [names('a', 'b')], [names('a'), names('a', 'b')]],
    ['was deleted meanwhile', [names('a', 'b'), names('a')], [names('a')]],
    ['was deleted later', [names('a', 'b'), names('a', 'b'), names('a')], [names('a')]],
  ])('misses nothing that %s', async (_, leader, server) => {
    expect((await compare({ leader, server })).found.get('server')).toBe('same');
  });

  it('does not compare a kind that cannot be listed on one side', async () => {
    const blind = { ...names('a'), keys: undefined };
    expect((await compare({ leader: [blind], server: [names()] })).found.get('server')).toBe('same');
    expect((await compare({ leader: [names('a')], server: [blind] })).found.get('server')).toBe('same');
  });

  it('leaves out a server that does not answer, and all of them without the leader', async () => {
    expect((await compare({ leader: [names('a')], server: [undefined] })).found.size).toBe(0);
    expect((await compare({ leader: [names('a'), undefined], server: [names()] })).found.size).toBe(0);
    expect((await compare({ leader: [undefined], server: [names('a')] })).found.size).toBe(0);
  });
});
