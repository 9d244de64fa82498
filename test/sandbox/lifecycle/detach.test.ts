import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startDetached } from '../../../src/lib/sandbox/lifecycle/detach.js';
import { isRunning, until } from '../machines/until.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'detach-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const detach = (script: string, signal = new AbortController().signal) =>
  startDetached(['/bin/sh', '-c', script], join(folder, 'state', 'log'), signal);

describe('a command in the background', () => {
  it('is left running once it has announced that it is ready', async () => {
    const result = await detach('echo "ready $$"; while :; do sleep 0.05; done');
    if (!result.ready) throw new Error(result.said);
    const pid = Number(result.announcement.split(' ')[1]);
    expect(isRunning(pid)).toBe(true);
    process.kill(pid, 'SIGKILL');
    await until('its end', () => !isRunning(pid));
  });

  it('shows what it said when it ends before that, with its exit code', async () => {
    const result = await detach('echo "port 4599 is taken" >&2; exit 2');
    expect(result).toEqual({ ready: false, exitCode: 2, said: 'port 4599 is taken' });
    expect(readFileSync(join(folder, 'state', 'log'), 'utf8')).toBe('port 4599 is taken\n');
  });

  it('is ended when its starter is interrupted before it is ready', async () => {
    const abort = new AbortController();
    const result = detach('trap "exit 9" TERM; while :; do sleep 0.02; done', abort.signal);
    setTimeout(() => abort.abort(), 100);
    expect(await result).toMatchObject({ ready: false, exitCode: 9 });
  });
});
