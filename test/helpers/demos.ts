import type { DemoResult } from '../../src/lib/output/text/demo.js';
import { resultOf } from './scripted-roll.js';
import { LOOK_MS, NEW_IMAGE, OLD_IMAGE } from './servers.js';

/** A demo that went well, by what differs. */
export function demo(over: Partial<DemoResult> = {}): DemoResult {
  return {
    roll: resultOf(),
    consul: { kind: 'process', version: '1.8.7' },
    from: { image: OLD_IMAGE, name: 'consul-v1' },
    to: { image: NEW_IMAGE, name: 'consul-v2' },
    writes: { acknowledged: 4972, failed: 1, lost: 0, longestGapMs: 3_020 },
    phases: [
      { name: 'preflight', startedAtMs: LOOK_MS, elapsedMs: 480 },
      { name: 'canary', startedAtMs: LOOK_MS + 480, elapsedMs: 30_000 },
      { name: 'grow', startedAtMs: LOOK_MS + 30_480, elapsedMs: 20_000 },
      { name: 'drain', startedAtMs: LOOK_MS + 50_480, elapsedMs: 31_000 },
      { name: 'finish', startedAtMs: LOOK_MS + 81_480, elapsedMs: 520 },
    ],
    ...over,
  };
}
