import { describe, expect, it } from 'vitest';
import { simulate } from './simulate.js';
import { formatTotals, SimulationTotals } from './tally.js';

const ROLLS = 120;

async function storyOf(seed: number): Promise<string[]> {
  const story: string[] = [];
  await simulate(seed, (atMs, line) => story.push(`${atMs} ${line}`));
  return story;
}

describe('the simulation', () => {
  it(`breaks no invariant in ${ROLLS} rolls, and every one of them ends`, async () => {
    const tally = new SimulationTotals();
    for (let seed = 1; seed <= ROLLS; seed++) {
      const report = await simulate(seed);
      tally.add(report);
      expect({ seed, broken: report.violations }).toEqual({ seed, broken: [] });
    }
    expect(formatTotals(tally)).toMatch(
      /^120 rolls, \d+ faults, \d+ crashes, outcomes ((rolled|rolled-back|refused)=\d+ )+.*0 violations$/,
    );
    expect(tally.faults).toBeGreaterThan(ROLLS / 2);
    expect(tally.kills).toBeGreaterThan(ROLLS / 4);
  }, 60_000);

  it('tells the same story for the same seed, and another for another', async () => {
    const story = await storyOf(14);
    expect(await storyOf(14)).toEqual(story);
    expect(await storyOf(15)).not.toEqual(story);
  });
});
