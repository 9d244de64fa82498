import {
  DescribeScalingActivitiesCommand,
  TerminateInstanceInAutoScalingGroupCommand,
  UpdateAutoScalingGroupCommand,
} from '@aws-sdk/client-auto-scaling';
import { DescribeInstancesCommand, TerminateInstancesCommand } from '@aws-sdk/client-ec2';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Account, openAccount } from './account.js';
import { groupNow, idsOf, instancesOf, makeGroup, settledCluster, settleMs } from './cluster.js';

let account: Account;
beforeEach(async () => {
  account = await openAccount();
});
afterEach(() => account.close());

const states = async () => (await instancesOf(account)).map((instance) => instance.LifecycleState);

async function ec2State(instanceId: string): Promise<string | undefined> {
  const { Reservations = [] } = await account.ec2.send(new DescribeInstancesCommand({ InstanceIds: [instanceId] }));
  return Reservations[0]?.Instances?.[0]?.State?.Name;
}

describe('an instance of a group', () => {
  test('is Pending while its image boots, runs, and is InService a moment later', async () => {
    await makeGroup(account);
    expect(await states()).toEqual([]);
    account.advance(1_000);
    expect(await states()).toEqual(['Pending', 'Pending', 'Pending']);
    const [first = ''] = await idsOf(account);
    expect(await ec2State(first)).toBe('pending');
    account.advance(12_000);
    expect(await ec2State(first)).toBe('running');
    expect(await states()).toEqual(['Pending', 'Pending', 'Pending']);
    account.advance(2_000);
    expect(await states()).toEqual(['InService', 'InService', 'InService']);
  });

  test('is Terminating until its processes have ended, and stays listed by EC2 for an hour', async () => {
    await makeGroup(account);
    account.advance(settleMs);
    const [instanceId = ''] = await idsOf(account);
    account.machines.slowToStop.add(instanceId);
    const { Activity } = await account.scaling.send(
      new TerminateInstanceInAutoScalingGroupCommand({ InstanceId: instanceId, ShouldDecrementDesiredCapacity: true }),
    );
    expect(Activity?.Description).toBe(`Terminating EC2 instance: ${instanceId}`);
    account.advance(600_000);
    expect(await states()).toEqual(['Terminating', 'InService', 'InService']);
    expect(await ec2State(instanceId)).toBe('shutting-down');
    account.machines.finishShutdown(instanceId);
    account.advance(1_000);
    expect(await idsOf(account)).not.toContain(instanceId);
    expect(await ec2State(instanceId)).toBe('terminated');
    account.advance(3_600_000);
    await expect(ec2State(instanceId)).rejects.toMatchObject({ name: 'InvalidInstanceID.NotFound' });
    expect((await groupNow(account)).DesiredCapacity).toBe(2);
  });

  test('that is terminated without a decrement is replaced', async () => {
    await makeGroup(account);
    account.advance(settleMs);
    const [instanceId = ''] = await idsOf(account);
    await account.scaling.send(
      new TerminateInstanceInAutoScalingGroupCommand({ InstanceId: instanceId, ShouldDecrementDesiredCapacity: false }),
    );
    account.advance(settleMs);
    expect(await states()).toEqual(['InService', 'InService', 'InService']);
    expect(await idsOf(account)).not.toContain(instanceId);
  });

  test('terminated outside its group is found unhealthy and replaced', async () => {
    await makeGroup(account);
    account.advance(settleMs);
    const [instanceId = ''] = await idsOf(account);
    await account.ec2.send(new TerminateInstancesCommand({ InstanceIds: [instanceId] }));
    account.advance(settleMs);
    const ids = await idsOf(account);
    expect(ids).toHaveLength(3);
    expect(ids).not.toContain(instanceId);
    const { Activities = [] } = await account.scaling.send(
      new DescribeScalingActivitiesCommand({ AutoScalingGroupName: 'g' }),
    );
    const causes = Activities.map((activity) => activity.Cause);
    expect(causes[0]).toContain(
      'an instance was launched in response to an unhealthy instance needing to be replaced.',
    );
    expect(causes[1]).toContain('an EC2 health check indicating it has been terminated or stopped.');
  });

  test('remembers the launch configuration it was started with, and carries the propagated tags', async () => {
    settledCluster(account);
    const instances = await instancesOf(account, 'consul - consul-consul-v1');
    expect(instances.map((instance) => instance.LaunchConfigurationName)).toEqual(Array(5).fill('consul-consul-v1'));
    const { Reservations = [] } = await account.ec2.send(
      new DescribeInstancesCommand({ Filters: [{ Name: 'tag:Name', Values: ['consul'] }] }),
    );
    expect(Reservations).toHaveLength(5);
    expect(Reservations[0]?.Instances?.[0]?.Tags).toContainEqual({
      Key: 'aws:autoscaling:groupName',
      Value: 'consul - consul-consul-v1',
    });
  });

  test('is placed in the zone with the fewest, on an address of its subnet', async () => {
    settledCluster(account);
    const zones = account.machines.booted.map((spec) => spec.zone).sort();
    expect(zones).toEqual(['eu-west-1a', 'eu-west-1a', 'eu-west-1b', 'eu-west-1b', 'eu-west-1c']);
    expect(account.machines.booted.map((spec) => spec.address).sort()).toEqual([
      '127.99.1.4',
      '127.99.1.5',
      '127.99.2.4',
      '127.99.2.5',
      '127.99.3.4',
    ]);
  });

  test('gets its peers, and a bootstrap_expect only when no cluster exists', async () => {
    settledCluster(account, 3);
    expect(account.machines.booted.map((spec) => spec.bootstrapExpect)).toEqual([3, 3, 3]);
    expect(account.machines.booted.at(-1)?.peers).toEqual(['127.99.1.4', '127.99.2.4']);
    const [instanceId = ''] = await idsOf(account, 'consul - consul-consul-v1');
    await account.ec2.send(new TerminateInstancesCommand({ InstanceIds: [instanceId] }));
    account.advance(settleMs);
    const replacement = account.machines.booted.at(-1);
    expect(replacement?.bootstrapExpect).toBeUndefined();
    expect(replacement?.peers).toEqual(['127.99.2.4', '127.99.3.4']);
  });
});

