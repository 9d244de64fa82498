import { describe, expect, it } from 'vitest';
import { buildChecks, listFailures } from './checks.js';
import type { WayResult } from './result.js';

const BESIDE: WayResult = {
  id: 'beside',
  title: 'consul-roll',
  how: '',
  ours: true,
  exitCode: 0,
  by: 'consul-roll',
  why: undefined,
  elapsedMs: 100_000,
  end: 'healthy',
  samples: 400,
  leaderChanges: 1,
  leastMargin: 2,
  mostVoters: 10,
  drainMs: 22_000,
  writes: { acknowledged: 9_000, failed: 0, lost: 0, longestGapMs: 100 },
  calls: {},
  leaveMs: 14_500,
  spent: [
    { use: 'wait', for: 'ready', count: 3, elapsedMs: 60_000 },
    { use: 'observation', for: null, count: 40, elapsedMs: 5_000 },
    { use: 'wait', for: 'left', count: 2, elapsedMs: 30_000 },
  ],
};
const ARTICLE: WayResult = { ...BESIDE, id: 'article', ours: false, end: 'lost', leastMargin: -1 };

const failuresOf = (...ways: readonly WayResult[]) => listFailures(buildChecks(ways, 5));

describe('the checks of a bench', () => {
  it('hold of a roll that lost nothing beside a way that lost the quorum', () => {
    expect(failuresOf(BESIDE, ARTICLE)).toEqual([]);
  });

  it.each<[string, Partial<WayResult>, string]>([
    ['a lost write', { writes: { ...BESIDE.writes, lost: 1 } }, 'beside: writes lost: 1, expected at most 0'],
    [
      'an unknown number of lost writes',
      { writes: { ...BESIDE.writes, lost: undefined } },
      'writes lost: not measured',
    ],
    ['a server too few', { end: 'impaired' }, 'beside: healthy in the end (1 is yes): 0, expected at least 1'],
    ['a moment at the quorum', { leastMargin: 0 }, 'voters beyond the quorum, at least: 0, expected at least 1'],
    ['a drain of one after the other', { drainMs: 72_500 }, 'beside: drain over one leave: 5, expected at most'],
    [
      'more work of its own than waits',
      { elapsedMs: 180_000 },
      'time waited for the cluster or AWS: 2, expected at most',
    ],
    ['a leave that could not be measured', { leaveMs: undefined }, 'drain over one leave: not measured'],
  ])('fail with %s', (_what, change, failure) => {
    expect(failuresOf({ ...BESIDE, ...change }, ARTICLE)).toEqual([expect.stringContaining(failure)]);
  });

  it('fail if the way that must lose the quorum keeps it: then the bench measures something else', () => {
    expect(failuresOf(BESIDE, { ...ARTICLE, end: 'healthy' })).toEqual([
      expect.stringContaining('article: quorum lost'),
    ]);
  });
});
