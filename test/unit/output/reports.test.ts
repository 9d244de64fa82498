import { describe, expect, it } from 'vitest';
import { ailmentsOf } from '../../../src/lib/engine/decide/health.js';
import { RollError } from '../../../src/lib/model/errors.js';
import { budgetOf } from '../../../src/lib/model/raft.js';
import { demoJson } from '../../../src/lib/output/json/command-documents.js';
import { errorJson, planJson, resultJson, statusJson } from '../../../src/lib/output/json/documents.js';
import { columnsOrWhole } from '../../../src/lib/output/terminal/console.js';
import { demoExitCode, demoReport } from '../../../src/lib/output/text/demo.js';
import { errorReport } from '../../../src/lib/output/text/error.js';
import { isHealthy, outcomeLines } from '../../../src/lib/output/text/outcome.js';
import { statusReport } from '../../../src/lib/output/text/status.js';
import { demo } from '../../helpers/demos.js';
import { intentFor } from '../../helpers/intents.js';
import { planOf } from '../../helpers/plans.js';
import { resultOf } from '../../helpers/scripted-roll.js';
import { LOOK_MS, NEW_IMAGE, OLD_IMAGE } from '../../helpers/servers.js';
import { surveyOf } from '../../helpers/surveys.js';

function textOf(lines: readonly { readonly text: string }[]): string {
  return lines.map(({ text }) => text).join('\n');
}

const rolling = {
  survey: surveyOf({ new: 2, stages: { 'i-0b12': 'joined' } }),
  intent: intentFor(surveyOf()),
  next: {
    kind: 'wait',
    wait: {
      phase: 'grow',
      for: { kind: 'ready', side: 'new', instanceIds: ['i-0b12'], expected: 2 },
      limitMs: 600_000,
      sinceMs: LOOK_MS - 38_000,
    },
  },
  lock: {
    holder: 'ann@ops pid 7',
    rollId: '7f3a',
    sinceMs: LOOK_MS - 60_000,
    renewedAtMs: LOOK_MS - 4_000,
    ttlMs: 30_000,
  },
  ailments: [],
} as const;
const quiet = { survey: surveyOf(), intent: undefined, next: undefined, lock: undefined, ailments: [] };

describe('the status', () => {
  it('of a cluster nobody rolls', () => {
    expect(textOf(statusReport(quiet, 80))).toMatchSnapshot();
  });

  it('of a cluster that heals: what goes, what comes, what may not happen meanwhile, and what to do', () => {
    const survey = surveyOf({ old: 3, stages: { 'i-0a13': 'terminating' }, oldGroup: { desired: 3 } });
    const healing = { ...quiet, survey, ailments: ailmentsOf(survey, undefined) };
    expect(textOf(statusReport(healing, 80))).toMatchSnapshot();
    expect(isHealthy(healing)).toBe(false);
    expect(statusJson(healing)).toMatchObject({ healthy: false, healing: { next: [] } });
  });

  it('of a cluster in a roll, with who runs it and what is next', () => {
    expect(textOf(statusReport(rolling, 100))).toMatchSnapshot();
  });

  it('cuts off nothing where the screen is narrow', () => {
    const narrow = textOf(statusReport(rolling, 40));
    expect(narrow).not.toContain('…');
    const long = narrow.split('\n').filter((line) => line.length > 40);
    expect(long).toEqual([expect.stringMatching(/^ *consul-roll status --cluster consul --watch/)]);
  });

  it.each([
    ['five voters', surveyOf(), true],
    ['fewer servers than the group wants', surveyOf({ old: 4, oldGroup: { desired: 5 } }), false],
    ['no leader', surveyOf({ leader: undefined }), false],
    ['an unhealthy voter', surveyOf({ stages: { 'i-0a13': 'unhealthy' } }), false],
    ['a server that does not vote yet', surveyOf({ stages: { 'i-0a13': 'joined' } }), false],
    ['one server alone, with none to spare', surveyOf({ old: 1 }), false],
    ['a server that boots', surveyOf({ new: 1, stages: { 'i-0b11': 'booting' } }), true],
  ])('%s: healthy or not', (_, survey, healthy) => {
    expect(isHealthy({ survey, intent: undefined })).toBe(healthy);
  });
});

