import { type DemoResult, demoExitCode } from '../reports/demo.js';
import { reasonJson } from './reason.js';
import { SCHEMA_IDS } from './schema-ids.js';
import type { DemoDocument } from './schemas/demo.js';
import { serversJson } from './survey.js';

/** A demo for scripts: `demo --json`. */
export function demoJson(demo: DemoResult): DemoDocument {
  const { roll, consul, from, to, writes } = demo;
  return {
    schema: SCHEMA_IDS.demo,
    exitCode: demoExitCode(demo),
    outcome: roll.outcome,
    reason: roll.reason === undefined ? null : reasonJson(roll.reason),
    consul: { kind: consul.kind, version: consul.version },
    from,
    to,
    servers: serversJson(roll.survey),
    writes: {
      acknowledged: writes.acknowledged,
      failed: writes.failed,
      lost: writes.lost,
      longestGapMs: writes.longestGapMs,
    },
    elapsedMs: roll.elapsedMs,
    leaderChanges: roll.leaderChanges,
    phases: demo.phases.map(({ name, startedAtMs, elapsedMs }) => ({
      name,
      startedAt: new Date(startedAtMs).toISOString(),
      elapsedMs,
    })),
  };
}
