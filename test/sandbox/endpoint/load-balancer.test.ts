import {
  AttachLoadBalancersCommand,
  DescribeLoadBalancersCommand as DescribeGroupLoadBalancersCommand,
  DescribeScalingActivitiesCommand,
  DetachLoadBalancersCommand,
  TerminateInstanceInAutoScalingGroupCommand,
  UpdateAutoScalingGroupCommand,
} from '@aws-sdk/client-auto-scaling';
import {
  DeregisterInstancesFromLoadBalancerCommand,
  DescribeInstanceHealthCommand,
  DescribeLoadBalancersCommand,
  ModifyLoadBalancerAttributesCommand,
  RegisterInstancesWithLoadBalancerCommand,
} from '@aws-sdk/client-elastic-load-balancing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Account, openAccount } from './account.js';
import { clusterGroup, healthNow, idsOf, settledCluster } from './cluster.js';

let account: Account;
beforeEach(async () => {
  account = await openAccount();
  settledCluster(account, 3);
});
afterEach(() => account.close());

const LoadBalancerName = 'consul';
const group = { AutoScalingGroupName: clusterGroup };
const healthOf = async (id: string) => (await healthNow(account)).find((state) => state.InstanceId === id);
const attachments = async () =>
  (await account.scaling.send(new DescribeGroupLoadBalancersCommand(group))).LoadBalancers ?? [];

async function firstId(): Promise<string> {
  const [id = ''] = await idsOf(account, clusterGroup);
  return id;
}

function deregister(id: string) {
  const Instances = [{ InstanceId: id }];
  return account.balancing.send(new DeregisterInstancesFromLoadBalancerCommand({ LoadBalancerName, Instances }));
}

function register(id: string) {
  const Instances = [{ InstanceId: id }];
  return account.balancing.send(new RegisterInstancesWithLoadBalancerCommand({ LoadBalancerName, Instances }));
}

describe('instance health', () => {
  test('is in service after the threshold of passed checks', async () => {
    const id = await firstId();
    await deregister(id);
    account.advance(1_000);
    await register(id);
    expect(await healthOf(id)).toMatchObject({
      State: 'OutOfService',
      ReasonCode: 'ELB',
      Description: 'Instance registration is still in progress.',
    });
    account.advance(30_000);
    expect(await healthOf(id)).toMatchObject({ State: 'OutOfService' });
    account.advance(1_000);
    expect(await healthOf(id)).toMatchObject({ State: 'InService', ReasonCode: 'N/A', Description: 'N/A' });
  });

  test('is out of service after the threshold of failed checks, and recovers', async () => {
    const id = await firstId();
    account.machines.unhealthy.add(id);
    account.advance(30_000);
    expect(await healthOf(id)).toMatchObject({ State: 'InService' });
    account.advance(31_000);
    expect(await healthOf(id)).toMatchObject({
      State: 'OutOfService',
      ReasonCode: 'Instance',
      Description: 'Instance has failed at least the UnhealthyThreshold number of health checks consecutively.',
    });
    account.machines.unhealthy.delete(id);
    account.advance(61_000);
    expect(await healthOf(id)).toMatchObject({ State: 'InService' });
  });

  test('of an instance that is not registered, and of one that does not exist', async () => {
    const id = await firstId();
    await deregister(id);
    account.advance(60_000);
    const { InstanceStates } = await account.balancing.send(
      new DescribeInstanceHealthCommand({ LoadBalancerName, Instances: [{ InstanceId: id }] }),
    );
    expect(InstanceStates?.[0]).toMatchObject({
      State: 'OutOfService',
      Description: 'Instance is not currently registered with the LoadBalancer.',
    });
    const unknown = new DescribeInstanceHealthCommand({ LoadBalancerName, Instances: [{ InstanceId: 'i-nowhere' }] });
    await expect(account.balancing.send(unknown)).rejects.toMatchObject({ name: 'InvalidEndPointException' });
  });
});

