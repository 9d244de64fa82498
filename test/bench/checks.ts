import type { Check, WayResult } from './result.js';

/**
 * Most of a drain over one leave. One leave after the other is as many as there are servers, or more. Of 5 old servers beside
 * 5 new ones 3 leave at once and then 2, which takes 1.6; of 3 beside 3 the next is asked as soon as Raft has let one go, which
 * takes 1.9. What is added is noise: the load balancer's checks, and a machine that does other work.
 */
const MOST_LEAVES: Readonly<Record<string, (size: number) => number>> = { beside: (size) => (size > 3 ? 3.5 : 2.8) };

/** The ways whose quorum does not survive: all old voters are ended within seconds of each other. */
const LOSING = ['article', 'article-calls', 'replacer-canary'];

/** Most of the time in all over the time spent on waits: what is beyond 1 is the program's own work, and its start. */
const MOST_TIME = 1.6;

/** What must hold of a run on any machine. */
export function buildChecks(ways: readonly WayResult[], size: number): readonly Check[] {
  return ways.flatMap((way) => [
    ...(way.ours ? checkOurs(way, size) : []),
    ...(LOSING.includes(way.id)
      ? [{ name: `${way.id}: quorum lost for good (1 is yes)`, value: Number(way.end === 'lost'), least: 1 }]
      : []),
  ]);
}

function checkOurs(way: WayResult, size: number): Check[] {
  const { id, end, writes, leastMargin, drainMs, leaveMs } = way;
  const most = MOST_LEAVES[id]?.(size);
  const leaves = drainMs === undefined || leaveMs === undefined ? undefined : drainMs / leaveMs;
  return [
    { name: `${id}: healthy in the end (1 is yes)`, value: Number(end === 'healthy'), least: 1 },
    { name: `${id}: writes lost`, value: writes.lost, most: 0 },
    { name: `${id}: writes failed`, value: writes.failed, most: 1 },
    { name: `${id}: voters beyond the quorum, at least`, value: leastMargin, least: 1 },
    ...(most === undefined ? [] : [{ name: `${id}: drain over one leave`, value: leaves, most }]),
    { name: `${id}: time in all over time waited for the cluster or AWS`, value: divideByWaits(way), most: MOST_TIME },
  ];
}

function divideByWaits({ elapsedMs, spent = [] }: WayResult): number | undefined {
  const waits = spent.filter(({ use }) => use === 'wait').map((one) => one.elapsedMs);
  return waits.length === 0 ? undefined : elapsedMs / waits.reduce((sum, ms) => sum + ms, 0);
}

/** The checks that fail, a sentence each. */
export function listFailures(checks: readonly Check[]): string[] {
  return checks
    .filter(({ value = Number.NaN, least = value, most = value }) => !(value >= least && value <= most))
    .map(({ name, value, least, most }) => {
      const bounds = [
        ...(least === undefined ? [] : [`at least ${least}`]),
        ...(most === undefined ? [] : [`at most ${most}`]),
      ];
      return `${name}: ${value ?? 'not measured'}, expected ${bounds.join(' and ')}`;
    });
}
