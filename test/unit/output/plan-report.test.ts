import { describe, expect, it } from 'vitest';
import { planRoll } from '../../../src/lib/engine/plan/plan.js';
import { formatPlan } from '../../../src/lib/output/text/plan.js';
import { buildFailedCheck } from '../../helpers/doctor-report.js';
import { buildOrder, createFakeEngine } from '../../helpers/fake-engine.js';
import { limits } from '../../helpers/intents.js';
import { buildObservation } from '../../helpers/observations.js';
import { buildPlan } from '../../helpers/plans.js';

function textOf(lines: readonly { readonly text: string }[]): string {
  return lines.map(({ text }) => text).join('\n');
}

describe('the plan as a table', () => {
  it('gives the duration and its critical path', async () => {
    const planned = await planRoll(createFakeEngine(5), buildOrder({ limits: { ...limits, bakeMs: 600_000 } }));
    const text = formatPlan(planned, 80)
      .map((line) => line.text)
      .join(' ');
    expect(text).toMatch(/37 steps, about 18 m; then every server of consul/);
    expect(text).toMatch(
      /Canary +2 steps 4 s, boot 1 m 15 s, join and vote 10 s, gates 10 s and load +balancer health/,
    );
    expect(text).toMatch(/Finish .*bake 10 m/);
    const estimate = await planRoll(createFakeEngine(5), buildOrder());
    expect(textOf(formatPlan(estimate, 80)).replaceAll('\n', ' ')).toMatch(
      /37 steps, about 7 m 20 s, an estimate; then/,
    );
  });

  it('has every step with its reason and its voters, and fits 80 columns', () => {
    const lines = formatPlan(buildPlan(), 80);
    expect(Math.max(...lines.map(({ text }) => text.length))).toBeLessThanOrEqual(80);
    expect(textOf(lines)).toMatchSnapshot();
  });

  it('marks the points of no return: the first leave, that of the leader, and the deletion of the old group', () => {
    const lines = formatPlan(buildPlan(), 100).map(({ text }) => text);
    const marks = lines.flatMap((line, at) => (line.includes('-- from here on') ? [at] : []));
    expect(marks.map((at) => lines[at - 2]?.trim().split(/ {2,}/)[1])).toEqual([
      'Ask i-0a15 to leave',
      'Ask i-0a11 to leave',
      'Delete group consul',
    ]);
  });

  it('says if there is nothing to do', () => {
    const plan = buildPlan({ steps: [], end: { kind: 'done', outcome: 'nothing-to-do' } });
    expect(textOf(formatPlan(plan, 80))).toContain('Nothing to do: every server of consul already runs');
  });

  it('says why it would be refused, with every remedy', () => {
    const failed = [
      buildFailedCheck('image', 'ami-1 does not exist in eu-west-1', 'give the id of another image'),
      buildFailedCheck('health', '1 of 5 servers is not healthy', 'mend i-0a13 first'),
    ];
    const end = { kind: 'stop', outcome: 'refused', reason: { kind: 'preflight', failed } } as const;
    expect(textOf(formatPlan(buildPlan({ steps: [], end, observation: buildObservation() }), 80))).toMatchSnapshot();
  });

  it.each([
    ['refused', /^Refused: Requested/],
    ['stopped', /^The roll would stop here: Requested/],
    ['quorum-at-risk', /^The roll would stop here with the quorum at risk: Requested/],
  ] as const)('says how it would end: %s', (outcome, said) => {
    const end = { kind: 'stop', outcome, reason: { kind: 'operator-request' } } as const;
    expect(formatPlan(buildPlan({ end }), 100).at(-1)?.text).toMatch(said);
  });

  it('names the old image for a rollback', () => {
    const plan = buildPlan({ resumed: true, end: { kind: 'done', outcome: 'rolled-back' } });
    expect(formatPlan(plan, 100).at(-1)?.text).toBe('24 steps; then consul runs the old image again.');
  });

  it('names no version if no server answers', () => {
    const all = ['i-0a11', 'i-0a12', 'i-0a13'];
    const stages = Object.fromEntries(all.map((id) => [id, 'booting' as const]));
    const silent = buildPlan({ observation: buildObservation({ old: 3, leader: undefined, stages }) });
    expect(formatPlan(silent, 100)[1]?.text).toBe(
      'consul-v1 (ami-0c0ffee01, 41 d old), Consul does not answer  ->  consul-v2 (ami-0c0ffee02, 2 h old)',
    );
  });
});
