import { describe, expect, it } from 'vitest';
import { getDemoExitCode } from '../../../src/cli/exit-codes.js';
import { findHealthIssues } from '../../../src/lib/engine/decide/health.js';
import { RollError } from '../../../src/lib/model/errors.js';
import { EMPTY_MEMORY } from '../../../src/lib/model/memory.js';
import { computeQuorumMargin } from '../../../src/lib/model/raft.js';
import { buildDemoDocument } from '../../../src/lib/output/json/command-documents.js';
import {
  buildErrorDocument,
  buildPlanDocument,
  buildResultDocument,
  buildStatusDocument,
} from '../../../src/lib/output/json/documents.js';
import { getColumnsOrUnlimited } from '../../../src/lib/output/terminal/console.js';

import { isClusterHealthy } from '../../../src/lib/output/text/cluster.js';
import { formatDemo } from '../../../src/lib/output/text/demo.js';
import { formatError, formatOutcomeReport } from '../../../src/lib/output/text/outcome.js';
import { formatStatus } from '../../../src/lib/output/text/status.js';
import { buildDemoResult } from '../../helpers/demos.js';
import { buildIntent, buildMidRoll } from '../../helpers/intents.js';
import { buildObservation } from '../../helpers/observations.js';
import { buildPlan } from '../../helpers/plans.js';
import { buildResult } from '../../helpers/scripted-roll.js';
import { NEW_IMAGE, OBSERVED_AT_MS, OLD_IMAGE } from '../../helpers/servers.js';

function textOf(lines: readonly { readonly text: string }[]): string {
  return lines.map(({ text }) => text).join('\n');
}

const rolling = {
  observation: buildObservation({ new: 2, stages: { 'i-0b12': 'joined' } }),
  memory: EMPTY_MEMORY,
  intent: buildIntent(buildObservation()),
  next: {
    kind: 'wait',
    wait: {
      phase: 'grow',
      for: { kind: 'ready', side: 'new', instanceIds: ['i-0b12'], expected: 2 },
      limitMs: 600_000,
      sinceMs: OBSERVED_AT_MS - 38_000,
    },
  },
  lock: {
    holder: 'ann@ops pid 7',
    rollId: '7f3a',
    sinceMs: OBSERVED_AT_MS - 60_000,
    renewedAtMs: OBSERVED_AT_MS - 4_000,
    ttlMs: 30_000,
  },
  healthIssues: [],
} as const;
const quiet = {
  observation: buildObservation(),
  memory: EMPTY_MEMORY,
  intent: undefined,
  next: undefined,
  lock: undefined,
  healthIssues: [],
};

describe('the status', () => {
  it('of a cluster without a roll', () => {
    expect(textOf(formatStatus(quiet, 80))).toMatchSnapshot();
  });

  it('of a cluster that heals: what goes, what comes, what may not happen meanwhile, and what to do', () => {
    const observation = buildObservation({ old: 3, stages: { 'i-0a13': 'terminating' }, oldGroup: { desired: 3 } });
    const unhealthy = { ...quiet, observation: observation, healthIssues: findHealthIssues(observation, undefined) };
    expect(textOf(formatStatus(unhealthy, 80))).toMatchSnapshot();
    expect(isClusterHealthy(unhealthy)).toBe(false);
    expect(buildStatusDocument(unhealthy, 0)).toMatchObject({ healthy: false, health: { remedies: [] } });
  });

  it('of a cluster in a roll, with who runs it and what is next', () => {
    expect(textOf(formatStatus(rolling, 100))).toMatchSnapshot();
  });

  it('cuts off no text on a narrow screen', () => {
    const narrow = textOf(formatStatus(rolling, 40));
    expect(narrow).not.toContain('…');
    const long = narrow.split('\n').filter((line) => line.length > 40);
    expect(long).toEqual([expect.stringMatching(/^ *consul-roll status --cluster consul --watch/)]);
  });

  it.each([
    ['five voters', buildObservation(), true],
    ['fewer servers than the desired capacity', buildObservation({ old: 4, oldGroup: { desired: 5 } }), false],
    ['no leader', buildObservation({ leader: undefined }), false],
    ['an unhealthy voter', buildObservation({ stages: { 'i-0a13': 'unhealthy' } }), false],
    ['a server that does not vote yet', buildObservation({ stages: { 'i-0a13': 'joined' } }), false],
    ['one server alone, without margin', buildObservation({ old: 1 }), false],
    ['a server that boots', buildObservation({ new: 1, stages: { 'i-0b11': 'booting' } }), true],
  ])('%s: healthy or not', (_, observation, healthy) => {
    expect(isClusterHealthy({ observation, intent: undefined })).toBe(healthy);
  });
});

