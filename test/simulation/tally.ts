import type { Report } from './simulate.js';

/** Adds reports up. */
export class Tally {
  rolls = 0;
  faults = 0;
  kills = 0;
  violations = 0;
  readonly outcomes = new Map<string, number>();
  readonly #reasons = new Map<string, { count: number; readonly seed: number }>();

  add({ seed, outcome, why, faults, kills, violations }: Report): void {
    this.rolls++;
    this.faults += faults;
    this.kills += kills;
    this.violations += violations.length;
    this.outcomes.set(outcome, (this.outcomes.get(outcome) ?? 0) + 1);
    const key = `${outcome}: ${why.replace(/i-[0-9a-f]+|127\.[\d.:]+|\d+/g, '*')}`;
    const reason = this.#reasons.get(key) ?? { count: 0, seed };
    reason.count++;
    this.#reasons.set(key, reason);
  }

  /** Every way a roll ended, the most frequent first, each with the first seed it came from. */
  reasons(): string[] {
    const entries = [...this.#reasons].sort(([, a], [, b]) => b.count - a.count);
    return entries.map(([why, { count, seed }]) => `${count} x ${why} (first seed ${seed})`);
  }
}

/** The one line a simulation is told by. */
export function summaryOf(tally: Tally): string {
  const outcomes = [...tally.outcomes].sort().map(([outcome, count]) => `${outcome}=${count}`);
  const { rolls, faults, kills, violations } = tally;
  return `${rolls} rolls, ${faults} faults, ${kills} crashes, outcomes ${outcomes.join(' ')}, ${violations} violations`;
}
