import type { DemoResult } from '../../src/lib/output/text/demo.js';
import { buildResult } from './scripted-roll.js';
import { NEW_IMAGE, OBSERVED_AT_MS, OLD_IMAGE } from './servers.js';

/** A demo that went well, by what differs. */
export function buildDemoResult(over: Partial<DemoResult> = {}): DemoResult {
  return {
    roll: buildResult(),
    consul: { kind: 'process', version: '1.8.7' },
    from: { image: OLD_IMAGE, name: 'consul-v1', consul: '1.8.7' },
    to: { image: NEW_IMAGE, name: 'consul-v2', consul: '1.8.7' },
    writes: { acknowledged: 4972, failed: 1, lost: 0, longestGapMs: 3_020, longestGapAtMs: OBSERVED_AT_MS },
    timeSpent: [],
    phases: [
      { name: 'preflight', startedAtMs: OBSERVED_AT_MS, elapsedMs: 480 },
      { name: 'canary', startedAtMs: OBSERVED_AT_MS + 480, elapsedMs: 30_000 },
      { name: 'grow', startedAtMs: OBSERVED_AT_MS + 30_480, elapsedMs: 20_000 },
      { name: 'drain', startedAtMs: OBSERVED_AT_MS + 50_480, elapsedMs: 31_000 },
      { name: 'finish', startedAtMs: OBSERVED_AT_MS + 81_480, elapsedMs: 520 },
    ],
    ...over,
  };
}
