import { describe, expect, it } from 'vitest';
import { plan } from '../../src/lib/plan.js';
import { planOverview } from '../../src/lib/ui/reports/overview.js';
import { fakeEngine, orderFor } from '../support/fake-engine.js';

describe('the plan on one screen', () => {
  it.each([3, 5, 7])('fits 80 x 24 for %d servers, the question included', async (size) => {
    const planned = await plan(fakeEngine(size), orderFor());
    const lines = planOverview(planned, 0, 80).map(({ text }) => text);
    expect(lines.length).toBeLessThan(24);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
    const text = lines.join('\n');
    expect(text).toMatch(/^Drain +\d+-\d+ /m);
    expect(text).toContain('a failure pauses the roll');
    expect(text).toContain('there is no way back');
    expect(text).toMatch(/\d+ steps, about \d+ m/);
  });

  it('of five servers', async () => {
    const planned = await plan(fakeEngine(5), orderFor());
    expect(
      planOverview(planned, 0, 80)
        .map(({ text }) => text)
        .join('\n'),
    ).toMatchSnapshot();
  });
});
