import { describe, expect, it } from 'vitest';
import type { RollEvent } from '../../../src/lib/model/events.js';
import { EventRecorder } from '../../../src/lib/output/events/event-recorder.js';
import type { EventDocument } from '../../../src/lib/output/events/schema.js';
import { formatAnnotation } from '../../../src/lib/output/github/github-view.js';
import { formatJobSummary } from '../../../src/lib/output/github/summary.js';
import { buildResultDocument } from '../../../src/lib/output/json/documents.js';
import { buildRenderedReport } from '../../../src/lib/output/report/page.js';
import { formatOutcomeReport } from '../../../src/lib/output/text/outcome.js';
import { limits } from '../../helpers/intents.js';
import { buildPlan } from '../../helpers/plans.js';
import { buildResult, buildResultEnd, buildScriptedRoll } from '../../helpers/scripted-roll.js';
import { OBSERVED_AT_MS } from '../../helpers/servers.js';

const HOOK = 'hook after-phase canary failed with exit code 3';
const NOTICE = 'a notice could not be delivered';

function failedHook(onFailure: 'warn' | 'stop'): RollEvent {
  return {
    kind: 'hook',
    atMs: OBSERVED_AT_MS + 1000,
    hook: { on: 'after-phase', run: './smoke.sh', phases: ['canary'], onFailure, timeoutMs: 60_000, folder: '/' },
    point: { on: 'after-phase', phase: 'canary', server: undefined, move: undefined },
    news: { kind: 'ended', end: { kind: 'failed', exitCode: 3 }, elapsedMs: 20 },
  };
}

/** A whole roll, in which these events come early. */
function told(...events: readonly RollEvent[]) {
  const documents: EventDocument[] = [];
  const run = { program: '0.1.0', cluster: 'consul', limits, intervalMs: 5000 };
  const chronicle = new EventRecorder(run, [(document) => void documents.push(document)], OBSERVED_AT_MS);
  const [started, ...rest] = buildScriptedRoll();
  for (const event of [started, ...events, ...rest]) if (event !== undefined) chronicle.handle(event);
  chronicle.conclude(buildResultEnd(buildResult()), OBSERVED_AT_MS + 58_000);
  return { documents, warnings: chronicle.progress.warnings };
}

function summary(warnings: readonly string[]): string[] {
  return formatOutcomeReport(buildResult(), 80, warnings).map(({ text }) => text);
}

describe('the warnings of a roll', () => {
  const { documents, warnings } = told(failedHook('warn'), {
    kind: 'warning',
    warning: { kind: 'message', message: NOTICE },
    atMs: OBSERVED_AT_MS + 2000,
  });

  it('are counted in the closing summary, whatever came after', () => {
    expect(warnings).toEqual([HOOK, NOTICE]);
    const lines = summary(warnings);
    const at = lines.indexOf('Warnings 2 during the roll');
    expect(lines.slice(at + 1, at + 3)).toEqual([`         ${HOOK}`, `         ${NOTICE}`]);
    expect(summary([HOOK])).toContain(`Warning  ${HOOK}`);
    expect(summary([]).join()).not.toContain('Warning');
    expect(buildResultDocument(buildResult(), 0, buildPlan(), undefined, warnings).warnings).toEqual([HOOK, NOTICE]);
  });

  it('are cut short there', () => {
    const many = Array.from({ length: 30 }, (_, n) => `notice ${n} could not be delivered`);
    const lines = summary([HOOK, HOOK, ...many]).filter((line) => /hook|notice|more$/.test(line));
    expect(lines).toHaveLength(6);
    expect(lines[0]).toBe(`         ${HOOK} (2 times)`);
    expect(lines.at(-1)).toBe('         and 26 more');
  });

  it('are at the top of the report', () => {
    const [head] = buildRenderedReport([], documents, undefined).page.split('<h3>Next</h3>');
    expect(head).toContain(`<b>Warning</b> ${HOOK}; the roll continues</p>`);
    expect(head).toContain(`<b>Warning</b> ${NOTICE}</p>`);
  });

  it('are shown by GitHub, in the run and in its summary', () => {
    const ended = documents.at(-1);
    if (ended?.kind !== 'ended') throw new Error('a run ends');
    for (const what of [HOOK, NOTICE]) {
      expect(documents.flatMap((one) => formatAnnotation(one) ?? []).join('\n')).toMatch(
        new RegExp(`^::warning .*${what}`, 'm'),
      );
      expect(formatJobSummary(documents, ended)).toContain(what);
    }
  });
});

it('a hook that ends the roll is its reason, not a warning', () => {
  const { documents, warnings } = told(failedHook('stop'));
  expect(warnings).toEqual([]);
  expect(buildRenderedReport([], documents, undefined).page).not.toContain('<b>Warning</b>');
  expect(documents.flatMap((one) => formatAnnotation(one) ?? []).join('\n')).not.toContain(HOOK);
});