describe('scaling activities', () => {
  test('are recorded in the words of Auto Scaling', async () => {
    await makeGroup(account, { DesiredCapacity: 1 });
    account.advance(settleMs);
    const command = new DescribeScalingActivitiesCommand({ AutoScalingGroupName: 'g' });
    const { Activities = [] } = await account.scaling.send(command);
    const [id] = await idsOf(account);
    expect(Activities).toHaveLength(1);
    expect(Activities[0]).toMatchObject({
      Description: `Launching a new EC2 instance: ${id}`,
      Cause:
        'At 2026-01-01T12:00:00Z a user request created an AutoScalingGroup changing the desired capacity from 0 to 1.  At 2026-01-01T12:00:01Z an instance was started in response to a difference between desired and actual capacity, increasing the capacity from 0 to 1.',
      StatusCode: 'Successful',
      Progress: 100,
      EndTime: new Date('2026-01-01T12:00:15Z'),
    });
  });

  test('name a request only where there was one', async () => {
    await makeGroup(account, { DesiredCapacity: 2 });
    account.advance(settleMs);
    const [InstanceId] = await idsOf(account);
    const terminate = { InstanceId, ShouldDecrementDesiredCapacity: false };
    await account.scaling.send(new TerminateInstanceInAutoScalingGroupCommand(terminate));
    account.advance(settleMs);
    const command = new DescribeScalingActivitiesCommand({ AutoScalingGroupName: 'g' });
    const { Activities = [] } = await account.scaling.send(command);
    expect(Activities.slice(0, 2).map((activity) => activity.Cause)).toEqual([
      'At 2026-01-01T12:02:01Z an instance was started in response to a difference between desired and actual capacity, increasing the capacity from 1 to 2.',
      `At 2026-01-01T12:02:00Z instance ${InstanceId} was taken out of service in response to a user request.`,
    ]);
  });

  test('give the reason of a failed launch, which is retried', async () => {
    await makeGroup(account, { DesiredCapacity: 1, MaxSize: 300 });
    account.advance(settleMs);
    await account.scaling.send(
      new UpdateAutoScalingGroupCommand({
        AutoScalingGroupName: 'g',
        VPCZoneIdentifier: 'subnet-0c0515ea00000000a',
        DesiredCapacity: 252,
      }),
    );
    account.advance(1_000);
    const command = new DescribeScalingActivitiesCommand({ AutoScalingGroupName: 'g', MaxRecords: 1 });
    const { Activities = [] } = await account.scaling.send(command);
    expect(Activities[0]?.StatusCode).toBe('Failed');
    expect(Activities[0]?.StatusMessage).toContain('There are not enough free addresses in subnet');
    account.advance(15_000);
    const after = await account.scaling.send(command);
    expect(after.Activities?.[0]?.ActivityId).not.toBe(Activities[0]?.ActivityId);
  });
});
