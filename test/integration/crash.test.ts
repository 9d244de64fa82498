import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Order } from '../../src/lib/model/plan.js';
import type { ConsulChoice } from '../../src/lib/sandbox/fleet.js';
import { imageNamed } from '../../src/lib/sandbox/images.js';
import { type Sandbox, startSandbox } from '../../src/lib/sandbox/sandbox.js';
import { startWriter } from '../../src/lib/sandbox/writer/writer.js';
import { realConsul, warnIfSkipped } from '../sandbox/machines/real-consul.js';
import { compileProgram, type Program } from '../support/program.js';

warnIfSkipped('a roll of real Consul servers, killed at every effect');

const MINUTE_MS = 60_000;
const CHILD = fileURLToPath(new URL('../support/crashing-roll.mjs', import.meta.url));
/** A roll has about 35 effects; one that needs more lives than this goes round in circles. */
const MOST_LIVES = 60;

let program: Program;
let folder: string;

beforeAll(() => {
  program = compileProgram();
  folder = mkdtempSync(join(tmpdir(), 'crash-'));
}, MINUTE_MS);

afterAll(() => {
  program.remove();
  rmSync(folder, { recursive: true, force: true });
});

interface Life {
  readonly signal: string | null;
  readonly exitCode: number | null;
  readonly outcome: string;
  readonly stderr: string;
}

/** One process of the roll, that dies right after its first effect or right before its second. */
function live(sandbox: Sandbox, when: 'before' | 'after', order: Order): Promise<Life> {
  const settings = {
    aws: { region: sandbox.region, endpoint: sandbox.endpointUrl, credentials: sandbox.credentials },
    consul: { scheme: 'http', port: 8500 },
    snapshotDir: folder,
  };
  const crash = { atEffect: when === 'after' ? 1 : 2, when };
  const child = spawn(process.execPath, [CHILD, program.root, JSON.stringify({ settings, order, crash })]);
  let [outcome, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    outcome += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk;
  });
  return new Promise((resolve) => {
    child.once('close', (exitCode, signal) => resolve({ signal, exitCode, outcome, stderr }));
  });
}

function orderFor(image: string): Order {
  return {
    cluster: 'consul',
    group: undefined,
    imageId: imageNamed(image).imageId,
    surge: undefined,
    keepOld: false,
    intervalMs: 250,
    lockTtlMs: 1_000,
    limits: {
      healthTimeoutMs: 2 * MINUTE_MS,
      drainTimeoutMs: MINUTE_MS,
      leaveTimeoutMs: MINUTE_MS,
      leaderTimeoutMs: MINUTE_MS,
      awsTimeoutMs: MINUTE_MS,
      bakeMs: 0,
      looks: 2,
    },
  };
}

/** Rolls in as many lives as it takes, under a write load; every one but the last ends with SIGKILL. */
async function rollThroughCrashes(consul: ConsulChoice, speed: number) {
  const sandbox = await startSandbox({ size: 3, port: 0, speed, consul, env: {} });
  try {
    const writer = startWriter({ url: sandbox.loadBalancerUrl ?? '', intervalMs: 20, prefix: 'crash' });
    const lives: Life[] = [];
    do {
      lives.push(await live(sandbox, lives.length % 2 === 0 ? 'after' : 'before', orderFor('consul-v2')));
    } while (lives.at(-1)?.signal === 'SIGKILL' && lives.length < MOST_LIVES);
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
