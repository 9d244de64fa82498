import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { withContext } from '../../../src/cli/outputs.js';
import { RollError } from '../../../src/lib/model/errors.js';
import type { RollEvent } from '../../../src/lib/model/events.js';
import type { RollPlan } from '../../../src/lib/model/plan.js';
import { toOutputLine } from '../../../src/lib/model/printable.js';
import type { StopReason } from '../../../src/lib/model/stop-reason.js';
import { createView } from '../../../src/lib/output/create-view.js';
import type { RunEnd } from '../../../src/lib/output/events/ending.js';
import { EventRecorder } from '../../../src/lib/output/events/event-recorder.js';
import type { EventDocument } from '../../../src/lib/output/events/schema.js';
import { formatAnnotation, formatWorkflowCommand } from '../../../src/lib/output/github/github-view.js';
import {
  buildErrorOutputs,
  buildOutputs,
  buildPlanOutputs,
  formatOutputFile,
} from '../../../src/lib/output/github/outputs.js';
import { formatJobSummary } from '../../../src/lib/output/github/summary.js';
import { limits } from '../../helpers/intents.js';
import { createTestLogSink } from '../../helpers/log-sink.js';
import { buildObservation } from '../../helpers/observations.js';
import { buildPlan, CONTEXT } from '../../helpers/plans.js';
import { buildResult, buildResultEnd, buildScriptedRoll } from '../../helpers/scripted-roll.js';
import { OBSERVED_AT_MS } from '../../helpers/servers.js';

/** What action.yml hands on. */
const OUTPUTS = Object.keys(parse(readFileSync(new URL('../../../action.yml', import.meta.url), 'utf8')).outputs);

/** The documents of the scripted roll and the last of them, as a run would end. */
function run(ending: RunEnd = buildResultEnd(buildResult()), events = buildScriptedRoll()) {
  const told: EventDocument[] = [];
  const facts = { program: '0.1.0', cluster: 'consul', limits, intervalMs: 5000 };
  const chronicle = new EventRecorder(facts, [(document) => void told.push(document)], OBSERVED_AT_MS);
  chronicle.setFound(buildObservation());
  const view = withContext(chronicle, CONTEXT);
  for (const event of events) view.handle(event);
  chronicle.conclude(ending, OBSERVED_AT_MS + 58_000);
  const last = told.at(-1);
  if (last?.kind !== 'ended') throw new Error('a run ends');
  return { told, ended: last };
}

it('a requested rollback is not an error, any other one is', () => {
  const rolledBack = (reason: StopReason) =>
    formatAnnotation(run(buildResultEnd(buildResult({ outcome: 'rolled-back', reason }))).ended);
  expect(rolledBack({ kind: 'operator-request' })).toMatch(/^::notice .*Rolled back, as requested: consul is healthy/);
  expect(rolledBack({ kind: 'rejoined', instanceId: 'i-1', leaves: 3 })).toMatch(/^::error /);
});

function failedStep(message: string): RollEvent {
  const step = {
    phase: 'drain',
    action: { kind: 'terminate', instanceId: 'i-0a11' },
    reason: { kind: 'agent-down' },
    margin: undefined,
  } as const;
  return { kind: 'step-failed', atMs: OBSERVED_AT_MS, step, message };
}

describe('a workflow command', () => {
  it('escapes characters that would end it or its properties', () => {
    expect(formatWorkflowCommand('error', ['50%\r\n', 'of a: b, c'], { title: 'a: b, 5%\n', file: 'x' })).toBe(
      '::error title=a%3A b%2C 5%25 ,file=x::50%25 %0Aof a: b, c\n',
    );
    expect(formatWorkflowCommand('endgroup')).toBe('::endgroup::\n');
  });

  it.each([
    ['::add-mask::secret', ': :add-mask::secret'],
    ['  ::stop-commands::x', '  : :stop-commands::x'],
    ['and ##[error]no', 'and ## [error]no'],
    ['a::b is ::no command', 'a::b is ::no command'],
  ])('is not started by %j in a message', (line, shown) => {
    expect(toOutputLine(line)).toBe(shown);
  });
});

describe('the log in GitHub Actions', () => {
  it('has one group for each phase, each closed before the next', async () => {
    const { stream, text } = createTestLogSink();
    const view = await createView('github', { stream, colour: false, now: () => OBSERVED_AT_MS });
    for (const event of buildScriptedRoll()) view.handle(event);
    await view.end(buildResult());
    const commands = text()
      .split('\n')
      .filter((line) => line.startsWith('::'));
    const groups = ['Preflight', 'Snapshot', 'Prepare', 'Canary', 'Grow', 'Drain', 'Finish'];
    expect(commands).toEqual(groups.flatMap((group) => [`::group::${group}`, '::endgroup::']));
    expect(text()).toMatch(/::group::Drain\n.*deregister i-0a15/);
  });
});

