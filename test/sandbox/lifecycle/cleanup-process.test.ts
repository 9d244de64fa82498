import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CleanupProcess, startCleanupProcess } from '../../../src/sandbox/lifecycle/cleanup-process.js';
import { isRunning, until } from '../instances/until.js';

let folder: string;
let cleanup: CleanupProcess;
let children: ChildProcess[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cleanup test '));
  cleanup = startCleanupProcess(folder);
  children = [];
});

afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  await cleanup.release();
  rmSync(folder, { recursive: true, force: true });
});

/** A process that ignores SIGTERM. */
function sleeper(): number {
  const child = spawn('/bin/sh', ['-c', 'trap "" TERM; while :; do sleep 0.1; done']);
  children.push(child);
  return child.pid ?? 0;
}

function pidFile(instance: string, text: string, name = 'agent.pid'): void {
  mkdirSync(join(folder, instance), { recursive: true });
  writeFileSync(join(folder, instance, name), text);
}

/** The second bit of SigIgn is SIGINT's (proc(5)). */
function ignoresInterrupts(pid: number): boolean {
  const ignored = /^SigIgn:\s*([0-9a-f]+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return (BigInt(`0x${ignored ?? 0}`) & 2n) !== 0n;
}

describe('the cleanup process', () => {
  it('kills what the pid files name and nothing else, and removes the folder', async () => {
    const [listed, other] = [sleeper(), sleeper()];
    pidFile('i-1', String(listed));
    pidFile('i-2', '');
    mkdirSync(join(folder, 'i-3'));
    await cleanup.release();
    await until('the end of the listed process', () => children[0]?.signalCode === 'SIGKILL');
    expect([existsSync(folder), isRunning(other), isRunning(cleanup.pid ?? 0)]).toEqual([false, true, false]);
  });

  it('kills a boot script and its child processes', async () => {
    const line = 'sleep 600 & echo $!; wait';
    const script = spawn('/bin/sh', ['-c', line], { detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
    children.push(script);
    const started = await new Promise<number>((resolve) => script.stdout.once('data', (text) => resolve(Number(text))));
    pidFile('i-1', String(script.pid), 'boot.pid');
    await cleanup.release();
    await until('the end of both', () => ![script.pid ?? 0, started].some(isRunning));
  });

  it('does nothing while its parent runs, whatever signal the terminal sends', async () => {
    const listed = sleeper();
    pidFile('i-1', String(listed));
    await until('the cleanup process to be ready', () => ignoresInterrupts(cleanup.pid ?? 0));
    for (const signal of ['SIGINT', 'SIGHUP', 'SIGTERM'] as const) process.kill(cleanup.pid ?? 0, signal);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect([isRunning(listed), isRunning(cleanup.pid ?? 0), existsSync(folder)]).toEqual([true, true, true]);
  });
});
