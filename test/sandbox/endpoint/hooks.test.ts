import {
  CompleteLifecycleActionCommand,
  PutLifecycleHookCommand,
  RecordLifecycleActionHeartbeatCommand,
  TerminateInstanceInAutoScalingGroupCommand,
  UpdateAutoScalingGroupCommand,
} from '@aws-sdk/client-auto-scaling';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Account, openAccount } from './account.js';
import { idsOf, instancesOf, makeGroup, settleMs } from './cluster.js';

let account: Account;
beforeEach(async () => {
  account = await openAccount();
  await makeGroup(account, { DesiredCapacity: 1 });
});
afterEach(() => account.close());

const hook = { AutoScalingGroupName: 'g', LifecycleHookName: 'h' };
const stateNow = async () => (await instancesOf(account))[0]?.LifecycleState;

async function putHook(transition: 'LAUNCHING' | 'TERMINATING', DefaultResult = 'ABANDON'): Promise<void> {
  const LifecycleTransition = `autoscaling:EC2_INSTANCE_${transition}`;
  await account.scaling.send(
    new PutLifecycleHookCommand({ ...hook, LifecycleTransition, HeartbeatTimeout: 300, DefaultResult }),
  );
}

async function onlyId(): Promise<string> {
  const [id = ''] = await idsOf(account);
  return id;
}

test('a launching hook holds an instance until it is completed', async () => {
  await putHook('LAUNCHING');
  account.advance(settleMs);
  expect(await stateNow()).toBe('Pending:Wait');
  const complete = { ...hook, InstanceId: await onlyId(), LifecycleActionResult: 'CONTINUE' };
  await account.scaling.send(new CompleteLifecycleActionCommand(complete));
  expect(await stateNow()).toBe('InService');
  await expect(account.scaling.send(new CompleteLifecycleActionCommand(complete))).rejects.toThrow(
    'No active Lifecycle Action found',
  );
});

test('a launching hook that is abandoned ends the instance, and another one is launched', async () => {
  await putHook('LAUNCHING');
  account.advance(settleMs);
  const first = await onlyId();
  const abandon = { ...hook, InstanceId: first, LifecycleActionResult: 'ABANDON' };
  await account.scaling.send(new CompleteLifecycleActionCommand(abandon));
  account.advance(settleMs);
  expect(account.machines.shutDown).toEqual([first]);
  expect(await onlyId()).not.toBe(first);
  expect(await stateNow()).toBe('Pending:Wait');
});

test('a launching hook ends at its timeout, which a heartbeat extends', async () => {
  await putHook('LAUNCHING', 'CONTINUE');
  account.advance(settleMs);
  account.advance(150_000);
  const heartbeat = { ...hook, InstanceId: await onlyId() };
  await account.scaling.send(new RecordLifecycleActionHeartbeatCommand(heartbeat));
  account.advance(299_000);
  expect(await stateNow()).toBe('Pending:Wait');
  account.advance(1_000);
  expect(await stateNow()).toBe('InService');
});

test('a terminating hook holds the shutdown back', async () => {
  await putHook('TERMINATING');
  account.advance(settleMs);
  const InstanceId = await onlyId();
  const terminate = { InstanceId, ShouldDecrementDesiredCapacity: false };
  await account.scaling.send(new TerminateInstanceInAutoScalingGroupCommand(terminate));
  expect(await stateNow()).toBe('Terminating:Wait');
  expect(account.machines.shutDown).toEqual([]);
  await account.scaling.send(
    new CompleteLifecycleActionCommand({ ...hook, InstanceId, LifecycleActionResult: 'CONTINUE' }),
  );
  expect(await stateNow()).toBe('Terminating:Proceed');
  expect(account.machines.shutDown).toEqual([InstanceId]);
});

test('a terminating hook that is not completed ends at its timeout', async () => {
  await putHook('TERMINATING');
  account.advance(settleMs);
  const InstanceId = await onlyId();
  const terminate = { InstanceId, ShouldDecrementDesiredCapacity: false };
  await account.scaling.send(new TerminateInstanceInAutoScalingGroupCommand(terminate));
  account.advance(299_000);
  expect(await stateNow()).toBe('Terminating:Wait');
  account.advance(1_000);
  expect(account.machines.shutDown).toEqual([InstanceId]);
});

test('a lifecycle policy retains what a hook abandoned, until it is terminated again', async () => {
  const InstanceLifecyclePolicy = { RetentionTriggers: { TerminateHookAbandon: 'retain' } } as const;
  await account.scaling.send(new UpdateAutoScalingGroupCommand({ AutoScalingGroupName: 'g', InstanceLifecyclePolicy }));
  await putHook('TERMINATING');
  account.advance(settleMs);
  const InstanceId = await onlyId();
  const terminate = new TerminateInstanceInAutoScalingGroupCommand({
    InstanceId,
    ShouldDecrementDesiredCapacity: false,
  });
  await account.scaling.send(terminate);
  account.advance(300_000);
  expect(await stateNow()).toBe('Terminating:Retained');
  expect(account.machines.shutDown).toEqual([]);
  await account.scaling.send(terminate);
  expect(account.machines.shutDown).toEqual([InstanceId]);
});
