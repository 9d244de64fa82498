import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { RollError } from '../../../src/lib/model/errors.js';
import type { RollEvent, RollResult } from '../../../src/lib/model/events.js';
import type { Plan } from '../../../src/lib/model/plan.js';
import { createView } from '../../../src/lib/output/create-view.js';
import type { Ending } from '../../../src/lib/output/events/ending.js';
import { Chronicle } from '../../../src/lib/output/events/event-recorder.js';
import type { EventDocument } from '../../../src/lib/output/events/schema.js';
import { annotationOf, command, harmless } from '../../../src/lib/output/github/github-view.js';
import { errorOutputs, outputFile, outputsOf, planOutputs } from '../../../src/lib/output/github/outputs.js';
import { summaryOf } from '../../../src/lib/output/github/summary.js';
import { limits } from '../../helpers/intents.js';
import { paper } from '../../helpers/paper.js';
import { planOf } from '../../helpers/plans.js';
import { resultOf, scriptedRoll } from '../../helpers/scripted-roll.js';
import { LOOK_MS } from '../../helpers/servers.js';

/** What action.yml hands on. */
const OUTPUTS = Object.keys(
  parse(readFileSync(new URL('../../../action.yml', import.meta.url), 'utf8')).outputs,
);

/** The documents of the scripted roll and the last of them, as a run would end. */
function run(ending: Ending = { kind: 'result', result: resultOf() }, events = scriptedRoll()) {
  const told: EventDocument[] = [];
  const facts = { program: '0.1.0', cluster: 'consul', limits, intervalMs: 5000 };
  const chronicle = new Chronicle(facts, [(document) => void told.push(document)], LOOK_MS);
  chronicle.learn({
    from: { image: 'ami-0c0ffee01', name: undefined, consul: ['1.20.2'] },
    toName: 'consul-v2',
  });
  for (const event of events) chronicle.handle(event);
  chronicle.conclude(ending, LOOK_MS + 58_000);
  const last = told.at(-1);
  if (last?.kind !== 'ended') throw new Error('a run ends');
  return { told, ended: last };
}

it('a rollback that was asked for is no error, one that was not is', () => {
  const rolledBack = (reason: RollResult['reason']) =>
    annotationOf(run({ kind: 'result', result: resultOf({ outcome: 'rolled-back', reason }) }).ended);
  expect(rolledBack({ kind: 'asked' })).toMatch(/^::notice .*Rolled back, as asked: consul is healthy/);
  expect(rolledBack({ kind: 'came-back', instanceId: 'i-1', leaves: 3 })).toMatch(/^::error /);
});

function failedStep(message: string): RollEvent {
  const step = {
    phase: 'drain',
    action: { kind: 'terminate', instanceId: 'i-0a11' },
    why: '',
    budget: undefined,
  } as const;
  return { kind: 'step-failed', atMs: LOOK_MS, step, message };
}

describe('a workflow command', () => {
  it('escapes what would end it or its properties', () => {
    expect(command('error', '50%\r\nof a: b, c', { title: 'a: b, 5%\n', file: 'x' })).toBe(
      '::error title=a%3A b%2C 5%25 ,file=x::50%25%0D%0Aof a: b, c\n',
    );
    expect(command('endgroup')).toBe('::endgroup::\n');
  });

  it.each([
    ['::add-mask::secret', ': :add-mask::secret'],
    ['  ::stop-commands::x', '  : :stop-commands::x'],
    ['and ##[error]no', 'and ## [error]no'],
    ['a::b is ::no command', 'a::b is ::no command'],
  ])('cannot be smuggled in by %j', (line, shown) => {
    expect(harmless(line)).toBe(shown);
  });
});

describe('the log in GitHub Actions', () => {
  it('has one group for every phase, each closed before the next', async () => {
    const { stream, text } = paper();
    const view = await createView('github', { stream, colour: false, now: () => LOOK_MS });
    for (const event of scriptedRoll()) view.handle(event);
    await view.end(resultOf());
    const commands = text()
      .split('\n')
      .filter((line) => line.startsWith('::'));
    const groups = ['Preflight', 'Snapshot', 'Prepare', 'Canary', 'Grow', 'Drain', 'Finish'];
    expect(commands).toEqual(groups.flatMap((group) => [`::group::${group}`, '::endgroup::']));
    expect(text()).toMatch(/::group::Drain\n.*deregister i-0a15/);
  });
});