describe('deregistration', () => {
  test('drains until nothing is in flight', async () => {
    const id = await firstId();
    account.machines.setOpenRequests(id, 2);
    const { Instances } = await deregister(id);
    expect(Instances).toHaveLength(2);
    account.advance(30_000);
    expect(await healthOf(id)).toMatchObject({
      State: 'InService',
      Description: 'Instance deregistration currently in progress.',
    });
    expect(account.world.inService('consul').map((target) => target.instanceId)).not.toContain(id);
    account.machines.setOpenRequests(id, 0);
    account.advance(1_000);
    expect(await healthOf(id)).toBeUndefined();
  });

  test('ends at the draining timeout even with requests in flight', async () => {
    const id = await firstId();
    account.machines.setOpenRequests(id, 1);
    await deregister(id);
    account.advance(59_000);
    expect(await healthOf(id)).toBeDefined();
    account.advance(1_500);
    expect(await healthOf(id)).toBeUndefined();
  });

  test('is at once where draining is off', async () => {
    const LoadBalancerAttributes = { ConnectionDraining: { Enabled: false } };
    await account.balancing.send(new ModifyLoadBalancerAttributesCommand({ LoadBalancerName, LoadBalancerAttributes }));
    const id = await firstId();
    account.machines.setOpenRequests(id, 1);
    await deregister(id);
    expect(await healthOf(id)).toBeUndefined();
  });

  test('comes before the shutdown when the group ends an instance', async () => {
    const id = await firstId();
    account.machines.setOpenRequests(id, 1);
    await account.scaling.send(
      new TerminateInstanceInAutoScalingGroupCommand({ InstanceId: id, ShouldDecrementDesiredCapacity: false }),
    );
    account.advance(10_000);
    expect(account.machines.shutDown).toEqual([]);
    const { Activities = [] } = await account.scaling.send(new DescribeScalingActivitiesCommand(group));
    const activity = Activities.find((one) => one.Description === `Terminating EC2 instance: ${id}`);
    expect(activity?.StatusCode).toBe('WaitingForELBConnectionDraining');
    account.machines.setOpenRequests(id, 0);
    account.advance(1_000);
    expect(account.machines.shutDown).toEqual([id]);
    account.advance(1_000);
    expect(await idsOf(account, clusterGroup)).not.toContain(id);
  });
});

describe("a group's load balancer", () => {
  test('registers the instances in service when attached: Adding, Added, InService', async () => {
    await account.scaling.send(new DetachLoadBalancersCommand({ ...group, LoadBalancerNames: ['consul'] }));
    account.advance(2_000);
    expect(await attachments()).toEqual([]);
    expect(await healthNow(account)).toEqual([]);
    await account.scaling.send(new AttachLoadBalancersCommand({ ...group, LoadBalancerNames: ['consul'] }));
    expect(await attachments()).toEqual([{ LoadBalancerName: 'consul', State: 'Adding' }]);
    account.advance(1_000);
    expect(await attachments()).toEqual([{ LoadBalancerName: 'consul', State: 'Added' }]);
    account.advance(31_000);
    expect(await attachments()).toEqual([{ LoadBalancerName: 'consul', State: 'InService' }]);
  });

  test('is Removing until its instances have drained', async () => {
    account.machines.setOpenRequests(await firstId(), 1);
    await account.scaling.send(new DetachLoadBalancersCommand({ ...group, LoadBalancerNames: ['consul'] }));
    account.advance(30_000);
    expect(await attachments()).toEqual([{ LoadBalancerName: 'consul', State: 'Removing' }]);
    account.advance(31_000);
    expect(await attachments()).toEqual([]);
  });

  test('must exist', async () => {
    const attach = new AttachLoadBalancersCommand({ ...group, LoadBalancerNames: ['nowhere'] });
    await expect(account.scaling.send(attach)).rejects.toThrow('Provided Load Balancers may not be valid');
    const describe = new DescribeLoadBalancersCommand({ LoadBalancerNames: ['nowhere'] });
    await expect(account.balancing.send(describe)).rejects.toMatchObject({ name: 'AccessPointNotFoundException' });
  });

  test('replaces failing instances only with the health type ELB, and after the grace period', async () => {
    const id = await firstId();
    account.machines.unhealthy.add(id);
    account.advance(600_000);
    expect(await idsOf(account, clusterGroup)).toContain(id);
    const elb = { ...group, HealthCheckType: 'ELB', HealthCheckGracePeriod: 900 };
    await account.scaling.send(new UpdateAutoScalingGroupCommand(elb));
    account.advance(60_000);
    expect(await idsOf(account, clusterGroup)).toContain(id);
    account.advance(300_000);
    expect(await idsOf(account, clusterGroup)).not.toContain(id);
    const { Activities = [] } = await account.scaling.send(new DescribeScalingActivitiesCommand(group));
    expect(Activities.map((activity) => activity.Cause).join()).toContain('an ELB system health check failure.');
  });
});
