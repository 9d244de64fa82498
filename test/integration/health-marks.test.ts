import { afterEach, describe, expect, it } from 'vitest';
import { startWriter } from '../../src/sandbox/demo/writer.js';
import { WRITE_EVERY_MS } from '../helpers/load.js';
import { buildContinueCommand, buildUpgradeCommand, openSite, type TestSite, waitForOutput } from '../helpers/site.js';
import { until } from '../sandbox/instances/until.js';

const MINUTE_MS = 60_000;
/** Longer than Auto Scaling takes, at the sandbox's pace, to look at every server twice. */
const CALM_MS = 20_000;

let site: TestSite;
afterEach(() => site?.close(), MINUTE_MS);

const call = () => site.sandbox.aws;
const readMembers = () =>
  (call().call('autoscaling', 'DescribeAutoScalingInstances', {}).AutoScalingInstances ?? []).map(
    ({ InstanceId = '', AutoScalingGroupName = '', HealthStatus, LifecycleState }) => ({
      id: InstanceId,
      group: AutoScalingGroupName,
      healthStatus: HealthStatus?.toUpperCase(),
      state: LifecycleState,
    }),
  );

/** Five servers in a group that takes over the load balancer's view of their health. */
async function openElbSite(): Promise<string> {
  site = await openSite({ size: 5, speed: 8, consul: { kind: 'simulated' } });
  const oldGroup = site.sandbox.cluster?.groupName ?? '';
  const change = { AutoScalingGroupName: oldGroup, HealthCheckType: 'ELB', HealthCheckGracePeriod: 0 };
  call().call('autoscaling', 'UpdateAutoScalingGroup', change);
  return oldGroup;
}

/** What a hiccup of a load balancer leaves behind while processes of the group are suspended. */
function markUnhealthy(ids: readonly string[]): void {
  for (const InstanceId of ids) {
    const mark = { InstanceId, HealthStatus: 'Unhealthy', ShouldRespectGracePeriod: false };
    call().call('autoscaling', 'SetInstanceHealth', mark);
  }
}

/** Nothing is replaced after the end, and every server is there as before. */
async function expectCalm(group: string): Promise<void> {
  const atEnd = readMembers();
  expect(atEnd).toHaveLength(5);
  await new Promise((wake) => setTimeout(wake, CALM_MS));
  expect(readMembers()).toEqual(atEnd);
  expect(atEnd.map((one) => [one.group, one.healthStatus, one.state])).toEqual(
    Array(5).fill([group, 'HEALTHY', 'InService']),
  );
}

describe('servers marked unhealthy while the processes of their group are suspended', () => {
  it(
    // failure-mode: health-marks
    'new ones, during the bake → marked healthy before its processes are resumed, rolled, none is replaced after it',
    async () => {
      const oldGroup = await openElbSite();
      const url = site.sandbox.loadBalancerUrl ?? '';
      const writer = startWriter({ url, intervalMs: WRITE_EVERY_MS, prefix: 'marked' });
      const upgrade = site.start(buildUpgradeCommand(site, 'consul-v2', '--bake 20s'));
      await waitForOutput(upgrade, /the bake time/, 3 * MINUTE_MS);
      const marked = readMembers().filter(({ group }) => group !== oldGroup);
      markUnhealthy(marked.slice(0, 3).map(({ id }) => id));
      const { exitCode, stderr } = await upgrade.ended;
      expect(exitCode, stderr).toBe(0);
      await expectCalm(marked[0]?.group ?? '');
      expect((await writer.stop()).lost).toBe(0);
    },
    6 * MINUTE_MS,
  );

  it(
    // failure-mode: health-marks
    'old ones, before the rollback → rolled back, none is replaced after it',
    async () => {
      const oldGroup = await openElbSite();
      const upgrade = site.start(buildUpgradeCommand(site, 'consul-v2', '--lock-ttl 2s'));
      await until('there is a new server', () => readMembers().length > 5, MINUTE_MS);
      upgrade.child.kill('SIGKILL');
      await upgrade.ended;
      markUnhealthy(
        readMembers()
          .flatMap(({ id, group }) => (group === oldGroup ? id : []))
          .slice(0, 2),
      );
      const back = await site.run(buildContinueCommand(site, 'rollback', '--lock-ttl 2s'));
      expect(JSON.parse(back.stdout), back.stderr).toMatchObject({ outcome: 'rolled-back' });
      await expectCalm(oldGroup);
    },
    6 * MINUTE_MS,
  );
});
