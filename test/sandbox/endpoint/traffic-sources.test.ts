import {
  AttachLoadBalancerTargetGroupsCommand,
  AttachTrafficSourcesCommand,
  DescribeLoadBalancerTargetGroupsCommand,
  DescribeTrafficSourcesCommand,
  DetachLoadBalancerTargetGroupsCommand,
  ResumeProcessesCommand,
  SetDesiredCapacityCommand,
  SuspendProcessesCommand,
  TerminateInstanceInAutoScalingGroupCommand,
} from '@aws-sdk/client-auto-scaling';
import { CreateLoadBalancerCommand } from '@aws-sdk/client-elastic-load-balancing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Account, openAccount } from './account.js';
import { groupNow, healthNow, idsOf, makeGroup, settleMs } from './cluster.js';
import { DELAY_SECONDS, makeFront, makeTargetGroup, SUBNETS, targetsNow } from './targets.js';

const AutoScalingGroupName = 'g';
let account: Account;
let arn: string;
beforeEach(async () => {
  account = await openAccount();
  arn = await makeTargetGroup(account);
  await makeFront(account, arn);
});
afterEach(() => account.close());

async function stateOfTargetGroup(): Promise<string | undefined> {
  const { LoadBalancerTargetGroups: [found] = [] } = await account.scaling.send(
    new DescribeLoadBalancerTargetGroupsCommand({ AutoScalingGroupName }),
  );
  return found?.State;
}

test('a group registers its instances with its target groups when they enter service', async () => {
  await makeGroup(account, { TargetGroupARNs: [arn], DesiredCapacity: 2 });
  account.advance(settleMs);
  const ids = await idsOf(account);
  expect(Object.keys(await targetsNow(account, arn))).toEqual(ids);
  expect(await stateOfTargetGroup()).toBe('InService');
  expect(await groupNow(account)).toMatchObject({
    TargetGroupARNs: [arn],
    LoadBalancerNames: [],
    TrafficSources: [{ Identifier: arn, Type: 'elbv2' }],
  });
});

test('a target group attached later is Adding, Added, InService', async () => {
  await makeGroup(account, { DesiredCapacity: 1 });
  account.advance(settleMs);
  await account.scaling.send(
    new AttachLoadBalancerTargetGroupsCommand({ AutoScalingGroupName, TargetGroupARNs: [arn] }),
  );
  expect(await stateOfTargetGroup()).toBe('Adding');
  account.advance(1_000);
  expect(await stateOfTargetGroup()).toBe('Added');
  account.advance(1_000);
  expect(await stateOfTargetGroup()).toBe('InService');
});

test('with AddToLoadBalancer suspended nothing is registered until it is resumed', async () => {
  await makeGroup(account, { DesiredCapacity: 1 });
  account.advance(settleMs);
  const ScalingProcesses = ['AddToLoadBalancer'];
  await account.scaling.send(new SuspendProcessesCommand({ AutoScalingGroupName, ScalingProcesses }));
  await account.scaling.send(
    new AttachLoadBalancerTargetGroupsCommand({ AutoScalingGroupName, TargetGroupARNs: [arn] }),
  );
  await account.scaling.send(new SetDesiredCapacityCommand({ AutoScalingGroupName, DesiredCapacity: 2 }));
  account.advance(settleMs);
  expect(await targetsNow(account, arn)).toEqual({});
  expect(await stateOfTargetGroup()).toBe('Adding');
  await account.scaling.send(new ResumeProcessesCommand({ AutoScalingGroupName, ScalingProcesses }));
  expect(Object.keys(await targetsNow(account, arn))).toEqual(await idsOf(account));
});