describe('the annotations of a run', () => {
  const annotations = (told: readonly EventDocument[]) => told.flatMap((one) => formatAnnotation(one) ?? []);

  it('are one notice after a successful roll', () => {
    expect(annotations(run().told)).toEqual([
      '::notice title=consul-roll consul%3A rolled::Rolled: every server of consul runs ami-0c0ffee02.\n',
    ]);
  });

  it('are warnings during the roll, and an error with what to do next', () => {
    const reason = { kind: 'rejoined', instanceId: 'i-0a13', leaves: 3 } as const;
    const ending = buildResultEnd(buildResult({ outcome: 'stopped', reason }));
    const [warning, error] = annotations(run(ending, [failedStep('Throttling:\nRate exceeded')]).told);
    expect(warning).toBe(
      '::warning title=consul-roll consul%3A preflight::failed: terminate i-0a11: Throttling: Rate exceeded\n',
    );
    expect(error).toMatch(
      /^::error title=consul-roll consul%3A stopped::.*%0ANext: .*consul-roll resume --cluster consul/,
    );
  });
});

describe('the outputs of a step', () => {
  it('contain the outcome of the run', () => {
    const { told, ended } = run();
    expect(buildOutputs(told, ended)).toMatchObject({
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

  it.each<[string, Partial<RollPlan>, number, Record<string, unknown>]>([
    [
      'a valid one',
      { estimate: { remainingMs: 241_400, parts: [] } },
      0,
      { outcome: 'planned', changes: 'true', steps: '24', 'expected-seconds': '241', 'roll-id': '', 'new-group': '' },
    ],
    [
      'one of a roll in progress',
      { resumed: true },
      0,
      { outcome: 'planned', 'roll-id': '7f3a', 'new-group': 'consul-7f3a', 'expected-seconds': '' },
    ],
    [
      'nothing to do',
      { steps: [], end: { kind: 'done', outcome: 'nothing-to-do' } },
      0,
      { outcome: 'nothing-to-do', changes: 'false', steps: '0', summary: expect.stringMatching(/^Nothing to do: /) },
    ],
    [
      'a refused one',
      { steps: [], end: { kind: 'stop', outcome: 'refused', reason: { kind: 'no-leader', answers: [] } } },
      3,
      { outcome: 'refused', 'exit-code': '3', changes: 'false', summary: expect.stringMatching(/^Refused: /) },
    ],
  ])('describe a plan: %s', (_, over, exitCode, told) => {
    const outputs = buildPlanOutputs(buildPlan(over), exitCode);
    expect(outputs).toMatchObject({ 'from-image': 'ami-0c0ffee01', image: 'ami-0c0ffee02', voters: '5', ...told });
    expect(Object.keys(outputs).filter((name) => !OUTPUTS.includes(name))).toEqual([]);
  });

  it('describe a failed plan', () => {
    const error = new RollError({ code: 'x', message: 'No group.', kind: 'refused', next: 'check the name' });
    const outputs = { outcome: 'refused', 'exit-code': '3', summary: 'No group.', next: 'check the name' };
    expect(buildErrorOutputs(error, 3)).toEqual(outputs);
  });

  it('keep a value with several lines whole, and cannot be extended by it', () => {
    const text = formatOutputFile({ next: ['one', 'EOF\nfrom outside', 'exit-code=0'], 'exit-code': '5' }, 'D1');
    expect(text).toBe('next<<D1\none\nEOF from outside\nexit-code=0\nD1\nexit-code<<D1\n5\nD1\n');
    expect(() => formatOutputFile({ next: ['a', 'D1', 'b'] }, 'D1')).toThrow('next contains the delimiter');
  });
});

describe('the summary of a job', () => {
  it('reads as a page', () => {
    const { told, ended } = run();
    expect(formatJobSummary(told, ended)).toMatchSnapshot();
  });

  it('escapes the text of others in its cells', () => {
    const { told, ended } = run(undefined, [failedStep('<img src=x> | **no** `x` [a](b)\n# c & d')]);
    const [row] = formatJobSummary(told, ended)
      .split('\n')
      .filter((line) => line.includes('failed:'));
    expect(row).toBe(
      '| 2026-01-02 03:04:05 | preflight | failed: terminate i-0a11: &lt;img src=x> &#124; &#42;&#42;no&#42;&#42; ' +
        '&#96;x&#96; &#91;a&#93;(b) &#35; c &amp; d |',
    );
  });

  it('shows the first problems and counts the rest', () => {
    const { told, ended } = run(
      undefined,
      Array.from({ length: 33 }, (_, n) => failedStep(`no ${n}`)),
    );
    const page = formatJobSummary(told, ended);
    expect(page.match(/failed: terminate/g)).toHaveLength(20);
    expect(page).toContain('and 13 more, in the log');
  });
});
