import { afterEach, describe, expect, it } from 'vitest';
import { readAccount } from '../helpers/account.js';
import { buildUpgradeCommand, openSite, type TestSite } from '../helpers/site.js';

const MINUTE_MS = 60_000;

let site: TestSite;

afterEach(() => site.close(), MINUTE_MS);

async function openSiteWithHook(transition: 'LAUNCHING' | 'TERMINATING', DefaultResult: string, seconds: number) {
  site = await openSite({ size: 3, speed: 8, consul: { kind: 'simulated' } });
  const [group] = site.sandbox.aws.inside.groups.keys();
  site.sandbox.aws.call('autoscaling', 'PutLifecycleHook', {
    AutoScalingGroupName: group,
    LifecycleHookName: 'by-name',
    LifecycleTransition: `autoscaling:EC2_INSTANCE_${transition}`,
    HeartbeatTimeout: seconds,
    DefaultResult,
  });
}

describe('hooks that are not completed for the new group', () => {
  it.each([
    // failure-mode: hook-holds-termination
    [
      'a failed canary that a hook would hold for an hour',
      'TERMINATING',
      'CONTINUE',
      3_600,
      'consul-broken',
      /^Timed out/,
    ],
    // failure-mode: hook-holds-launch
    ['a launch that a hook abandons', 'LAUNCHING', 'ABANDON', 5, 'consul-v2', /^Lifecycle hook by-name abandoned/],
  ] as const)(
    '%s: rolled back, exit 4, every resource as before',
    async (_case, transition, result, seconds, image, sentence) => {
      await openSiteWithHook(transition, result, seconds);
      const before = readAccount(site.sandbox.aws);
      const { exitCode, stdout, stderr } = await site.run(buildUpgradeCommand(site, image, '--health-timeout 20s'));
      expect(exitCode, stderr).toBe(4);
      expect(JSON.parse(stdout).reason.sentence).toMatch(sentence);
      expect(readAccount(site.sandbox.aws)).toEqual(before);
    },
    4 * MINUTE_MS,
  );

  it(
    'a launch that a hook lets go of after longer than --health-timeout: rolled',
    async () => {
      await openSiteWithHook('LAUNCHING', 'CONTINUE', 20);
      const { exitCode, stderr } = await site.run(buildUpgradeCommand(site, 'consul-v2', '--health-timeout 15s'));
      expect(exitCode, stderr).toBe(0);
      expect(stderr).toContain('held by lifecycle hook by-name');
    },
    4 * MINUTE_MS,
  );
});
