import {
  AttachLoadBalancersCommand,
  DescribeLoadBalancersCommand,
  ResumeProcessesCommand,
  SetDesiredCapacityCommand,
  SetInstanceHealthCommand,
  SuspendProcessesCommand,
  UpdateAutoScalingGroupCommand,
} from '@aws-sdk/client-auto-scaling';
import { TerminateInstancesCommand } from '@aws-sdk/client-ec2';
import { CreateLoadBalancerCommand } from '@aws-sdk/client-elastic-load-balancing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Account, openAccount } from './account.js';
import { groupNow, healthNow, idsOf, instancesOf, makeGroup, settleMs } from './cluster.js';

let account: Account;
beforeEach(async () => {
  account = await openAccount();
  await makeGroup(account);
  account.advance(settleMs);
});
afterEach(() => account.close());

const g = { AutoScalingGroupName: 'g' };
const suspend = (...ScalingProcesses: string[]) =>
  account.scaling.send(new SuspendProcessesCommand({ ...g, ScalingProcesses }));
const resume = (...ScalingProcesses: string[]) =>
  account.scaling.send(new ResumeProcessesCommand({ ...g, ScalingProcesses }));
const setDesired = (DesiredCapacity: number) =>
  account.scaling.send(new SetDesiredCapacityCommand({ ...g, DesiredCapacity }));

describe('a suspended process', () => {
  test('is described with its reason, and all of them when none is named', async () => {
    await suspend('Launch', 'Terminate');
    expect((await groupNow(account)).SuspendedProcesses).toEqual([
      { ProcessName: 'Launch', SuspensionReason: 'User suspended at 2026-01-01T12:02:00Z' },
      { ProcessName: 'Terminate', SuspensionReason: 'User suspended at 2026-01-01T12:02:00Z' },
    ]);
    await suspend();
    expect((await groupNow(account)).SuspendedProcesses).toHaveLength(9);
    await resume();
    expect((await groupNow(account)).SuspendedProcesses).toEqual([]);
    await expect(suspend('Nonsense')).rejects.toThrow('Invalid process type: Nonsense');
  });

  test('Launch: no instance starts until it is resumed', async () => {
    await suspend('Launch');
    await setDesired(4);
    account.advance(settleMs);
    expect(await idsOf(account)).toHaveLength(3);
    await resume('Launch');
    account.advance(settleMs);
    expect(await idsOf(account)).toHaveLength(4);
  });

  test('Terminate: no instance ends until it is resumed', async () => {
    await suspend('Terminate');
    await setDesired(1);
    account.advance(settleMs);
    expect(await idsOf(account)).toHaveLength(3);
    await resume('Terminate');
    account.advance(settleMs);
    expect(await idsOf(account)).toHaveLength(1);
  });

  test.each(['HealthCheck', 'ReplaceUnhealthy', 'Launch', 'Terminate'])(
    '%s: an instance that was terminated outside is not replaced until the process is resumed',
    async (process) => {
      await suspend(process);
      const [instanceId = ''] = await idsOf(account);
      await account.ec2.send(new TerminateInstancesCommand({ InstanceIds: [instanceId] }));
      account.advance(settleMs);
      expect(await idsOf(account)).toContain(instanceId);
      const health = process === 'HealthCheck' ? 'Healthy' : 'Unhealthy';
      expect((await instancesOf(account))[0]?.HealthStatus).toBe(health);
      await resume(process);
      account.advance(settleMs);
      expect(await idsOf(account)).not.toContain(instanceId);
      expect(await idsOf(account)).toHaveLength(3);
    },
  );

  test('AddToLoadBalancer: instances launched meanwhile are never registered', async () => {
    await makeBalancer();
    await account.scaling.send(new AttachLoadBalancersCommand({ ...g, LoadBalancerNames: ['lb'] }));
    account.advance(settleMs);
    await suspend('AddToLoadBalancer');
    await setDesired(4);
    account.advance(settleMs);
    expect(await idsOf(account)).toHaveLength(4);
    expect(await healthNow(account, 'lb')).toHaveLength(3);
    await resume('AddToLoadBalancer');
    account.advance(settleMs);
    expect(await healthNow(account, 'lb')).toHaveLength(3);
  });

  test('AddToLoadBalancer: an attachment waits for it', async () => {
    await makeBalancer();
    await suspend('AddToLoadBalancer');
    await account.scaling.send(new AttachLoadBalancersCommand({ ...g, LoadBalancerNames: ['lb'] }));
    account.advance(settleMs);
    const command = new DescribeLoadBalancersCommand(g);
    expect((await account.scaling.send(command)).LoadBalancers).toEqual([{ LoadBalancerName: 'lb', State: 'Adding' }]);
    await resume('AddToLoadBalancer');
    expect((await account.scaling.send(command)).LoadBalancers).toEqual([{ LoadBalancerName: 'lb', State: 'Added' }]);
  });

  function makeBalancer() {
    return account.balancing.send(
      new CreateLoadBalancerCommand({
        LoadBalancerName: 'lb',
        Listeners: [{ Protocol: 'HTTP', LoadBalancerPort: 8500, InstancePort: 8500 }],
        AvailabilityZones: ['eu-west-1a'],
      }),
    );
  }
});

