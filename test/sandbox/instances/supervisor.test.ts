import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Supervisor } from '../../../src/sandbox/instances/supervisor.js';
import { isRunning, until } from './until.js';

const RESTART_AFTER_MS = 50;
/** Long enough for several restarts, had there been any. */
const NO_RESTART_MS = 300;

let folder: string;
let running: Supervisor[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'supervisor-'));
  running = [];
});

afterEach(async () => {
  await Promise.all(running.map((one) => new Promise<void>((resolve) => one.stop(100, resolve))));
  rmSync(folder, { recursive: true, force: true });
});

function supervise(script: string, crashAfterMs?: number, restartsAlways?: boolean): Supervisor {
  const supervisor = new Supervisor({
    program: '/bin/sh',
    args: ['-c', script],
    folder,
    crashAfterMs,
    restartAfterMs: RESTART_AFTER_MS,
    ...(restartsAlways === undefined ? {} : { restartsAlways }),
  });
  running.push(supervisor);
  supervisor.start();
  return supervisor;
}

const log = () => readFileSync(join(folder, 'agent.log'), 'utf8');
const runs = () => log().split('started').length - 1;

describe('a supervised process', () => {
  it('is started again when it fails, and stays down when it exits 0', async () => {
    const supervisor = supervise('echo started; [ -e once ] && exit 0; touch once; exit 3');
    await until('a second run', () => runs() === 2);
    await until('the end of it', () => supervisor.pid === undefined);
    await new Promise((resolve) => setTimeout(resolve, NO_RESTART_MS));
    expect(runs()).toBe(2);
  });

  it('is started again when it exits 0, where it always is', async () => {
    supervise('echo started; exit 0', undefined, true);
    await until('a third run', () => runs() >= 3);
  });

  it('is started again when it is killed', async () => {
    const supervisor = supervise('echo started; exec sleep 60');
    await until('the first run', () => runs() === 1);
    const first = supervisor.pid ?? 0;
    process.kill(first, 'SIGKILL');
    await until('a second run', () => runs() === 2);
    expect(supervisor.pid).not.toBe(first);
  });

  it('crashes repeatedly if configured', async () => {
    supervise('echo started; exec sleep 60', 50);
    await until('a third run', () => runs() >= 3);
  });

  it('leaves its process id in a file while it runs', async () => {
    const supervisor = supervise('echo started; exec sleep 60');
    await until('the first run', () => runs() === 1);
    const file = join(folder, 'agent.pid');
    expect(readFileSync(file, 'utf8')).toBe(String(supervisor.pid));
    await new Promise<void>((resolve) => supervisor.stop(5_000, resolve));
    expect(existsSync(file)).toBe(false);
  });

  it('gets SIGTERM first, and time to end by itself', async () => {
    const supervisor = supervise('trap "echo ended; exit 0" TERM; echo started; while :; do sleep 0.05; done');
    await until('the first run', () => runs() === 1);
    await new Promise<void>((resolve) => supervisor.stop(10_000, resolve));
    expect(log()).toContain('ended');
  });

  it('gets SIGKILL after the grace period, and is not restarted', async () => {
    const supervisor = supervise('trap "" TERM; echo started; while :; do sleep 0.05; done');
    await until('the first run', () => runs() === 1);
    const pid = supervisor.pid ?? 0;
    let done = 0;
    await new Promise<void>((resolve) => {
      supervisor.stop(200, () => {
        done += 1;
        resolve();
      });
    });
    expect(isRunning(pid)).toBe(false);
    await new Promise((resolve) => setTimeout(resolve, NO_RESTART_MS));
    expect([done, runs(), supervisor.pid]).toEqual([1, 1, undefined]);
  });

  it('is stopped between two runs', async () => {
    const supervisor = supervise('echo started; exit 1');
    await until('the end of the first run', () => runs() === 1 && supervisor.pid === undefined);
    await new Promise<void>((resolve) => supervisor.stop(1_000, resolve));
    await new Promise((resolve) => setTimeout(resolve, NO_RESTART_MS));
    expect(runs()).toBe(1);
  });
});
