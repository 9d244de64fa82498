import { describe, expect, it } from 'vitest';
import { planReport } from '../../src/lib/ui/reports/plan.js';
import { planOf } from '../support/plans.js';
import { surveyOf } from '../support/surveys.js';

function textOf(lines: readonly { readonly text: string }[]): string {
  return lines.map(({ text }) => text).join('\n');
}

describe('the plan as a table', () => {
  it('has every step with its reason and its voters, and fits 80 columns', () => {
    const lines = planReport(planOf(), 80);
    expect(Math.max(...lines.map(({ text }) => text.length))).toBeLessThanOrEqual(80);
    expect(textOf(lines)).toMatchSnapshot();
  });

  it('says where the points of no return are: the first leave, and that of the leader', () => {
    const lines = planReport(planOf(), 100).map(({ text }) => text);
    const marks = lines.flatMap((line, at) => (line.includes('-- from here on') ? [at] : []));
    expect(marks.map((at) => lines[at - 2]?.trim().split(/ {2,}/)[1])).toEqual([
      'Ask i-0a15 to leave',
      'Ask i-0a11 to leave',
    ]);
  });

  it('says when there is nothing to do', () => {
    const plan = planOf({ steps: [], end: { kind: 'done', outcome: 'nothing-to-do' } });
    expect(textOf(planReport(plan, 80))).toContain('Nothing to do: every server of consul already runs');
  });

  it('says why it would be refused, with every remedy', () => {
    const failed = [
      { check: 'image', saw: 'ami-1 does not exist in eu-west-1', remedy: 'give the id of another image' },
      { check: 'health', saw: '1 of 5 servers is not healthy', remedy: 'mend i-0a13 first' },
    ];
    const end = { kind: 'stop', outcome: 'refused', reason: { kind: 'preflight', failed } } as const;
    expect(textOf(planReport(planOf({ steps: [], end, survey: surveyOf() }), 80))).toMatchSnapshot();
  });
});
