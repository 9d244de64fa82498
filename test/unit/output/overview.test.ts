import { describe, expect, it } from 'vitest';
import { planRoll } from '../../../src/lib/engine/plan/plan.js';
import type { RollPlan } from '../../../src/lib/model/plan.js';
import { formatPlanForStream, formatPlanOverview } from '../../../src/lib/output/text/plan.js';
import { describeRollQuestion } from '../../../src/lib/output/text/roll-context.js';
import { buildOrder, createFakeEngine } from '../../helpers/fake-engine.js';
import { createTestLogSink } from '../../helpers/log-sink.js';
import { CONTEXT } from '../../helpers/plans.js';
import { NEW_IMAGE, OLD_IMAGE } from '../../helpers/servers.js';

describe('the plan on one screen', () => {
  it.each([3, 5, 7])('fits 80 x 24 for %d servers, with the prompt', async (size) => {
    const planned = await planRoll(createFakeEngine(size), buildOrder());
    // Of AWS ids are longer than those of tests.
    const ids = new Map([
      [OLD_IMAGE, 'ami-0abcdef1234567890'],
      [NEW_IMAGE, 'ami-0123456789abcdef0'],
    ]);
    const plan: RollPlan = JSON.parse(
      JSON.stringify({ ...planned, context: CONTEXT }),
      (_, value) => ids.get(value) ?? value,
    );
    const lines = formatPlanOverview(plan, 80).map(({ text }) => text);
    const prompt = Math.ceil(`${describeRollQuestion(plan)} [y/N] `.length / 80);
    expect(lines.length + prompt).toBeLessThanOrEqual(24);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
    const text = lines.join('\n');
    expect(text).toMatch(/^Drain +\d+-\d+ /m);
    expect(text).toContain('a failure pauses the roll');
    expect(text).toContain('the roll cannot be rolled back');
    expect(text.replaceAll('\n', ' ')).toMatch(
      /\d+ steps, about \d+ m.*, an estimate\. It waits, in order, for boot .* for steps and the rest\. /,
    );
  });

  it('is for a terminal; elsewhere, or on request, every step is shown', async () => {
    const planned = await planRoll(createFakeEngine(3), buildOrder());
    const length = (stream: NodeJS.WriteStream, verbose: boolean) =>
      formatPlanForStream(planned, stream, verbose).length;
    const terminal = createTestLogSink({ columns: 80, rows: 24 }).stream;
    expect(length(terminal, false)).toBeLessThan(24);
    expect(length(terminal, true)).toBeGreaterThan(planned.steps.length);
    expect(length(createTestLogSink().stream, false)).toBeGreaterThan(planned.steps.length);
  });

  it('of five servers', async () => {
    const planned = await planRoll(createFakeEngine(5), buildOrder());
    expect(
      formatPlanOverview(planned, 80)
        .map(({ text }) => text)
        .join('\n'),
    ).toMatchSnapshot();
  });
});
