import { describe, expect, it } from 'vitest';
import { type Sample, summarize } from './observer.js';

const QUIET: Sample = { atMs: 0, leader: 'a:8300', voters: 3, margin: 1, oldUp: 3, oldComplete: true };

function summarizeSamples(...changes: readonly Partial<Sample>[]) {
  return summarize(changes.map((change, at) => ({ ...QUIET, atMs: at * 1_000, ...change })));
}

describe('what an observer reports', () => {
  it('counts a leader that comes back as two changes, and no time without one', () => {
    const [a, b] = [{ leader: 'a:8300' }, { leader: 'b:8300' }];
    expect(summarizeSamples(a, { leader: undefined }, a).leaderChanges).toBe(0);
    expect(summarizeSamples(a, { leader: undefined }, b, b, a).leaderChanges).toBe(2);
  });

  it('has the least margin of all moments at which any server knew the voters', () => {
    expect(summarizeSamples({}, { margin: -2 }, { margin: undefined }, {}).leastMargin).toBe(-2);
  });

  it('counts a drain from the first old server out of the load balancer to the last agent down', () => {
    const deregistered = { oldComplete: false };
    const last = { oldComplete: false, oldUp: 1 };
    const gone = { oldComplete: false, oldUp: 0 };
    expect(summarizeSamples({}, deregistered, last, last, gone, gone).drainMs).toBe(3_000);
    expect(summarizeSamples({}, gone).drainMs).toBe(0);
  });

  it('has no length for a drain that has not begun or not ended', () => {
    expect(summarizeSamples({}, {}).drainMs).toBeUndefined();
    expect(summarizeSamples({}, { oldComplete: false, oldUp: 1 }).drainMs).toBeUndefined();
  });
});
