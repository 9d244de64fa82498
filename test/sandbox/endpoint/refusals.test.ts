import {
  CreateAutoScalingGroupCommand,
  CreateLaunchConfigurationCommand,
  DeleteAutoScalingGroupCommand,
  DeleteLaunchConfigurationCommand,
  DescribeAutoScalingGroupsCommand,
  SetDesiredCapacityCommand,
  TerminateInstanceInAutoScalingGroupCommand,
  UpdateAutoScalingGroupCommand,
} from '@aws-sdk/client-auto-scaling';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { getImage } from '../../../src/sandbox/aws/images.js';
import { type Account, openAccount } from './account.js';
import { groupNow, idsOf, instancesOf, makeGroup, settleMs } from './cluster.js';

let account: Account;
beforeEach(async () => {
  account = await openAccount();
  await makeGroup(account, { MinSize: 1, MaxSize: 3, DesiredCapacity: 1 });
  account.advance(settleMs);
});
afterEach(() => account.close());

const g = { AutoScalingGroupName: 'g' };

describe('names', () => {
  test('of groups are unique', async () => {
    const again = makeGroupNamed('g');
    await expect(again).rejects.toMatchObject({
      name: 'AlreadyExistsFault',
      message: 'AutoScalingGroup by this name already exists - A group with the name g already exists',
    });
  });

  test('of launch configurations are unique', async () => {
    const again = account.scaling.send(
      new CreateLaunchConfigurationCommand({
        LaunchConfigurationName: 'lc',
        ImageId: getImage('consul-v2').imageId,
        InstanceType: 't2.micro',
      }),
    );
    await expect(again).rejects.toMatchObject({ name: 'AlreadyExistsFault' });
  });

  test('of a group being deleted are still taken', async () => {
    await account.scaling.send(new DeleteAutoScalingGroupCommand({ ...g, ForceDelete: true }));
    await expect(makeGroupNamed('g')).rejects.toThrow('already exists and is pending delete');
    account.advance(settleMs);
    await makeGroupNamed('g');
  });

  function makeGroupNamed(name: string) {
    return account.scaling.send(
      new CreateAutoScalingGroupCommand({
        AutoScalingGroupName: name,
        LaunchConfigurationName: 'lc',
        MinSize: 0,
        MaxSize: 1,
        AvailabilityZones: ['eu-west-1a'],
      }),
    );
  }
});

describe('sizes', () => {
  test('desired above the maximum', async () => {
    const above = account.scaling.send(new SetDesiredCapacityCommand({ ...g, DesiredCapacity: 4 }));
    await expect(above).rejects.toMatchObject({
      name: 'ValidationError',
      message: 'New SetDesiredCapacity value 4 is above max value 3 for the AutoScalingGroup.',
    });
  });

  test('desired below the minimum', async () => {
    const below = account.scaling.send(new SetDesiredCapacityCommand({ ...g, DesiredCapacity: 0 }));
    await expect(below).rejects.toThrow(
      'New SetDesiredCapacity value 0 is below min value 1 for the AutoScalingGroup.',
    );
  });

  test('a termination with a decrement below the minimum', async () => {
    const [InstanceId = ''] = await idsOf(account);
    const terminate = new TerminateInstanceInAutoScalingGroupCommand({
      InstanceId,
      ShouldDecrementDesiredCapacity: true,
    });
    await expect(account.scaling.send(terminate)).rejects.toThrow(
      "Currently, desiredSize equals minSize (1). Terminating instance without replacement will violate group's min size constraint. Either set shouldDecrementDesiredCapacity flag to false or lower group's min size.",
    );
    expect((await instancesOf(account))[0]?.LifecycleState).toBe('InService');
    await account.scaling.send(new UpdateAutoScalingGroupCommand({ ...g, MinSize: 0 }));
    await account.scaling.send(terminate);
    expect((await groupNow(account)).DesiredCapacity).toBe(0);
  });

  test('a maximum below the minimum', async () => {
    const update = account.scaling.send(new UpdateAutoScalingGroupCommand({ ...g, MinSize: 4 }));
    await expect(update).rejects.toThrow('Max bound must be greater than or equal to min bound');
  });

  test('a new bound moves the desired capacity', async () => {
    await account.scaling.send(new UpdateAutoScalingGroupCommand({ ...g, MinSize: 2 }));
    account.advance(settleMs);
    expect(await idsOf(account)).toHaveLength(2);
  });
});

describe('deleting', () => {
  test('a group with instances is refused, and with activities in progress too', async () => {
    const remove = new DeleteAutoScalingGroupCommand(g);
    await expect(account.scaling.send(remove)).rejects.toMatchObject({ name: 'ResourceInUseFault' });
    const [id = ''] = await idsOf(account);
    account.machines.slowToStop.add(id);
    await account.scaling.send(new UpdateAutoScalingGroupCommand({ ...g, MinSize: 0, DesiredCapacity: 0 }));
    account.advance(settleMs);
    await expect(account.scaling.send(remove)).rejects.toMatchObject({ name: 'ScalingActivityInProgressFault' });
    account.machines.finishShutdown(id);
    account.advance(settleMs);
    await account.scaling.send(remove);
    account.advance(1_000);
    await expect(groupNow(account)).rejects.toThrow('no group g');
  });

  test('ForceDelete kills every instance, and the group is listed until they have ended', async () => {
    const [id = ''] = await idsOf(account);
    account.machines.slowToStop.add(id);
    await account.scaling.send(new DeleteAutoScalingGroupCommand({ ...g, ForceDelete: true }));
    expect(account.machines.shutDown).toEqual([id]);
    account.advance(settleMs);
    expect(await groupNow(account)).toMatchObject({ Status: 'Delete in progress' });
    account.machines.finishShutdown(id);
    account.advance(3_000);
    await expect(groupNow(account)).rejects.toThrow('no group g');
  });

  test('a launch configuration in use is refused', async () => {
    const remove = new DeleteLaunchConfigurationCommand({ LaunchConfigurationName: 'lc' });
    await expect(account.scaling.send(remove)).rejects.toMatchObject({
      name: 'ResourceInUseFault',
      message: 'Cannot delete launch configuration lc because it is attached to AutoScalingGroup g',
    });
    await account.scaling.send(new DeleteAutoScalingGroupCommand({ ...g, ForceDelete: true }));
    account.advance(settleMs);
    await account.scaling.send(remove);
    await expect(account.scaling.send(remove)).rejects.toThrow('Launch configuration lc not found');
  });
});

test('an image that does not exist', async () => {
  const create = new CreateLaunchConfigurationCommand({
    LaunchConfigurationName: 'lc2',
    ImageId: 'ami-0123456789abcdef0',
    InstanceType: 't2.medium',
  });
  await expect(account.scaling.send(create)).rejects.toThrow("The image id '[ami-0123456789abcdef0]' does not exist");
});

test('a group that does not exist', async () => {
  const set = new SetDesiredCapacityCommand({ AutoScalingGroupName: 'h', DesiredCapacity: 1 });
  await expect(account.scaling.send(set)).rejects.toThrow(
    "AutoScalingGroup name not found - AutoScalingGroup 'h' not found",
  );
  const described = await account.scaling.send(new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: ['h'] }));
  expect(described.AutoScalingGroups).toEqual([]);
});