describe('health', () => {
  test('set by SetInstanceHealth is acted on, after the grace period if requested', async () => {
    await account.scaling.send(new UpdateAutoScalingGroupCommand({ ...g, HealthCheckGracePeriod: 3_600 }));
    const [instanceId = ''] = await idsOf(account);
    const unhealthy = { InstanceId: instanceId, HealthStatus: 'Unhealthy' };
    await account.scaling.send(new SetInstanceHealthCommand(unhealthy));
    account.advance(settleMs);
    expect(await idsOf(account)).toContain(instanceId);
    await account.scaling.send(new SetInstanceHealthCommand({ ...unhealthy, ShouldRespectGracePeriod: false }));
    account.advance(settleMs);
    expect(await idsOf(account)).not.toContain(instanceId);
  });

  test('marked while ReplaceUnhealthy is suspended is acted on a second after it is resumed, all at once', async () => {
    await suspend('ReplaceUnhealthy', 'HealthCheck');
    const [first = '', second = '', third = ''] = await idsOf(account);
    for (const InstanceId of [first, second]) {
      await account.scaling.send(new SetInstanceHealthCommand({ InstanceId, HealthStatus: 'Unhealthy' }));
    }
    account.advance(settleMs);
    expect(await idsOf(account)).toEqual([first, second, third]);
    await resume();
    account.advance(1_000);
    expect((await instancesOf(account)).map(({ LifecycleState }) => LifecycleState)).toEqual([
      'Terminating',
      'Terminating',
      'InService',
    ]);
  });
});

describe('AZRebalance', () => {
  const zones = async () => (await instancesOf(account)).map((one) => one.AvailabilityZone?.at(-1)).sort();

  test('launches one in the emptiest zone, and then ends one of the fullest, until they are even', async () => {
    await suspend('AZRebalance');
    await account.scaling.send(
      new UpdateAutoScalingGroupCommand({ ...g, AvailabilityZones: ['eu-west-1a'], DesiredCapacity: 1, MinSize: 0 }),
    );
    account.advance(settleMs);
    await setDesired(3);
    account.advance(settleMs);
    const AvailabilityZones = ['eu-west-1a', 'eu-west-1b', 'eu-west-1c'];
    await account.scaling.send(new UpdateAutoScalingGroupCommand({ ...g, AvailabilityZones }));
    account.advance(settleMs);
    const before = await zones();
    expect(before.filter((zone) => zone === 'a').length).toBeGreaterThanOrEqual(2);
    expect(new Set(before).size).toBeLessThan(3);
    await resume('AZRebalance');
    account.advance(2_000);
    expect(await idsOf(account)).toHaveLength(4);
    account.advance(3 * settleMs);
    expect(await zones()).toEqual(['a', 'b', 'c']);
  });
});
