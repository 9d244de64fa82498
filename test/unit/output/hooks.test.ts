import { describe, expect, it } from 'vitest';
import type { RollEvent } from '../../../src/lib/model/events.js';
import type { Hook, HookOutcome, HookPoint, HookProgress } from '../../../src/lib/model/hook.js';
import { applyEvent, startProgress } from '../../../src/lib/output/progress.js';
import { buildLogLines } from '../../../src/lib/output/text/log-lines.js';
import { listRemedies } from '../../../src/lib/output/text/remedies.js';
import { describeStopReason } from '../../../src/lib/output/text/stop-reasons.js';

const server = { instanceId: 'i-0a13', address: '10.0.1.13', zone: 'eu-west-1a', side: 'old' } as const;
const point: HookPoint = { on: 'before-server', phase: 'drain', server, move: 'leaving' };

function told(progress: HookProgress, over: Partial<Hook> = {}): Extract<RollEvent, { kind: 'hook' }> {
  const hook: Hook = {
    on: 'before-server',
    run: './silence.sh',
    phases: undefined,
    onFailure: 'stop',
    timeoutMs: 60_000,
    folder: '/',
    ...over,
  };
  return { kind: 'hook', atMs: 1, hook, point, news: progress };
}

const ended = (end: HookOutcome): HookProgress => ({ kind: 'ended', end, elapsedMs: 2_000 });

describe('a hook in the log', () => {
  it.each<[HookProgress, string]>([
    [{ kind: 'started' }, 'hook before-server i-0a13: ./silence.sh'],
    [{ kind: 'output', line: 'hush' }, 'hook before-server i-0a13 printed: hush'],
    [ended({ kind: 'passed' }), 'hook before-server i-0a13 passed, 2 s'],
    [ended({ kind: 'failed', exitCode: 3 }), 'hook before-server i-0a13 failed with exit code 3'],
    [ended({ kind: 'killed', signal: 'SIGKILL' }), 'hook before-server i-0a13 was killed by SIGKILL'],
    [ended({ kind: 'timed-out', limitMs: 60_000 }), 'hook before-server i-0a13 timed out after 1 m'],
    [ended({ kind: 'not-started', message: 'ENOENT' }), 'hook before-server i-0a13 could not be started (ENOENT)'],
    [ended({ kind: 'cut-short' }), 'hook before-server i-0a13 was interrupted'],
  ])('%o', (progress, what) => {
    expect(buildLogLines(told(progress), undefined)).toEqual([{ what }]);
  });

  it('of a hook that may fail says that the roll continues', () => {
    const [said] = buildLogLines(told(ended({ kind: 'failed', exitCode: 1 }), { onFailure: 'warn' }), undefined);
    expect(said?.what).toMatch(/failed with exit code 1; the roll continues$/);
  });
});

describe('a hook on the screen', () => {
  it('is shown while it runs, and is a warning if it failed and may fail', () => {
    const running = applyEvent(startProgress(0), told({ kind: 'started' }));
    expect(running.hook).toMatchObject({ hook: { run: './silence.sh' }, point });
    const over = applyEvent(running, told(ended({ kind: 'failed', exitCode: 1 }), { onFailure: 'warn' }));
    expect(over).toMatchObject({ hook: undefined, warnings: ['hook before-server i-0a13 failed with exit code 1'] });
  });
});

describe('a roll that a hook has stopped', () => {
  it('names the hook, its purpose, how it failed, its last line and what to do next', () => {
    const reason = {
      kind: 'hook-failed',
      on: 'before-server',
      phase: 'drain',
      instanceId: 'i-0a13',
      run: './silence.sh',
      end: { kind: 'failed', exitCode: 3 },
      lastLine: 'no such alert',
    } as const;
    expect(describeStopReason(reason)).toBe(
      'The hook before-server i-0a13 failed with exit code 3: ./silence.sh (no such alert).',
    );
    expect(listRemedies(reason)[0]).toMatch(/on-failure: warn/);
  });
});
