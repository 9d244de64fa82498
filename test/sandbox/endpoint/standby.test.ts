import {
  AttachInstancesCommand,
  DetachInstancesCommand,
  EnterStandbyCommand,
  ExitStandbyCommand,
  ResumeProcessesCommand,
  SuspendProcessesCommand,
  UpdateAutoScalingGroupCommand,
} from '@aws-sdk/client-auto-scaling';
import { DescribeInstancesCommand, TerminateInstancesCommand } from '@aws-sdk/client-ec2';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Account, openAccount } from './account.js';
import {
  clusterGroup,
  groupNow,
  healthNow,
  idsOf,
  instancesOf,
  makeGroup,
  settledCluster,
  settleMs,
} from './cluster.js';

let account: Account;
beforeEach(async () => {
  account = await openAccount();
});
afterEach(() => account.close());

const group = { AutoScalingGroupName: 'g' };
const launch = { ...group, ScalingProcesses: ['Launch'] };
const shrink = { ShouldDecrementDesiredCapacity: true };

async function newGroup(): Promise<string> {
  await makeGroup(account);
  account.advance(settleMs);
  const [first = ''] = await idsOf(account);
  return first;
}

const stateOf = async (id: string) =>
  (await instancesOf(account)).find(({ InstanceId }) => InstanceId === id)?.LifecycleState;

test('an instance on standby does not count, and comes back', async () => {
  const id = await newGroup();
  const { Activities = [] } = await account.scaling.send(
    new EnterStandbyCommand({ ...group, InstanceIds: [id], ...shrink }),
  );
  expect(Activities[0]?.Cause).toContain('was moved to standby in response to a user request, shrinking the capacity');
  account.advance(settleMs);
  expect(await stateOf(id)).toBe('Standby');
  expect((await groupNow(account)).DesiredCapacity).toBe(2);
  expect(await idsOf(account)).toHaveLength(3);
  await account.scaling.send(new ExitStandbyCommand({ ...group, InstanceIds: [id] }));
  expect(await stateOf(id)).toBe('Pending');
  account.advance(settleMs);
  expect(await stateOf(id)).toBe('InService');
  expect((await groupNow(account)).DesiredCapacity).toBe(3);
  expect(await idsOf(account)).toHaveLength(3);
});

test('without a decrement another instance is launched, and the group is one larger when it comes back', async () => {
  const id = await newGroup();
  const keep = { ShouldDecrementDesiredCapacity: false };
  await account.scaling.send(new EnterStandbyCommand({ ...group, InstanceIds: [id], ...keep }));
  account.advance(settleMs);
  expect(await idsOf(account)).toHaveLength(4);
  await account.scaling.send(new ExitStandbyCommand({ ...group, InstanceIds: [id] }));
  account.advance(settleMs);
  expect((await groupNow(account)).DesiredCapacity).toBe(4);
});

test('sizes and a suspended Launch are respected', async () => {
  const id = await newGroup();
  await account.scaling.send(new UpdateAutoScalingGroupCommand({ ...group, MinSize: 3, MaxSize: 3 }));
  const enter = new EnterStandbyCommand({ ...group, InstanceIds: [id], ...shrink });
  await expect(account.scaling.send(enter)).rejects.toThrow('has min-size=3, max-size=3, and desired-size=3');
  await account.scaling.send(new UpdateAutoScalingGroupCommand({ ...group, MinSize: 1 }));
  await account.scaling.send(enter);
  await account.scaling.send(new SuspendProcessesCommand(launch));
  const exit = new ExitStandbyCommand({ ...group, InstanceIds: [id] });
  await expect(account.scaling.send(exit)).rejects.toThrow('Launch process is suspended');
  await account.scaling.send(new ResumeProcessesCommand(launch));
  await account.scaling.send(exit);
  account.advance(settleMs);
  expect(await stateOf(id)).toBe('InService');
});

test('an instance on standby is out of the load balancer', async () => {
  settledCluster(account, 3);
  const [id = ''] = await idsOf(account, clusterGroup);
  const ofCluster = { AutoScalingGroupName: clusterGroup, InstanceIds: [id] };
  await account.scaling.send(new UpdateAutoScalingGroupCommand({ AutoScalingGroupName: clusterGroup, MinSize: 2 }));
  await account.scaling.send(new EnterStandbyCommand({ ...ofCluster, ...shrink }));
  account.advance(settleMs);
  expect((await healthNow(account)).map(({ InstanceId }) => InstanceId)).not.toContain(id);
  await account.scaling.send(new ExitStandbyCommand(ofCluster));
  account.advance(settleMs);
  expect((await healthNow(account)).find(({ InstanceId }) => InstanceId === id)?.State).toBe('InService');
});

test('a detached instance runs on in no group, and can be attached again', async () => {
  const id = await newGroup();
  await account.scaling.send(new DetachInstancesCommand({ ...group, InstanceIds: [id], ...shrink }));
  account.advance(settleMs);
  expect(await idsOf(account)).toHaveLength(2);
  const described = await account.ec2.send(new DescribeInstancesCommand({ InstanceIds: [id] }));
  expect(described.Reservations?.[0]?.Instances?.[0]?.State?.Name).toBe('running');
  const attach = new AttachInstancesCommand({ ...group, InstanceIds: [id] });
  await account.scaling.send(attach);
  account.advance(settleMs);
  expect(await stateOf(id)).toBe('InService');
  expect((await groupNow(account)).DesiredCapacity).toBe(3);
  await expect(account.scaling.send(attach)).rejects.toThrow('already part of an AutoScalingGroup');
});

test('an attached instance that ends is replaced', async () => {
  const id = await newGroup();
  await account.scaling.send(new DetachInstancesCommand({ ...group, InstanceIds: [id], ...shrink }));
  account.advance(settleMs);
  await account.scaling.send(new AttachInstancesCommand({ ...group, InstanceIds: [id] }));
  account.advance(settleMs);
  await account.ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] }));
  account.advance(2 * settleMs);
  expect(await idsOf(account)).not.toContain(id);
  expect(await idsOf(account)).toHaveLength(3);
});
