import { describe, expect, it } from 'vitest';
import { simulate } from './simulate.js';
import { formatTotals, SimulationTotals } from './totals.js';

const ROLLS = 120;

async function traceOf(seed: number): Promise<string[]> {
  const trace: string[] = [];
  await simulate(seed, (atMs, line) => trace.push(`${atMs} ${line}`));
  return trace;
}

describe('simulate', () => {
  it(`breaks no invariant in ${ROLLS} rolls, and ends each of them`, async () => {
    const totals = new SimulationTotals();
    for (let seed = 1; seed <= ROLLS; seed++) {
      const report = await simulate(seed);
      totals.add(report);
      expect({ seed, broken: report.violations }).toEqual({ seed, broken: [] });
    }
    expect(formatTotals(totals)).toMatch(
      /^120 rolls, \d+ faults, \d+ crashes, outcomes ((rolled|rolled-back|refused)=\d+ )+.*0 violations$/,
    );
    expect(totals.faults).toBeGreaterThan(ROLLS / 2);
    expect(totals.kills).toBeGreaterThan(ROLLS / 4);
  }, 120_000);

  it('has the same trace for the same seed, and another for another seed', async () => {
    const trace = await traceOf(14);
    expect(await traceOf(14)).toEqual(trace);
    expect(await traceOf(15)).not.toEqual(trace);
  });
});
