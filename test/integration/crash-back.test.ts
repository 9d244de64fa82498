import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { imageNamed } from '../../src/lib/sandbox/images.js';
import { type Sandbox, startSandbox } from '../../src/lib/sandbox/sandbox.js';
import type { World } from '../../src/lib/sandbox/world/world.js';
import { startWriter } from '../../src/lib/sandbox/writer/writer.js';
import { livingServers } from '../support/account.js';
import { live, liveUntilDone, quickOrder } from '../support/lives.js';
import { WRITE_EVERY_MS } from '../support/load.js';
import { compileProgram, type Program } from '../support/program.js';

const MINUTE_MS = 60_000;

let program: Program;
let folder: string;
let sandbox: Sandbox;

beforeAll(async () => {
  program = compileProgram();
  folder = mkdtempSync(join(tmpdir(), 'crash-back-'));
  sandbox = await startSandbox({ size: 3, port: 0, speed: 8, consul: { kind: 'simulated' }, env: {} });
}, 2 * MINUTE_MS);

afterAll(async () => {
  await sandbox?.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('a roll that goes back after an old server has left, and is killed at every effect of the way', () => {
  it(
    'carried on with by a new process each time → rolled back, nothing lost, nothing left over, the group as it was',
    async () => {
      const { world } = sandbox;
      const before = standing(world);
      const writer = startWriter({
        url: sandbox.loadBalancerUrl ?? '',
        intervalMs: WRITE_EVERY_MS,
        prefix: 'crash',
      });
      const stage = { root: program.root, folder, sandbox };
      const forward = quickOrder(imageNamed('consul-v2').imageId);
      const cut = await live(stage, forward, { atEffect: 1, when: 'after', named: 'leave' });
      expect(cut).toMatchObject({ signal: 'SIGKILL', stderr: '' });
      const lives = await liveUntilDone(stage, { ...quickOrder(undefined), goBack: true });
      const { lost } = await writer.stop();

      const last = lives.at(-1);
      // Killed right after its last effect there is no roll any more, and only a dead process's lock stays behind.
      const killedAtTheEnd = last?.stderr.includes('No roll is going on') === true;
      if (!killedAtTheEnd) expect(last).toMatchObject({ exitCode: 0, stderr: '', outcome: 'rolled-back' });
      expect(await keysLeft()).toEqual(killedAtTheEnd ? ['consul-roll/consul/lock'] : []);
      // As many lives as the way back has effects; fewer, and the crashes were not where they should be.
      expect(lives.length).toBeGreaterThan(20);
      expect(lost).toBe(0);
      expect(standing(world)).toEqual(before);
      expect(livingServers(world).map(({ imageId }) => imageId)).toEqual(
        Array(3).fill(imageNamed('consul-v1').imageId),
      );
    },
    15 * MINUTE_MS,
  );
});

/** What a roll has left in the cluster's own store. */
async function keysLeft(): Promise<unknown> {
  const answer = await fetch(`${sandbox.loadBalancerUrl}/v1/kv/consul-roll/?keys`);
  return answer.status === 404 ? [] : answer.json();
}

/** What stands in the account, but for which servers: those that had left were replaced. */
function standing(world: World) {
  const groups = world.call('autoscaling', 'DescribeAutoScalingGroups', {}).AutoScalingGroups ?? [];
  const health = world.call('elasticloadbalancing', 'DescribeInstanceHealth', { LoadBalancerName: 'consul' });
  return {
    groups: groups.map(({ Instances = [], ...group }) => ({ ...group, size: Instances.length })),
    configurations: world.call('autoscaling', 'DescribeLaunchConfigurations', {}).LaunchConfigurations,
    inService: health.InstanceStates?.map(({ State }) => State),
  };
}