test('sources of both kinds at once, by AttachTrafficSources', async () => {
  await account.balancing.send(
    new CreateLoadBalancerCommand({
      LoadBalancerName: 'classic',
      Subnets: SUBNETS,
      Listeners: [{ Protocol: 'HTTP', LoadBalancerPort: 80, InstancePort: 8500 }],
    }),
  );
  await makeGroup(account, { DesiredCapacity: 1 });
  account.advance(settleMs);
  const TrafficSources = [
    { Identifier: 'classic', Type: 'elb' },
    { Identifier: arn, Type: 'elbv2' },
  ];
  await account.scaling.send(new AttachTrafficSourcesCommand({ AutoScalingGroupName, TrafficSources }));
  account.advance(2_000);
  const [one = ''] = await idsOf(account);
  expect(await targetsNow(account, arn)).toEqual({ [one]: 'healthy' });
  expect((await healthNow(account, 'classic')).map((state) => state.InstanceId)).toEqual([one]);
  const described = (TrafficSourceType?: string) =>
    account.scaling.send(new DescribeTrafficSourcesCommand({ AutoScalingGroupName, TrafficSourceType }));
  expect((await described()).TrafficSources).toMatchObject(TrafficSources);
  expect((await described('elbv2')).TrafficSources).toEqual([
    { Identifier: arn, TrafficSource: arn, Type: 'elbv2', State: 'InService' },
  ]);
});

test('an instance is terminated once it has drained', async () => {
  await makeGroup(account, { TargetGroupARNs: [arn], DesiredCapacity: 2 });
  account.advance(settleMs);
  const [InstanceId = ''] = await idsOf(account);
  await account.scaling.send(
    new TerminateInstanceInAutoScalingGroupCommand({ InstanceId, ShouldDecrementDesiredCapacity: true }),
  );
  account.advance(DELAY_SECONDS * 1_000 - 1);
  expect(await targetsNow(account, arn)).toMatchObject({ [InstanceId]: 'draining Target.DeregistrationInProgress' });
  expect(account.machines.shutDown).toEqual([]);
  account.advance(1);
  expect(account.machines.shutDown).toEqual([InstanceId]);
});

test('a target group that is detached is Removing while its targets drain', async () => {
  await makeGroup(account, { TargetGroupARNs: [arn], DesiredCapacity: 1 });
  account.advance(settleMs);
  await account.scaling.send(
    new DetachLoadBalancerTargetGroupsCommand({ AutoScalingGroupName, TargetGroupARNs: [arn] }),
  );
  expect(await stateOfTargetGroup()).toBe('Removing');
  expect((await groupNow(account)).TargetGroupARNs).toEqual([]);
  account.advance(DELAY_SECONDS * 1_000);
  expect(await stateOfTargetGroup()).toBeUndefined();
  expect(await idsOf(account)).toHaveLength(1);
});

test('with the health type ELB an unhealthy target is replaced after the grace period', async () => {
  const health = { HealthCheckType: 'ELB', HealthCheckGracePeriod: 60 };
  await makeGroup(account, { TargetGroupARNs: [arn], DesiredCapacity: 1, ...health });
  account.advance(settleMs);
  const [one = ''] = await idsOf(account);
  account.machines.unhealthy.add(one);
  account.advance(settleMs);
  expect(await idsOf(account)).not.toContain(one);
});

test('with the health type ELB an unchecked target is not replaced', async () => {
  const idle = await makeTargetGroup(account, { Name: 'idle' });
  await makeGroup(account, { TargetGroupARNs: [idle], DesiredCapacity: 1, HealthCheckType: 'ELB' });
  account.advance(settleMs);
  const ids = await idsOf(account);
  account.machines.unhealthy.add(ids[0] ?? '');
  account.advance(10 * settleMs);
  expect(await targetsNow(account, idle)).toEqual({ [ids[0] ?? '']: 'unused Target.NotInUse' });
  expect(await idsOf(account)).toEqual(ids);
});

test('missing target groups, or those not of instances, are refused, and none is attached', async () => {
  await makeGroup(account);
  const byAddress = await makeTargetGroup(account, { Name: 'by-address', TargetType: 'ip' });
  for (const [bad, message] of [
    [`${arn}0`, 'Provided Target Groups may not be valid. Please ensure they exist and try again.'],
    [byAddress, expect.stringContaining('target type ip')],
  ] as const) {
    const attach = new AttachLoadBalancerTargetGroupsCommand({ AutoScalingGroupName, TargetGroupARNs: [arn, bad] });
    await expect(account.scaling.send(attach)).rejects.toMatchObject({ name: 'ValidationError', message });
  }
  expect((await groupNow(account)).TargetGroupARNs).toEqual([]);
});