describe('the annotations of a run', () => {
  const annotations = (told: readonly EventDocument[]) => told.flatMap((one) => annotationOf(one) ?? []);

  it('are one notice where all went well', () => {
    expect(annotations(run().told)).toEqual([
      '::notice title=consul-roll consul%3A rolled::Rolled: every server of consul runs ami-0c0ffee02.\n',
    ]);
  });

  it('are warnings on the way, and an error that says what to do', () => {
    const reason = { kind: 'came-back', instanceId: 'i-0a13', leaves: 3 } as const;
    const ending = { kind: 'result', result: resultOf({ outcome: 'stopped', reason }) } as const;
    const [warning, error] = annotations(run(ending, [failedStep('Throttling:\nRate exceeded')]).told);
    expect(warning).toBe(
      '::warning title=consul-roll consul%3A preflight::failed: terminate i-0a11: Throttling:%0ARate exceeded\n',
    );
    expect(error).toMatch(
      /^::error title=consul-roll consul%3A stopped::.*%0ANext: .*consul-roll resume --cluster consul/,
    );
  });
});

describe('the outputs of a step', () => {
  it('tell how the run ended', () => {
    const { told, ended } = run();
    expect(outputsOf(told, ended)).toMatchObject({
      outcome: 'rolled',
      'exit-code': '0',
      'roll-id': '7f3a',
      'old-group': 'consul',
      'new-group': 'consul-7f3a',
      'from-image': 'ami-0c0ffee01',
      image: 'ami-0c0ffee02',
      voters: '5',
      quorum: '3',
    });
  });

  it.each<[string, Partial<Plan>, number, Record<string, unknown>]>([
    [
      'one that could go ahead',
      { expected: { leftMs: 241_400, shares: [] } },
      0,
      {
        outcome: 'planned',
        changes: 'true',
        steps: '24',
        'expected-seconds': '241',
        'roll-id': '',
        'new-group': '',
      },
    ],
    [
      'one of a roll that has begun',
      { resumed: true },
      0,
      { outcome: 'planned', 'roll-id': '7f3a', 'new-group': 'consul-7f3a', 'expected-seconds': '' },
    ],
    [
      'nothing to do',
      { steps: [], end: { kind: 'done', outcome: 'nothing-to-do' } },
      0,
      {
        outcome: 'nothing-to-do',
        changes: 'false',
        steps: '0',
        summary: expect.stringMatching(/^Nothing to do: /),
      },
    ],
    [
      'one that would be refused',
      { steps: [], end: { kind: 'stop', outcome: 'refused', reason: { kind: 'no-leader', answers: [] } } },
      3,
      {
        outcome: 'refused',
        'exit-code': '3',
        changes: 'false',
        summary: expect.stringMatching(/^Refused: /),
      },
    ],
  ])('tell of a plan: %s', (_, over, exitCode, told) => {
    const outputs = planOutputs(planOf(over), exitCode);
    expect(outputs).toMatchObject({
      'from-image': 'ami-0c0ffee01',
      image: 'ami-0c0ffee02',
      voters: '5',
      ...told,
    });
    expect(Object.keys(outputs).filter((name) => !OUTPUTS.includes(name))).toEqual([]);
  });

  it('tell of a plan that could not be made', () => {
    const error = new RollError({ code: 'x', message: 'No group.', exitCode: 3, next: 'check the name' });
    const outputs = { outcome: 'refused', 'exit-code': '3', summary: 'No group.', next: 'check the name' };
    expect(errorOutputs(error)).toEqual(outputs);
  });

  it('keep a value of several lines whole, and cannot be added to by one', () => {
    const text = outputFile({ next: 'one\nEOF\nexit-code=0', 'exit-code': '5' }, 'D1');
    expect(text).toBe('next<<D1\none\nEOF\nexit-code=0\nD1\nexit-code<<D1\n5\nD1\n');
    expect(() => outputFile({ next: 'a\nD1\nb' }, 'D1')).toThrow('next has the delimiter');
  });
});

describe('the summary of a job', () => {
  it('reads as a page', () => {
    const { told, ended } = run();
    expect(summaryOf(told, ended)).toMatchSnapshot();
  });

  it('shows what others say as text, in its cell', () => {
    const { told, ended } = run(undefined, [failedStep('<img src=x> | **no** `x` [a](b)\n# c & d')]);
    const [row] = summaryOf(told, ended)
      .split('\n')
      .filter((line) => line.includes('failed:'));
    expect(row).toBe(
      '| 2026-01-02 03:04:05 | preflight | failed: terminate i-0a11: &lt;img src=x> &#124; &#42;&#42;no&#42;&#42; ' +
        '&#96;x&#96; &#91;a&#93;(b) &#35; c &amp; d |',
    );
  });

  it('shows the first of many troubles, and counts the rest', () => {
    const { told, ended } = run(
      undefined,
      Array.from({ length: 33 }, (_, n) => failedStep(`no ${n}`)),
    );
    const page = summaryOf(told, ended);
    expect(page.match(/failed: terminate/g)).toHaveLength(20);
    expect(page).toContain('and 13 more, in the log');
  });
});
