import { AttachLoadBalancerTargetGroupsCommand } from '@aws-sdk/client-auto-scaling';
import {
  DeleteListenerCommand,
  DeregisterTargetsCommand,
  DescribeListenersCommand,
  RegisterTargetsCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Account, openAccount } from './account.js';
import { idsOf, makeGroup, settleMs } from './cluster.js';
import { DELAY_SECONDS, makeFront, makeTargetGroup, SUBNETS, targetsNow } from './targets.js';

let account: Account;
let arn: string;
let one: string;
beforeEach(async () => {
  account = await openAccount();
  arn = await makeTargetGroup(account);
  await makeGroup(account, { DesiredCapacity: 1 });
  account.advance(settleMs);
  [one = ''] = await idsOf(account);
});
afterEach(() => account.close());

async function register(Id = one): Promise<void> {
  await account.targets.send(new RegisterTargetsCommand({ TargetGroupArn: arn, Targets: [{ Id }] }));
}

async function deregister(): Promise<void> {
  const Targets = [{ Id: one }];
  await account.targets.send(new DeregisterTargetsCommand({ TargetGroupArn: arn, Targets }));
}

/** The target's state and reason now. */
async function now(): Promise<string> {
  return (await targetsNow(account, arn, [{ Id: one }]))[one] ?? '';
}

describe('a target', () => {
  test('of an application load balancer is healthy after its first check that passes', async () => {
    await makeFront(account, arn);
    expect(await now()).toBe('unused Target.NotRegistered');
    await register();
    expect(await now()).toBe('initial Elb.RegistrationInProgress');
    account.advance(600);
    expect(await now()).toBe('healthy');
  });

  test('of a network load balancer is healthy after as many as the threshold', async () => {
    const tcp = await makeTargetGroup(account, { Name: 'tcp', Protocol: 'TCP' });
    arn = tcp;
    await makeFront(account, tcp, { type: 'network' });
    await register();
    account.advance(600);
    expect(await now()).toBe('initial Elb.InitialHealthChecking');
    account.advance(10_000);
    expect(await now()).toBe('healthy');
  });

  test.each([
    ['Target.FailedHealthChecks', undefined],
    ['Target.FailedHealthChecks', { kind: 'unreachable' }],
    ['Target.Timeout', { kind: 'timeout' }],
    ['Target.ResponseCodeMismatch', { kind: 'status', status: 500 }],
  ] as const)('that fails twice is unhealthy, by %s', async (reason, failure) => {
    await makeFront(account, arn);
    account.machines.unhealthy.add(one);
    if (failure !== undefined) account.machines.failures.set(one, failure);
    await register();
    account.advance(600);
    expect(await now()).toBe('initial Elb.InitialHealthChecking');
    account.advance(10_000);
    expect(await now()).toBe(`unhealthy ${reason}`);
  });

  test('that was unhealthy needs the whole threshold to be healthy again', async () => {
    await makeFront(account, arn);
    account.machines.unhealthy.add(one);
    await register();
    account.advance(20_000);
    account.machines.unhealthy.clear();
    account.advance(10_000);
    expect(await now()).toBe('unhealthy Target.FailedHealthChecks');
    account.advance(10_000);
    expect(await now()).toBe('healthy');
  });

  test('drains for the whole deregistration delay even when idle, and is removed', async () => {
    await makeFront(account, arn);
    await register();
    account.advance(1_000);
    await deregister();
    account.advance(DELAY_SECONDS * 1_000 - 1);
    expect(await targetsNow(account, arn)).toEqual({ [one]: 'draining Target.DeregistrationInProgress' });
    expect(account.world.inService(arn)).toEqual([]);
    account.advance(1);
    expect(await targetsNow(account, arn)).toEqual({});
  });

  test('registered again while draining starts over', async () => {
    await makeFront(account, arn);
    await register();
    account.advance(1_000);
    await deregister();
    await register();
    expect(await now()).toBe('initial Elb.RegistrationInProgress');
    account.advance(DELAY_SECONDS * 1_000);
    expect(await now()).toBe('healthy');
  });

  test('of a group without a load balancer is unused, and removed at once', async () => {
    await register();
    account.advance(60_000);
    expect(await now()).toBe('unused Target.NotInUse');
    await deregister();
    expect(await targetsNow(account, arn)).toEqual({});
  });

  test('in a zone without a subnet of the load balancer is unused', async () => {
    await makeFront(account, arn, { subnets: SUBNETS.slice(1) });
    await register();
    account.advance(60_000);
    expect(await now()).toBe('unused Target.NotInUse');
  });

  test('is checked again once its group has another load balancer', async () => {
    const LoadBalancerArn = await makeFront(account, arn);
    await register();
    account.advance(1_000);
    const { Listeners: [listener] = [] } = await account.targets.send(
      new DescribeListenersCommand({ LoadBalancerArn }),
    );
    await account.targets.send(new DeleteListenerCommand({ ListenerArn: listener?.ListenerArn }));
    expect(await now()).toBe('unused Target.NotInUse');
    account.advance(10_000);
    await makeFront(account, arn, { name: 'other' });
    expect(await now()).toBe('initial Elb.InitialHealthChecking');
  });

  test('terminated by EC2 is deregistered', async () => {
    await makeFront(account, arn);
    await register();
    account.world.call('ec2', 'TerminateInstances', { InstanceIds: [one] });
    account.advance(5_000);
    expect(await targetsNow(account, arn)).toEqual({});
  });
});

test('requests go to healthy targets and, where there are none, to the unhealthy ones', async () => {
  await makeFront(account, arn);
  const AutoScalingGroupName = 'g';
  account.world.call('autoscaling', 'SetDesiredCapacity', { AutoScalingGroupName, DesiredCapacity: 2 });
  account.advance(settleMs);
  const ids = await idsOf(account);
  await account.scaling.send(
    new AttachLoadBalancerTargetGroupsCommand({ AutoScalingGroupName, TargetGroupARNs: [arn] }),
  );
  account.machines.unhealthy.add(one);
  account.advance(30_000);
  expect(account.world.inService(arn).map((each) => each.instanceId)).toEqual(ids.filter((id) => id !== one));
  for (const id of ids) account.machines.unhealthy.add(id);
  account.advance(30_000);
  expect(account.world.inService(arn).map((each) => each.instanceId)).toEqual(ids);
});

test('targets by address are found by it, and an unknown one is refused', async () => {
  arn = await makeTargetGroup(account, { Name: 'by-address', TargetType: 'ip' });
  const [{ address = '' } = {}] = account.machines.booted;
  await register(address);
  expect(await targetsNow(account, arn)).toEqual({ [address]: 'unused Target.NotInUse' });
  await expect(register('127.99.9.9')).rejects.toMatchObject({ name: 'InvalidTargetException' });
});

test('an instance that does not run is refused, and nothing is registered', async () => {
  await expect(register('i-00000000000000000')).rejects.toMatchObject({
    name: 'InvalidTargetException',
    message: expect.stringContaining('not in a running state'),
  });
  expect(await targetsNow(account, arn)).toEqual({});
});
