import { mkdtempSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { createHooks, runHook } from '../../../src/cli/hook-process.js';
import type { Hook } from '../../../src/lib/model/hook.js';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'hook-')));

function buildHook(run: string, over: Partial<Hook> = {}): Hook {
  return { on: 'before-phase', run, phases: undefined, onFailure: 'stop', timeoutMs: 20_000, folder, ...over };
}

async function run(command: string, over: Partial<Hook> = {}, signal = new AbortController().signal) {
  const lines: string[] = [];
  const hook = buildHook(command, over);
  const end = await runHook(hook, { PATH: process.env.PATH, FACT: 'i-0a13' }, (line) => lines.push(line), signal);
  return { end, lines };
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe('a hook', () => {
  it('runs in its directory, with the facts as environment variables', async () => {
    const { end, lines } = await run('echo "$FACT"; pwd; exit 0');
    expect(end).toEqual({ kind: 'passed' });
    expect(lines).toEqual(['i-0a13', folder]);
  });

  it('does not get the token that is for the snapshot alone', async () => {
    const { PATH } = process.env;
    const env = { PATH, CONSUL_HTTP_TOKEN: 'weak', CONSUL_ROLL_SNAPSHOT_TOKEN: 'strong' };
    const hook = buildHook('echo "$CONSUL_HTTP_TOKEN,$CONSUL_ROLL_SNAPSHOT_TOKEN,$FACT"');
    const lines: string[] = [];
    const say = (line: string) => lines.push(line);
    await createHooks([hook], env).run(hook, { FACT: 'i-0a13' }, say, new AbortController().signal);
    expect(lines).toEqual(['weak,,i-0a13']);
  });

  it('has no standard input', async () => {
    expect((await run('read answer || echo none')).lines).toEqual(['none']);
  });

  it.each([
    ['exit 3', { kind: 'failed', exitCode: 3 }],
    ['no-such-command', { kind: 'failed', exitCode: 127 }],
    ['kill -KILL $$', { kind: 'killed', signal: 'SIGKILL' }],
  ])('fails for %s', async (command, end) => {
    expect((await run(command)).end).toEqual(end);
  });

  it('cannot be started if its directory does not exist', async () => {
    const { end } = await run('true', { folder: join(folder, 'gone') });
    expect(end).toMatchObject({ kind: 'not-started', message: expect.stringMatching(/ENOENT/) });
  });

  it('reports both streams line by line, without control characters', async () => {
    const { lines } = await run('printf "\\033[31mred\\033[0m\\r\\n\\nlast"; printf "a\\007b\\n" >&2');
    expect(lines.sort()).toEqual(['a b', 'last', 'red']);
  });

  it('is stopped at its timeout, with its child processes', async () => {
    const { end, lines } = await run('sleep 600 & echo $!; wait', { timeoutMs: 300 });
    expect(end).toEqual({ kind: 'timed-out', limitMs: 300 });
    await vi.waitFor(() => expect(isAlive(Number(lines[0]))).toBe(false), 5_000);
  });

  it('is killed if it ignores SIGTERM', async () => {
    const { end, lines } = await run('trap "" TERM; echo $$; while :; do sleep 1; done', { timeoutMs: 300 });
    expect(end.kind).toBe('timed-out');
    await vi.waitFor(() => expect(isAlive(Number(lines[0]))).toBe(false), 5_000);
  });

  it('is stopped by the abort signal', async () => {
    const stop = new AbortController();
    const running = run('sleep 600', {}, stop.signal);
    stop.abort();
    expect((await running).end).toEqual({ kind: 'cut-short' });
  });

  it('ends although a background process keeps its output open', async () => {
    const { end, lines } = await run('sleep 600 & echo $!');
    expect(end).toEqual({ kind: 'passed' });
    process.kill(Number(lines[0]));
  });
});
