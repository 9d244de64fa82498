import { describe, expect, it } from 'vitest';
import type { PastRoll } from '../../../src/lib/model/past-roll.js';
import { formatPastRolls } from '../../../src/lib/output/text/history.js';

const PAST: PastRoll = {
  rollId: '7f3a21',
  from: 'ami-0c0ffee01',
  to: 'ami-0c0ffee02',
  outcome: 'rolled',
  reason: undefined,
  holder: 'ops@here 1',
  runs: 1,
  startedAtMs: Date.UTC(2026, 0, 2, 3, 4, 5),
  endedAtMs: Date.UTC(2026, 0, 2, 3, 9, 17),
};
const format = (rolls: readonly PastRoll[], width = 100) =>
  formatPastRolls('consul', rolls, width).map(({ text }) => text);

describe('the last rolls of a cluster', () => {
  it('have when, how, from, to and by whom', () => {
    expect(format([PAST])).toEqual([
      '1 roll of consul on record',
      '7f3a21  2026-01-02 03:04:05 UTC, rolled after 5 m 12 s',
      '        ami-0c0ffee01 -> ami-0c0ffee02, by ops@here 1',
    ]);
  });

  it('say why one was rolled back, in how many runs, and what is not known', () => {
    const back = { ...PAST, outcome: 'rolled-back', reason: 'founder', from: undefined, runs: 3 } as const;
    const [title, when, what] = format([back, PAST]);
    expect(title).toBe('2 rolls of consul on record, the last first');
    expect(when).toContain('rolled back (founder) after 5 m 12 s');
    expect(what?.trim()).toBe('unknown image -> ami-0c0ffee02, by ops@here 1, in 3 runs');
  });

  it('fit a narrow terminal, and may be none', () => {
    for (const line of format([PAST], 30)) expect(line.length).toBeLessThanOrEqual(30);
    expect(format([])).toEqual(['No roll of consul on record']);
  });
});
