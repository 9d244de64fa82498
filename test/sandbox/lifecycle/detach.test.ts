import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { startDetached } from '../../../src/sandbox/lifecycle/detach.js';
import { isRunning, until } from '../instances/until.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'detach-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const detach = (script: string, signal = new AbortController().signal) =>
  startDetached(['/bin/sh', '-c', script], join(folder, 'state', 'log'), signal);

describe('a command in the background', () => {
  it('is left running once it has written its document', async () => {
    const script = `printf '{"pid":\\n'; sleep 0.1; echo "$$}"; while :; do sleep 0.05; done`;
    const result = await detach(script);
    const pid = z.object({ document: z.object({ pid: z.number() }) }).parse(result).document.pid;
    expect(isRunning(pid)).toBe(true);
    process.kill(pid, 'SIGKILL');
    await until('its end', () => !isRunning(pid));
  });

  it('returns the document of a command that has ended', async () => {
    const result = await detach(`echo '{"error":{"code":"port-taken"}}'; exit 2`);
    expect(result).toEqual({ kind: 'said', document: { error: { code: 'port-taken' } } });
  });

  it('shows its errors when it ends without a document', async () => {
    const result = await detach('echo "no such module" >&2; exit 3');
    expect(result).toEqual({ kind: 'ended', exitCode: 3, errors: 'no such module' });
    expect(readFileSync(join(folder, 'state', 'log'), 'utf8')).toBe('no such module\n');
  });

  it('is ended when its starter is interrupted before it has written anything', async () => {
    const abort = new AbortController();
    const result = detach('trap "exit 9" TERM; while :; do sleep 0.02; done', abort.signal);
    setTimeout(() => abort.abort(), 100);
    expect(await result).toMatchObject({ kind: 'ended', exitCode: expect.any(Number) });
  });
});
