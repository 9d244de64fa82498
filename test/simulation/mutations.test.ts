import { afterEach, describe, expect, it } from 'vitest';
import { INVARIANTS, type Invariant } from '../../src/lib/model/stop-reason.js';
import { useReplacements } from '../helpers/replaceable-functions.js';
import { MUTATIONS } from './mutations.js';
import { simulate } from './simulate.js';

/** A broken rule must be caught within this many rolls. */
const MAX_ROLLS = 20;
const LIMIT_MS = 120_000;

afterEach(() => useReplacements([]));

describe('mutations', () => {
  it.each(MUTATIONS.map((mutation) => [mutation.name, mutation] as const))(
    '%s',
    async (_name, mutation) => {
      useReplacements(mutation.replaces);
      const broken = new Set<Invariant>();
      for (let seed = 1; seed <= MAX_ROLLS && !broken.has(mutation.breaks); seed++) {
        const { violations } = await simulate(seed, undefined, mutation.provokedBy);
        for (const { invariant, what } of violations) {
          if (mutation.caughtBy?.test(what) !== false) broken.add(invariant);
        }
      }
      expect([...broken]).toContain(mutation.breaks);
    },
    LIMIT_MS,
  );

  it(
    'reports no violation without a mutation',
    async () => {
      for (const { provokedBy } of MUTATIONS) {
        const { violations } = await simulate(1, undefined, provokedBy);
        expect(violations).toEqual([]);
      }
    },
    LIMIT_MS,
  );

  it('break each invariant', () => {
    const broken = new Set(MUTATIONS.map(({ breaks }) => breaks));
    expect([...broken].sort()).toEqual([...INVARIANTS].sort());
  });
});
