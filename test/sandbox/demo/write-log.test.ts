import { describe, expect, it } from 'vitest';
import { WriteLog } from '../../../src/sandbox/demo/write-log.js';

describe('the log of a write load', () => {
  it('counts acknowledged, failed and misread writes apart', () => {
    const ledger = new WriteLog(0);
    ledger.acknowledge('a', '1', 5);
    ledger.fail('b', 'refused', 6);
    ledger.acknowledge('c', '3', 7);
    ledger.misread('c', 'gone', 8);
    expect(ledger.counts(8)).toMatchObject({ acknowledged: 2, failed: 1, misread: 1 });
    expect([...ledger.acknowledged]).toEqual([
      ['a', '1'],
      ['c', '3'],
    ]);
    expect(ledger.errors).toEqual([
      { atMs: 6, key: 'b', message: 'refused' },
      { atMs: 8, key: 'c', message: 'gone' },
    ]);
  });

  it('finds the longest gap between two acknowledged writes; failed ones do not end it', () => {
    const ledger = new WriteLog(1_000);
    for (const atMs of [1_010, 1_020, 1_520, 1_530]) {
      ledger.fail('x', 'refused', atMs - 5);
      ledger.acknowledge(String(atMs), '', atMs);
    }
    expect(ledger.counts(1_540)).toMatchObject({ longestGapMs: 500, longestGapAtMs: 1_020 });
  });

  it('counts the time before the first and since the last one too', () => {
    const ledger = new WriteLog(1_000);
    expect(ledger.counts(1_300)).toMatchObject({ longestGapMs: 300, longestGapAtMs: 1_000 });
    ledger.acknowledge('a', '', 1_400);
    expect(ledger.counts(9_000)).toMatchObject({ longestGapMs: 7_600, longestGapAtMs: 1_400 });
  });

  it('keeps only the first hundred errors, and counts all', () => {
    const ledger = new WriteLog(0);
    for (let n = 0; n < 250; n += 1) ledger.fail(String(n), 'refused', n);
    expect([ledger.errors.length, ledger.counts(0).failed]).toEqual([100, 250]);
  });
});
