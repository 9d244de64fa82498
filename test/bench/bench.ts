import { cpus, loadavg } from 'node:os';
import { describeConsul, installConsul } from '../../src/sandbox/instances/consul-choice.js';
import { buildChecks } from './checks.js';
import type { BenchResult, WayResult } from './result.js';
import { type RunOptions, runWay } from './run-way.js';
import type { Way } from './ways/way.js';

/** Which ways a run compares, and how. */
export interface BenchOptions extends RunOptions {
  readonly ways: readonly Way[];
  readonly short: boolean;
  /** Progress, for the operator. */
  readonly printLine: (line: string) => void;
}

/**
 * Runs one way after the other; nothing of one is left when the next begins. A way that fails is a result too, and a run
 * that is stopped has the results until then.
 */
export async function runBench(options: BenchOptions): Promise<BenchResult> {
  const { size, speed, consul, writeIntervalMs, watchMs, short, printLine } = options;
  const kind = describeConsul(await installConsul(consul, {}), 'consul-v1');
  const ways: WayResult[] = [];
  const loads = [takeLoad()];
  const leftOut: BenchResult['leftOut'][number][] = [];
  for (const way of options.ways) {
    const { id, title } = way;
    const obstacle = options.signal.aborted ? 'the run was stopped' : way.findObstacle?.(kind);
    if (obstacle !== undefined) {
      leftOut.push({ id, title, why: obstacle });
      printLine(`${id}: left out: ${obstacle}`);
      continue;
    }
    printLine(`${id}: ${title}`);
    try {
      const result = await runWay(way, options);
      ways.push(result);
      loads.push(takeLoad());
      printLine(`${id}: ${formatResult(result)}`);
    } catch (thrown) {
      leftOut.push({ id, title, why: messageOf(thrown) });
      printLine(`${id}: could not be measured: ${messageOf(thrown)}`);
    }
  }
  return {
    schemaVersion: 1,
    date: new Date().toISOString().slice(0, 10),
    short,
    machine: {
      node: process.versions.node,
      cores: cpus().length,
      load: { least: Math.min(...loads), most: Math.max(...loads) },
    },
    consul: kind,
    size,
    speed,
    writeIntervalMs,
    watchMs,
    ways,
    leftOut,
    checks: buildChecks(ways, size),
  };
}

/** Processes that want to run, averaged over a minute. */
const takeLoad = () => Math.round((loadavg()[0] ?? 0) * 10) / 10;

const messageOf = (thrown: unknown) => (thrown instanceof Error ? thrown.message : String(thrown));

function formatResult(way: WayResult): string {
  const { writes, end, elapsedMs, drainMs, leaderChanges, leastMargin, by, why } = way;
  const calls = Object.values(way.calls).reduce((sum, count) => sum + count, 0);
  return [
    `${end} at the end`,
    `${Math.round(elapsedMs / 1_000)} s, drain ${drainMs === undefined ? 'not ended' : `${Math.round(drainMs / 1_000)} s`}`,
    `${writes.failed} of ${writes.acknowledged + writes.failed} writes failed, ${writes.lost ?? 'unknown'} lost`,
    `longest gap ${writes.longestGapMs} ms`,
    `${leaderChanges} leader changes, ${leastMargin} voters to spare at least`,
    `${calls} AWS calls`,
    by === undefined ? `ended with: ${why}` : `by ${by}`,
  ].join('; ');
}