describe('the end of a roll', () => {
  it('says what happened, what is now, what it took and what is next', () => {
    expect(textOf(formatOutcomeReport(buildResult(), 80))).toMatchSnapshot();
  });

  it('says why it stopped, and how to resume', () => {
    const reason = { kind: 'quorum-at-risk', instanceId: 'i-0a13', after: computeQuorumMargin(6, 4) } as const;
    const { observation } = buildMidRoll({ new: 2 });
    const result = buildResult({ outcome: 'stopped', reason, observation });
    expect(textOf(formatOutcomeReport(result, 100))).toMatchSnapshot();
  });

  it('tells the operator to terminate no server when the quorum is at risk', () => {
    const result = buildResult({ outcome: 'quorum-at-risk', observation: buildObservation({ leader: undefined }) });
    expect(textOf(formatOutcomeReport(result, 80))).toContain('do not terminate any server');
  });

  it('explains an error and gives the next command', () => {
    const error = new RollError({ code: 'locked', message: 'Locked by ann.', kind: 'locked', next: 'wait' });
    expect(textOf(formatError(error, 80))).toBe('Error: Locked by ann.\nNothing was changed.\nNext: wait');
    const long = new RollError({
      code: 'x',
      message: `c.yaml:3:7  ${'word '.repeat(40)}end`,
      kind: 'usage',
      next: 'mend it',
    });
    expect(formatError(long, getColumnsOrUnlimited({ isTTY: false } as NodeJS.WriteStream))[0]?.text).toMatch(/end$/);
    expect(
      formatError(long, getColumnsOrUnlimited({ isTTY: true, columns: 80 } as NodeJS.WriteStream))[0]?.text,
    ).not.toMatch(/end$/);
    expect(buildErrorDocument(error, 7)).toEqual({
      schema: 'consul-roll/error/1',
      exitCode: 7,
      error: { code: 'locked', message: 'Locked by ann.', state: 'Nothing was changed.', next: 'wait' },
    });
  });
});

describe('the JSON documents', () => {
  it('have no undefined field', () => {
    const documents = [
      buildResultDocument(buildResult(), 0, buildPlan()),
      buildResultDocument(buildResult({ observation: undefined, intent: undefined }), 0, buildPlan()),
      buildPlanDocument(buildPlan(), 0),
      buildStatusDocument(quiet, 0),
      buildStatusDocument(rolling, 0),
      buildDemoDocument(buildDemoResult(), 0),
    ];
    for (const document of documents) expect(JSON.parse(JSON.stringify(document))).toEqual(document);
  });

  it('contain the outcome of a roll', () => {
    expect(buildResultDocument(buildResult(), 0, buildPlan())).toMatchObject({
      schema: 'consul-roll/result/4',
      outcome: 'rolled',
      exitCode: 0,
      from: { image: OLD_IMAGE },
      to: { image: NEW_IMAGE },
      state: { voters: 5, healthy: 5, quorum: 3, margin: 2, leader: 'i-0b11' },
    });
  });

  it('number the steps of a plan', () => {
    const { steps } = buildPlanDocument(buildPlan(), 0);
    expect(steps.map(({ number }) => number)).toEqual(steps.map((_, index) => index + 1));
    expect(steps.at(0)).toMatchObject({ phase: 'snapshot', what: "Save a snapshot of Consul's state" });
  });
});

describe('the end of a demo', () => {
  it('is understood at a glance', () => {
    expect(textOf(formatDemo(buildDemoResult(), 80))).toMatchSnapshot();
  });

  it('says that Consul was simulated', () => {
    const rolled = buildDemoResult({ to: { image: 'ami-2', name: 'consul-v2', consul: '1.14.11' } });
    expect(textOf(formatDemo(rolled, 80))).toContain('REAL Consul 1.8.7, then 1.14.11: one process per server');
    const simulated = buildDemoResult({ consul: { kind: 'simulated', version: '1.20.2' } });
    expect(textOf(formatDemo(simulated, 120))).toContain('SIMULATED Consul');
  });

  it('is a failure if one acknowledged write is lost, whatever the outcome', () => {
    const lossy = buildDemoResult({
      writes: { acknowledged: 10, failed: 0, lost: 1, longestGapMs: 5, longestGapAtMs: 0 },
    });
    expect(getDemoExitCode(lossy)).toBe(1);
    expect(getDemoExitCode(buildDemoResult())).toBe(0);
    expect(getDemoExitCode(buildDemoResult({ roll: buildResult({ outcome: 'rolled-back' }) }))).toBe(4);
  });

  it('has the document that scripts are promised', () => {
    expect(buildDemoDocument(buildDemoResult(), 0)).toMatchSnapshot();
  });
});
