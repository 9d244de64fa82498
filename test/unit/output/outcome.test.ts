import { describe, expect, it } from 'vitest';
import { EMPTY_MEMORY } from '../../../src/lib/model/memory.js';
import { buildDemoDocument } from '../../../src/lib/output/json/command-documents.js';
import { buildResultDocument } from '../../../src/lib/output/json/documents.js';
import { buildOutcomeText, formatOutcomeReport } from '../../../src/lib/output/text/outcome.js';
import { buildObservation } from '../../helpers/observations.js';
import { buildPlan } from '../../helpers/plans.js';
import { buildResult } from '../../helpers/scripted-roll.js';
import { NEW_IMAGE, OLD_IMAGE } from '../../helpers/servers.js';

const SNAPSHOT = { path: '/home/ann/.consul-roll/consul-7f3a.snap', bytes: 1_234_567 };
const reason = { kind: 'rejoined', instanceId: 'i-0a13', leaves: 3 } as const;

describe('the snapshot of a roll', () => {
  const saved = buildResult({ memory: { ...EMPTY_MEMORY, snapshot: SNAPSHOT } });

  it('is named in the report at the end', () => {
    const lines = formatOutcomeReport(saved, 80).map(({ text }) => text);
    expect(lines).toContain(`Snapshot ${SNAPSHOT.path}`);
    expect(buildResultDocument(saved, 0, buildPlan()).snapshot).toEqual(SNAPSHOT);
  });

  it('is not mentioned if none was taken', () => {
    expect(formatOutcomeReport(buildResult(), 80).map(({ text }) => text)).not.toContainEqual(
      expect.stringContaining('Snapshot'),
    );
    expect(buildResultDocument(buildResult(), 0, buildPlan()).snapshot).toBeNull();
  });
});

describe('a server that failed', () => {
  const failure = {
    instanceId: 'i-0b01',
    furthest: { gate: 'image', atMs: 20_000, afterLaunchMs: 14_000 },
    failedGates: ['agent', 'version'],
    console: { kind: 'read', lines: ['one', '', 'two', 'three', 'four', 'five', 'six'] },
  } as const;
  const failed = (over: object = {}) =>
    buildResult({ outcome: 'rolled-back', failures: [{ ...failure, ...over }] } as Parameters<typeof buildResult>[0]);
  const linesOf = (over?: object) => formatOutcomeReport(failed(over), 100).map(({ text }) => text);

  it('is named with how far it came, and the last lines of its console', () => {
    const lines = linesOf();
    expect(lines).toContain(
      'Failed   i-0b01 passed the gates up to image 14 s after its launch, and does not pass agent',
    );
    const at = lines.indexOf('Console  two');
    expect(lines.slice(at, at + 5).map((line) => line.slice(9))).toEqual(['two', 'three', 'four', 'five', 'six']);
    expect(buildResultDocument(failed(), 4, buildPlan()).failedServers).toMatchObject([
      { furthestGate: 'image', furthestAfterMs: 14_000, console: failure.console.lines, consoleError: null },
    ]);
  });

  it('says so where the console is empty or cannot be read', () => {
    expect(linesOf({ console: { kind: 'read', lines: [''] } })).toContain('Console  empty');
    expect(linesOf({ console: { kind: 'denied', message: 'not authorized' } })).toContain(
      'Console  not read: not authorized',
    );
    expect(linesOf({ furthest: undefined })).toContain('Failed   i-0b01 passed no gate; the first is agent');
  });
});

// failure-mode: kept-group
describe('the group that a roll kept', () => {
  const next = (suspendedProcesses: string[], suspended: string[], keepOld = true) => {
    const observation = buildObservation({ old: 0, new: 3, oldGroup: { tags: {}, suspendedProcesses } });
    const result = buildResult({ outcome: 'rolled', observation });
    const intent = result.intent && { ...result.intent, keepOld, original: { ...result.intent.original, suspended } };
    return buildOutcomeText({ ...result, intent } as typeof result).next;
  };

  it('comes with the command that resumes what the roll suspended, and nothing else', () => {
    const [advice, ...rest] = next(['AZRebalance', 'Launch', 'ScheduledActions'], ['AZRebalance']);
    expect(advice).toBe(
      'group consul is kept, empty and with its processes suspended: its scheduled actions and scaling policies launch no old server beside the new ones. Resume them only once group consul-7f3a has no server: aws autoscaling resume-processes --auto-scaling-group-name consul --scaling-processes Launch ScheduledActions',
    );
    expect(rest).toEqual(['consul-roll status --cluster consul']);
  });

  it.each<[string, string[], string[], boolean]>([
    ['all was suspended before', ['Launch'], ['Launch'], true],
    ['it is not kept', ['Launch'], [], false],
  ])('is not mentioned where %s', (_, now, before, keepOld) => {
    expect(next(now, before, keepOld)).toEqual(['consul-roll status --cluster consul']);
  });
});

describe('a roll that stopped', () => {
  function headline(over: Parameters<typeof buildResult>[0]): string {
    return buildOutcomeText(buildResult({ outcome: 'stopped', reason, ...over })).happened.replace(/\..*/, '');
  }

  it('calls the cluster healthy only if the last observation found it so', () => {
    expect(headline({})).toBe('Stopped during the roll; the cluster is healthy and the roll can be resumed');
    const unhealthy = buildObservation({ stages: { 'i-0a13': 'unhealthy', 'i-0a14': 'unhealthy' } });
    expect(headline({ observation: unhealthy })).toBe(
      'Stopped during the roll; when last observed, 3 of 5 voters were healthy, with a quorum of 3; the roll can be resumed',
    );
    expect(headline({ observation: buildObservation({ leader: undefined }) })).toContain('there was no agreed leader');
  });

  it('promises nothing after every observation failed', () => {
    const unreadable = { kind: 'unreadable', message: 'AWS kept throttling', forMs: 600_000 } as const;
    expect(headline({ reason: unreadable })).toContain('when last observed, 5 of 5 voters were healthy');
  });
});

describe('the document of a demo', () => {
  it('says why it did not roll', () => {
    const demo = {
      roll: buildResult({ outcome: 'stopped', reason }),
      consul: { kind: 'simulated', version: '1.20.2' },
      from: { image: OLD_IMAGE, name: 'consul-v1', consul: '1.20.2' },
      to: { image: NEW_IMAGE, name: 'consul-v2', consul: '1.21.1' },
      writes: { acknowledged: 10, failed: 0, lost: 0, longestGapMs: 5, longestGapAtMs: 0 },
      phases: [],
      timeSpent: [],
    } as const;
    expect(buildDemoDocument(demo, 5)).toMatchObject({
      exitCode: 5,
      reason: { kind: reason.kind, sentence: expect.stringContaining('rejoined') },
    });
    expect(buildDemoDocument({ ...demo, roll: buildResult() }, 0).reason).toBeNull();
  });
});

describe('a requested rollback', () => {
  const asked = buildResult({ outcome: 'rolled-back', reason: { kind: 'operator-request' } });

  it('is reported as a success', () => {
    const [first] = formatOutcomeReport(asked, 80);
    expect(first).toEqual({ text: 'Rolled back, as requested: consul is healthy on the old image.', style: 'good' });
  });

  it('differs from one that was not requested', () => {
    const [first] = formatOutcomeReport(buildResult({ outcome: 'rolled-back', reason }), 80);
    expect(first?.style).toBe('busy');
    expect(first?.text).toMatch(/^Rolled back: consul is healthy on the old image\. I-0a13|^Rolled back: .*i-0a13/);
  });
});
