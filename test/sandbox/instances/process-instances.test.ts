import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createProcessInstances, type ProcessInstances } from '../../../src/sandbox/instances/process-instances.js';
import type { ImageBehaviour, InstanceSpec } from '../../../src/sandbox/interfaces.js';
import { base64, cloudOf, imageOf, siteIn, specOf } from './context.js';
import { realConsul, warnIfSkipped } from './real-consul.js';
import { isRunning, until } from './until.js';

warnIfSkipped('instances as real Consul processes');

const LEADER = { protocol: 'HTTP', port: 8500, path: '/v1/status/leader', timeoutMs: 2_000 } as const;

let folder: string;
let machines: ProcessInstances;
let booted: InstanceSpec[];

beforeEach(() => {
  booted = [];
  folder = mkdtempSync(join(tmpdir(), 'machines-'));
  machines = createProcessInstances({
    ...siteIn(folder, cloudOf(booted), true),
    speed: 1,
    onProblem: (_id, problem) => {
      throw problem;
    },
  });
});

afterEach(async () => {
  const pids = [...machines.pids().values()];
  await machines.close();
  expect(pids.filter(isRunning)).toEqual([]);
  rmSync(folder, { recursive: true, force: true });
});

const address = (host: number) => `127.78.1.${host}`;

function boot(host: number, expected?: number, behaviour: ImageBehaviour = 'good', userData?: string) {
  const spec = specOf(
    {
      instanceId: `i-${host}`,
      address: address(host),
      image: { ...imageOf(behaviour), consulPath: realConsul?.path },
      bootstrapExpect: expected,
    },
    { userData: userData && base64(userData) },
  );
  booted.push(spec);
  machines.boot(spec);
}

const dataOf = (instanceId: string) => join(machines.getFolder(instanceId), 'root/var/lib/consul');

const leaderOf = async (host: number): Promise<unknown> => {
  const answer = await fetch(`http://${address(host)}:8500/v1/status/leader`).catch(() => undefined);
  return answer?.json();
};

const passes = (host: number) => new Promise<boolean>((resolve) => machines.check(`i-${host}`, LEADER, resolve));

describe.skipIf(realConsul === undefined)('instances as real Consul processes', () => {
  it('bootstrap a cluster by their boot scripts, and one that leaves stays down', async () => {
    boot(11, 3);
    boot(12, 3);
    boot(13, 3);
    await until('one leader, named by all', async () => {
      const leaders = await Promise.all([11, 12, 13].map(leaderOf));
      return typeof leaders[0] === 'string' && leaders[0] !== '' && new Set(leaders).size === 1;
    });
    expect(await passes(12)).toBe(true);
    const leaving = machines.pids().get('i-12') ?? 0;
    await fetch(`http://${address(12)}:8500/v1/agent/leave`, { method: 'PUT' });
    await until('the end of the agent', () => !isRunning(leaving));
    expect(await passes(12)).toBe(false);
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(machines.pids().has('i-12')).toBe(false);
  }, 60_000);

  it('restart a killed agent, with the same identity', async () => {
    boot(21, 1);
    await until('a leader', async () => Boolean(await leaderOf(21)));
    const id = readFileSync(join(dataOf('i-21'), 'node-id'), 'utf8');
    const killed = machines.pids().get('i-21') ?? 0;
    process.kill(killed, 'SIGKILL');
    await until('another process', () => (machines.pids().get('i-21') ?? killed) !== killed);
    await until('a leader again', async () => Boolean(await leaderOf(21)));
    expect(readFileSync(join(dataOf('i-21'), 'node-id'), 'utf8')).toBe(id);
  }, 40_000);

  it('behave as their images say: broken, slow, lonely, crashloop', async () => {
    boot(31, undefined, 'broken');
    boot(32, undefined, 'slow');
    boot(33, undefined, 'lonely');
    boot(34, undefined, 'crashloop');
    await until('the lonely one passes the check', () => passes(33));
    expect(await leaderOf(33)).toBe('');
    expect([...machines.pids().keys()].filter((id) => id !== 'i-34')).toEqual(['i-33']);
    await until('the broken one says so', () =>
      /consul.service: Unit consul.service not found.[\s\S]*exit 5$/m.test(machines.console?.('i-31') ?? ''),
    );
    const first = machines.pids().get('i-34');
    await until('the crashing one passes the check at times', () => passes(34));
    await until('another run of it', () => ![undefined, first].includes(machines.pids().get('i-34')));
  }, 40_000);

  it('are shut down once, and answer no check afterwards', async () => {
    boot(41, 1);
    await until('an answer', () => passes(41));
    const pid = machines.pids().get('i-41') ?? 0;
    let done = 0;
    machines.shutdown('i-41', 10_000, () => {
      done += 1;
    });
    await until('the end', () => done > 0);
    expect([isRunning(pid), await passes(41), done]).toEqual([false, false, 1]);
    await new Promise<void>((resolve) => machines.shutdown('i-41', 10_000, resolve));
  }, 30_000);
});
