import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWriter, type Writer } from '../../src/sandbox/demo/writer.js';
import { readAccount } from '../helpers/account.js';
import { WRITE_EVERY_MS } from '../helpers/load.js';
import { buildContinueCommand, buildUpgradeCommand, openSite, type TestSite, waitForOutput } from '../helpers/site.js';
import { until } from '../sandbox/instances/until.js';

const MINUTE_MS = 60_000;

describe('a roll in place', () => {
  let site: TestSite;
  let writer: Writer;

  beforeAll(async () => {
    site = await openSite({ size: 3, speed: 8, consul: { kind: 'simulated' } });
    const url = site.sandbox.loadBalancerUrl ?? '';
    writer = startWriter({ url, intervalMs: WRITE_EVERY_MS, prefix: 'scaled' });
  }, 3 * MINUTE_MS);

  afterAll(() => site?.close(), MINUTE_MS);

  it(
    // failure-mode: in-place-group-scaled
    'the group was scaled up → stopped, exit 5, says so, changes nothing; rollback takes the extra servers out, nothing lost',
    async () => {
      const { aws: world, cluster } = site.sandbox;
      const before = readAccount(world);
      const AutoScalingGroupName = cluster?.groupName ?? '';
      const members = () =>
        (world.call('autoscaling', 'DescribeAutoScalingInstances', {}).AutoScalingInstances ?? []).filter(
          (one) => one.LifecycleState === 'InService',
        );
      const upgrade = site.start(buildUpgradeCommand(site, 'consul-v2', '--strategy in-place'));
      // Before its first server has passed its gates, the roll ends what has not joined.
      await waitForOutput(upgrade, /register i-\S+ with load balancer/i);
      expect(members()).toHaveLength(4);
      world.call('autoscaling', 'UpdateAutoScalingGroup', { AutoScalingGroupName, MaxSize: 6, DesiredCapacity: 6 });
      const { exitCode, stdout, stderr } = await upgrade.ended;
      expect(exitCode, stderr).toBe(5);
      expect(JSON.parse(stdout).reason.sentence).toMatch(
        /Changed externally during the roll: group .+ was scaled to 6, and the roll expects at most 4/,
      );
      await until('what it was scaled to is there', () => members().length === 6);

      const back = await site.run(buildContinueCommand(site, 'rollback', '--allow-downgrade'));
      const { lost } = await writer.stop();
      expect(back.exitCode, back.stderr).toBe(0);
      expect(JSON.parse(back.stdout)).toMatchObject({ outcome: 'rolled-back', state: { voters: 3, healthy: 3 } });
      expect(lost).toBe(0);
      expect(readAccount(world)).toEqual(before);
    },
    4 * MINUTE_MS,
  );
});
