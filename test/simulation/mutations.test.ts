import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Invariant } from './checkers/checker.js';
import type { Mutation } from './mutation.js';
import { MUTATIONS } from './mutations.js';

/** A broken rule is to be caught within this many rolls. */
const MOST_ROLLS = 20;
const LIMIT_MS = 120_000;

afterEach(() => {
  vi.doUnmock('../../src/lib/roll.js');
  vi.resetModules();
});

/** The simulator over a copy of the engine in which the mutation has been made. */
async function mutated({ replaces }: Mutation) {
  vi.resetModules();
  for (const [module, replace] of Object.entries(replaces)) {
    const path = `../../src/lib/${module}`;
    vi.doMock(path, async () => {
      const actual = await vi.importActual<Record<string, unknown>>(path);
      return { ...actual, ...replace(actual) };
    });
  }
  const { simulate } = await import('./simulate.js');
  for (const module of Object.keys(replaces)) vi.doUnmock(`../../src/lib/${module}`);
  return simulate;
}

describe('a rule that is broken on purpose is caught', () => {
  it.each(MUTATIONS.map((mutation) => [mutation.name, mutation] as const))(
    '%s',
    async (_name, mutation) => {
      const simulate = await mutated(mutation);
      const broken = new Set<Invariant>();
      for (let seed = 1; seed <= MOST_ROLLS && !broken.has(mutation.breaks); seed++) {
        const { violations } = await simulate(seed, undefined, mutation.provokedBy);
        for (const { invariant, what } of violations) {
          if (mutation.caughtBy?.test(what) !== false) broken.add(invariant);
        }
      }
      expect([...broken]).toContain(mutation.breaks);
    },
    LIMIT_MS,
  );

  it('and nothing is, where nothing is broken', async () => {
    const { simulate } = await import('./simulate.js');
    for (const { provokedBy } of MUTATIONS) {
      const { violations } = await simulate(1, undefined, provokedBy);
      expect(violations).toEqual([]);
    }
  });

  it('for every invariant there is', () => {
    const broken = new Set(MUTATIONS.map(({ breaks }) => breaks));
    const numbered = Array.from({ length: 10 }, (_, n) => String(n + 1));
    expect([...broken].sort()).toEqual([...numbered, 'quorum'].sort());
  });
});