describe('the end of a roll', () => {
  it('says what happened, what is now, what it took and what is next', () => {
    expect(textOf(outcomeLines(resultOf(), 80))).toMatchSnapshot();
  });

  it('says why it stopped, and how to carry on', () => {
    const reason = { kind: 'quorum-at-risk', instanceId: 'i-0a13', after: budgetOf(6, 4) } as const;
    const result = resultOf({ outcome: 'stopped', reason, survey: surveyOf({ new: 2 }) });
    expect(textOf(outcomeLines(result, 100))).toMatchSnapshot();
  });

  it('sends nobody to terminate anything when the quorum is at risk', () => {
    const result = resultOf({ outcome: 'quorum-at-risk', survey: surveyOf({ leader: undefined }) });
    expect(textOf(outcomeLines(result, 80))).toContain('terminate nothing');
  });

  it('has an error say what it means and what to do', () => {
    const error = new RollError({ code: 'locked', message: 'Locked by ann.', exitCode: 7, next: 'wait' });
    expect(textOf(errorReport(error, 80))).toBe('Error: Locked by ann.\nNothing was changed.\nNext: wait');
    const long = new RollError({
      code: 'x',
      message: `c.yaml:3:7  ${'word '.repeat(40)}end`,
      exitCode: 2,
      next: 'mend it',
    });
    expect(errorReport(long, columnsOrWhole({ isTTY: false } as NodeJS.WriteStream))[0]?.text).toMatch(
      /end$/,
    );
    expect(
      errorReport(long, columnsOrWhole({ isTTY: true, columns: 80 } as NodeJS.WriteStream))[0]?.text,
    ).not.toMatch(/end$/);
    expect(errorJson(error)).toEqual({
      schema: 'consul-roll/error/1',
      exitCode: 7,
      error: { code: 'locked', message: 'Locked by ann.', state: 'Nothing was changed.', next: 'wait' },
    });
  });
});

describe('the documents for scripts', () => {
  it('are whole: nothing in them is undefined', () => {
    const documents = [
      resultJson(resultOf(), OLD_IMAGE),
      resultJson(resultOf({ survey: undefined, intent: undefined }), undefined),
      planJson(planOf(), 0),
      statusJson(quiet),
      statusJson(rolling),
      demoJson(demo()),
    ];
    for (const document of documents) expect(JSON.parse(JSON.stringify(document))).toEqual(document);
  });

  it('tell how a roll ended', () => {
    expect(resultJson(resultOf(), OLD_IMAGE)).toMatchObject({
      schema: 'consul-roll/result/1',
      outcome: 'rolled',
      exitCode: 0,
      from: { image: OLD_IMAGE },
      to: { image: NEW_IMAGE },
      state: { voters: 5, healthy: 5, quorum: 3, spare: 2, leader: 'i-0b11' },
    });
  });

  it('number the steps of a plan', () => {
    const { steps } = planJson(planOf(), 0);
    expect(steps.map(({ number }) => number)).toEqual(steps.map((_, index) => index + 1));
    expect(steps.at(0)).toMatchObject({ phase: 'snapshot', what: "Save a snapshot of Consul's state" });
  });
});

describe('the end of a demo', () => {
  it('is understood at a glance', () => {
    expect(textOf(demoReport(demo(), 80))).toMatchSnapshot();
  });

  it('says loudly that Consul was simulated', () => {
    const simulated = demo({ consul: { kind: 'simulated', version: '1.20.2' } });
    expect(textOf(demoReport(simulated, 120))).toContain('SIMULATED Consul');
  });

  it('is a failure when one acknowledged write is lost, whatever the roll said', () => {
    const lossy = demo({ writes: { acknowledged: 10, failed: 0, lost: 1, longestGapMs: 5 } });
    expect(demoExitCode(lossy)).toBe(1);
    expect(demoExitCode(demo())).toBe(0);
    expect(demoExitCode(demo({ roll: resultOf({ outcome: 'rolled-back' }) }))).toBe(4);
  });

  it('has the document that scripts are promised', () => {
    expect(demoJson(demo())).toMatchSnapshot();
  });
});
