import { describe, expect, it } from 'vitest';
import type { Engine } from '../../../src/lib/engine/engine.js';
import { compareStates } from '../../../src/lib/engine/observe/compare-state.js';
import type { StateNames } from '../../../src/lib/model/comparison.js';

const LEADER = 'leader';
const names = (...keys: string[]): StateNames => ({
  found: { keys: new Set(keys), nodes: new Set(['n1']), services: new Set(), aclTokens: new Set(['t1']) },
  unread: {},
  appliedIndex: 10,
});
const without = (kind: 'keys', why: 'denied' | 'too-large'): StateNames => ({
  found: { ...names('a').found, [kind]: undefined },
  unread: { [kind]: why },
  appliedIndex: 10,
});
const at = (appliedIndex: number | undefined, ...keys: string[]): StateNames => ({ ...names(...keys), appliedIndex });

/** What each address lists, one after another; the last again and again. */
async function compare(listings: Readonly<Record<string, readonly (StateNames | undefined)[]>>, listMs = 0) {
  const asked: string[] = [];
  const counts = new Map<string, number>();
  let most = 0;
  let running = 0;
  const listState = async (address: string, from: string) => {
    asked.push(`${address} ${from}`);
    most = Math.max(most, ++running);
    await Promise.resolve();
    nowMs += listMs;
    running--;
    const count = counts.get(address) ?? 0;
    counts.set(address, count + 1);
    const own = listings[address] ?? [];
    return own[Math.min(count, own.length - 1)];
  };
  let nowMs = 0;
  const sleep = async (ms: number) => {
    nowMs += ms;
  };
  const engine = { consul: { listState }, clock: { now: () => nowMs, sleep } } as unknown as Engine;
  const addresses = Object.keys(listings).filter((address) => address !== LEADER);
  const { byAddress, notCompared } = await compareStates(engine, LEADER, addresses);
  return { found: byAddress, notCompared, asked, most };
}

describe('compareStates', () => {
  it('finds what a server lacks in every round', async () => {
    const { found } = await compare({ leader: [names('a', 'b', 'c')], server: [names('b')] });
    expect(found.get('server')).toEqual({ keys: 2 });
  });

  it('finds an ACL token that a server lacks', async () => {
    const lacking = { ...names('a'), found: { ...names('a').found, aclTokens: new Set<string>() } };
    expect((await compare({ leader: [names('a')], server: [lacking] })).found.get('server')).toEqual({ aclTokens: 1 });
  });

  it('leaves servers to the next observation where lists take long', async () => {
    const listings = { leader: [names('a')], one: [names('a')], two: [names('a')], three: [names('a')] };
    const { found, asked } = await compare(listings, 25_000);
    expect([...found]).toEqual([['one', 'same']]);
    expect(asked).toEqual(['leader leader', 'one stale']);
    expect([...(await compare(listings, 9_000)).found.keys()]).toEqual(['one', 'two', 'three']);
  });

  it('reads the leader’s own state once, and one server after another', async () => {
    const { found, asked, most } = await compare({ leader: [names('a')], one: [names('a', 'b')], two: [names('a')] });
    expect([...found]).toEqual([
      ['one', 'same'],
      ['two', 'same'],
    ]);
    expect(asked).toEqual(['leader leader', 'one stale', 'two stale']);
    expect(most).toBe(1);
  });

  it.each<[string, readonly StateNames[], readonly StateNames[]]>([
    ['was written a moment ago', [names('a', 'b')], [names('a'), names('a', 'b')]],
    ['was deleted meanwhile', [names('a', 'b'), names('a')], [names('a')]],
    ['was deleted later', [names('a', 'b'), names('a', 'b'), names('a')], [names('a')]],
  ])('misses nothing that %s', async (_, leader, server) => {
    expect((await compare({ leader, server })).found.get('server')).toBe('same');
  });

  // failure-mode: applies-late
  it('waits for a server that applies what others write 8 s late', async () => {
    const leader = Array.from({ length: 20 }, (_, n) =>
      at(10 + n, 'a', ...Array.from({ length: n + 1 }, (_, k) => `k${k}`)),
    );
    const late = Array.from({ length: 8 }, (_, n) => at(2 + n, 'a'));
    expect((await compare({ leader, server: [...late, at(10, 'a', 'k0')] })).found.get('server')).toBe('same');
  });

  it('says what is missing only once the server has applied what the leader listed', async () => {
    const late = Array.from({ length: 8 }, (_, n) => at(2 + n, 'a'));
    const { found, asked } = await compare({ leader: [at(10, 'a', 'b')], server: [...late, at(10, 'a')] });
    expect(found.get('server')).toEqual({ keys: 1 });
    expect(asked.filter((one) => one === 'server stale')).toHaveLength(11);
  });

  it.each<[string, number | undefined]>([
    ['does not apply it in time', 9],
    ['has more to apply than it says', undefined],
  ])('leaves a server to the next observation that %s', async (_, index) => {
    const { found, asked } = await compare({ leader: [at(10, 'a', 'b')], server: [at(index, 'a')] });
    expect(found.size).toBe(0);
    expect(asked.length).toBeLessThan(40);
  });

  it('calls the state the same that a server has, whatever its index', async () => {
    expect((await compare({ leader: [at(10, 'a')], server: [at(3, 'a')] })).found.get('server')).toBe('same');
  });

  it.each([
    ['the leader', [without('keys', 'denied')], [names()], 'denied'],
    ['the server', [names('a')], [without('keys', 'too-large')], 'too-large'],
  ])('says which kind could not be listed by %s', async (_, leader, server, why) => {
    const { found, notCompared } = await compare({ leader, server });
    expect(found.get('server')).toBe('same');
    expect(notCompared).toEqual([{ kind: 'keys', why }]);
  });

  it('compares the part that the token may read, and says that it is a part', async () => {
    const part: StateNames = { ...names('a', 'b'), unread: { keys: 'denied' } };
    const { found, notCompared } = await compare({ leader: [part], server: [names('a')] });
    expect(found.get('server')).toEqual({ keys: 1 });
    expect(notCompared).toEqual([{ kind: 'keys', why: 'denied' }]);
  });

  it('leaves out a server that does not answer, and all of them without the leader', async () => {
    expect((await compare({ leader: [names('a')], server: [undefined] })).found.size).toBe(0);
    expect((await compare({ leader: [names('a'), undefined], server: [names()] })).found.size).toBe(0);
    expect((await compare({ leader: [undefined], server: [names('a')] })).found.size).toBe(0);
  });
});
