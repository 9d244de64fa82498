import type { RunOutcome } from './operator.js';
import type { SimulationReport } from './simulate.js';

interface Frequency {
  count: number;
  /** The first seed with this end. */
  readonly seed: number;
}

/** Adds up reports. */
export class SimulationTotals {
  rolls = 0;
  faults = 0;
  kills = 0;
  violations = 0;
  /** Number of rolls by final outcome. */
  readonly outcomes = new Map<string, number>();
  /** Number of runs by their end, without those that ended a roll. */
  readonly earlierEnds = new Map<string, number>();
  readonly #reasons = new Map<string, Frequency>();

  add({ seed, outcome, ends, faults, kills, violations }: SimulationReport): void {
    this.rolls++;
    this.faults += faults;
    this.kills += kills;
    this.violations += violations.length;
    count(this.outcomes, outcome);
    for (const { end } of ends.slice(0, -1)) count(this.earlierEnds, end);
    for (const end of ends) this.#noteReason(seed, end);
  }

  /** Every way a process ended, the most frequent first, each with its first seed. */
  reasons(): string[] {
    const entries = [...this.#reasons].sort(([, a], [, b]) => b.count - a.count);
    return entries.map(([why, { count: times, seed }]) => `${times} x ${why} (first seed ${seed})`);
  }

  #noteReason(seed: number, { end, why, calm }: RunOutcome): void {
    const nameless = why.replace(/i-[0-9a-f]+|127\.[\d.:]+|\d+/g, '*');
    const key = `${end}${calm ? ', with nothing going wrong any more' : ''}: ${nameless}`;
    const reason = this.#reasons.get(key) ?? { count: 0, seed };
    reason.count++;
    this.#reasons.set(key, reason);
  }
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

/** The summary line. */
export function formatTotals({ rolls, faults, kills, outcomes, violations }: SimulationTotals): string {
  return `${rolls} rolls, ${faults} faults, ${kills} crashes, outcomes ${formatCounts(outcomes)}, ${violations} violations`;
}

/** The line about runs that did not end their roll. */
export function formatProgress({ earlierEnds }: SimulationTotals): string {
  return `on the way ${formatCounts(earlierEnds)}`;
}

function formatCounts(counts: ReadonlyMap<string, number>): string {
  return [...counts]
    .sort()
    .map(([name, times]) => `${name}=${times}`)
    .join(' ');
}
