import { readFileSync } from 'node:fs';
import type { EventFile } from '../../src/lib/output/report/runs.js';

/** Rolls of three servers as `demo` and `upgrade` wrote them down; the last was killed while it grew, and resumed. */
export const ROLLS = ['rolled', 'rolled-back', 'interrupted', 'killed-and-resumed'] as const;

/** The events of one of them. */
export function readRollFile(name: (typeof ROLLS)[number]): EventFile {
  return {
    name: `${name}.ndjson`,
    text: readFileSync(new URL(`../fixtures/rolls/${name}.ndjson`, import.meta.url), 'utf8'),
  };
}
