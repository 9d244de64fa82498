import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { getImage } from '../../src/sandbox/aws/images.js';
import type { SandboxAws } from '../../src/sandbox/aws/sandbox-aws.js';
import { startWriter } from '../../src/sandbox/demo/writer.js';
import { listLiveServers } from '../helpers/account.js';
import { WRITE_EVERY_MS } from '../helpers/load.js';
import { runUntilCrash, runUntilDone, SHORT_LOCK, wasKilledAtEnd } from '../helpers/process-runs.js';
import { buildContinueCommand, buildUpgradeCommand, openSite, type TestSite } from '../helpers/site.js';

const MINUTE_MS = 60_000;

let site: TestSite;

beforeAll(async () => {
  site = await openSite({ size: 3, speed: 8, consul: { kind: 'simulated' } });
}, 2 * MINUTE_MS);

afterAll(() => site?.close());

describe('a rollback after an old server has left, killed at every effect', () => {
  it(
    // failure-mode: process-killed-rollback
    'resumed by a new process each time → rolled back, nothing lost, nothing left over, the group as it was',
    async () => {
      const { sandbox } = site;
      const { aws: world } = sandbox;
      const before = standing(world);
      const writer = startWriter({ url: sandbox.loadBalancerUrl ?? '', intervalMs: WRITE_EVERY_MS, prefix: 'crash' });
      const forward = buildUpgradeCommand(site, 'consul-v2', SHORT_LOCK);
      const cut = await runUntilCrash(site, forward, { atEffect: 1, when: 'after', named: 'requestLeave' });
      expect(cut).toMatchObject({ signal: 'SIGKILL', stdout: '' });
      const back = buildContinueCommand(site, 'rollback', SHORT_LOCK);
      const runs = await runUntilDone(site, back, back);
      const { lost } = await writer.stop();

      const killedAtTheEnd = wasKilledAtEnd(runs);
      if (!killedAtTheEnd) expect(runs.at(-1)).toMatchObject({ exitCode: 0, outcome: 'rolled-back' });
      const left = await keysLeft();
      if (!killedAtTheEnd) expect(left).toContain('consul-roll/consul/history');
      expect(left.filter((key) => !key.endsWith('/history'))).toEqual([
        'consul-roll/consul/journal',
        ...(killedAtTheEnd ? ['consul-roll/consul/lock'] : []),
      ]);
      // As many runs as the rollback has effects; with fewer, a crash was missed.
      expect(runs.length).toBeGreaterThan(20);
      expect(lost).toBe(0);
      expect(standing(world)).toEqual(before);
      expect(listLiveServers(world).map(({ imageId }) => imageId)).toEqual(
        Array(3).fill(getImage('consul-v1').imageId),
      );
    },
    15 * MINUTE_MS,
  );
});

/** What a roll has left in the cluster's own store. */
async function keysLeft(): Promise<string[]> {
  const answer = await fetch(`${site.sandbox.loadBalancerUrl}/v1/kv/consul-roll/?keys`);
  return answer.status === 404 ? [] : ((await answer.json()) as string[]);
}

/** The resources of the account without instance ids, as servers that had left were replaced. */
function standing(world: SandboxAws) {
  const groups = world.call('autoscaling', 'DescribeAutoScalingGroups', {}).AutoScalingGroups ?? [];
  const health = world.call('elasticloadbalancing', 'DescribeInstanceHealth', { LoadBalancerName: 'consul' });
  return {
    groups: groups.map(({ Instances = [], ...group }) => ({ ...group, size: Instances.length })),
    configurations: world.call('autoscaling', 'DescribeLaunchConfigurations', {}).LaunchConfigurations,
    inService: health.InstanceStates?.map(({ State }) => State),
  };
}
