import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ConsulChoice } from '../../src/lib/sandbox/fleet.js';
import { imageNamed } from '../../src/lib/sandbox/images.js';
import { startSandbox } from '../../src/lib/sandbox/sandbox.js';
import { startWriter } from '../../src/lib/sandbox/writer/writer.js';
import { realConsul, warnIfSkipped } from '../sandbox/machines/real-consul.js';
import { liveUntilDone, quickOrder } from '../support/lives.js';
import { WRITE_EVERY_MS } from '../support/load.js';
import { compileProgram, type Program } from '../support/program.js';

warnIfSkipped('a roll of real Consul servers, killed at every effect');

const MINUTE_MS = 60_000;

let program: Program;
let folder: string;

beforeAll(() => {
  program = compileProgram();
  folder = mkdtempSync(join(tmpdir(), 'crash-'));
}, MINUTE_MS);

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Rolls in as many lives as it takes, under a write load; every one but the last ends with SIGKILL. */
async function rollThroughCrashes(consul: ConsulChoice, speed: number) {
  const sandbox = await startSandbox({ size: 3, port: 0, speed, consul, env: {} });
  try {
    const writer = startWriter({
      url: sandbox.loadBalancerUrl ?? '',
      intervalMs: WRITE_EVERY_MS,
      prefix: 'crash',
    });
    const stage = { root: program.root, folder, sandbox };
    const lives = await liveUntilDone(stage, quickOrder(imageNamed('consul-v2').imageId));
    const writes = await writer.stop();
    const groups = sandbox.world.call('autoscaling', 'DescribeAutoScalingGroups', {}).AutoScalingGroups ?? [];
    const templates = sandbox.world.call(
      'autoscaling',
      'DescribeLaunchConfigurations',
      {},
    ).LaunchConfigurations;
    const left = await fetch(`${sandbox.loadBalancerUrl}/v1/kv/consul-roll/?keys`);
    const keysLeft: unknown = left.status === 404 ? [] : await left.json();
    return { lives, writes, groups, templates, keysLeft };
  } finally {
    await sandbox.close();
  }
}

function expectRolled({
  lives,
  writes,
  groups,
  templates,
  keysLeft,
}: Awaited<ReturnType<typeof rollThroughCrashes>>) {
  const last = lives.at(-1);
  expect(last).toMatchObject({ exitCode: 0, stderr: '' });
  // Killed right after its last effect, a roll has nothing left to do, and only a dead process's lock stays behind.
  const killedAtTheEnd = last?.outcome === 'nothing-to-do';
  if (!killedAtTheEnd) expect(last?.outcome).toBe('rolled');
  expect(keysLeft).toEqual(killedAtTheEnd ? ['consul-roll/consul/lock'] : []);
  // As many lives as a roll has effects; fewer, and the crashes were not where they should be.
  expect(lives.length).toBeGreaterThan(25);
  expect(writes.lost).toBe(0);
  expect(groups).toHaveLength(1);
  expect(groups[0]).toMatchObject({ MinSize: 3, DesiredCapacity: 3, SuspendedProcesses: [] });
  expect(templates).toHaveLength(1);
}

describe('a roll that is killed at every effect and carried on by a new process', () => {
  it.skipIf(realConsul !== undefined)(
    'rolls simulated servers, loses nothing and leaves nothing over',
    async () => {
      expectRolled(await rollThroughCrashes({ kind: 'simulated' }, 8));
    },
    10 * MINUTE_MS,
  );

  it.skipIf(realConsul === undefined)(
    'rolls real servers, loses nothing and leaves nothing over',
    async () => {
      expectRolled(await rollThroughCrashes({ kind: 'path', path: realConsul?.path ?? '' }, 4));
    },
    10 * MINUTE_MS,
  );
});
