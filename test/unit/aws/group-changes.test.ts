import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NEW_IMAGE, openAccount, type SandboxAccount } from './sandbox-account.js';

let account: SandboxAccount;
let group: string;
let balancer: string;

beforeEach(async () => {
  account = await openAccount(3);
  group = account.cluster.groupName;
  balancer = account.cluster.loadBalancerName;
});

afterEach(async () => {
  await account.close();
});

const read = () => account.cloud.describeCluster([group], [], [balancer]);
const groupNow = async () => (await read()).groups[0];
const firstId = async () => (await read()).instances[0]?.instanceId ?? '';
const stateOf = async (id: string) =>
  (await read()).instances.find((each) => each.instanceId === id)?.balancers[balancer];

describe('a group', () => {
  it('is resized, only where told', async () => {
    await account.cloud.setSizes(group, { minSize: 1, maxSize: 6 });
    expect(await groupNow()).toMatchObject({ minSize: 1, maxSize: 6, desired: 3 });
    await account.cloud.setSizes(group, { desired: 4 });
    expect(await groupNow()).toMatchObject({ minSize: 1, maxSize: 6, desired: 4 });
  });

  it('suspends and resumes named processes, repeatedly, and never all of them', async () => {
    const { cloud } = account;
    await cloud.suspendProcesses(group, []);
    expect((await groupNow())?.suspendedProcesses).toEqual([]);
    await cloud.suspendProcesses(group, ['Launch', 'AZRebalance']);
    await cloud.suspendProcesses(group, ['Launch']);
    await cloud.resumeProcesses(group, []);
    expect((await groupNow())?.suspendedProcesses).toEqual(['AZRebalance', 'Launch']);
    await cloud.resumeProcesses(group, ['Launch']);
    await cloud.resumeProcesses(group, ['Launch']);
    expect((await groupNow())?.suspendedProcesses).toEqual(['AZRebalance']);
  });

  it('is tagged and untagged without its instances', async () => {
    const { cloud } = account;
    await cloud.tag(group, { 'consul-roll:roll': '7f3a', 'consul-roll:side': 'old' });
    await cloud.tag(group, { 'consul-roll:side': 'new' });
    expect((await groupNow())?.tags).toMatchObject({ Name: 'consul', 'consul-roll:side': 'new' });
    await cloud.untag(group, ['consul-roll:roll', 'consul-roll:side']);
    await cloud.untag(group, ['consul-roll:roll']);
    expect(Object.keys((await groupNow())?.tags ?? {})).not.toContain('consul-roll:side');
  });

  it('is attached to load balancers, repeatedly', async () => {
    const { cloud } = account;
    await cloud.attachLoadBalancers(group, []);
    await cloud.attachLoadBalancers(group, [balancer]);
    await cloud.attachLoadBalancers(group, [balancer]);
    expect((await groupNow())?.balancers).toEqual([balancer]);
  });
});

describe('a load balancer', () => {
  it('drains an instance that is deregistered, and takes it back', async () => {
    const { cloud, advance } = account;
    const id = await firstId();
    await cloud.deregister(balancer, [id]);
    await cloud.deregister(balancer, [id]);
    advance(60_000);
    expect(await stateOf(id)).toBe('absent');
    await cloud.register(balancer, [id]);
    await cloud.register(balancer, [id]);
    expect(await stateOf(id)).toMatch(/registering|out-of-service/);
    advance(120_000);
    expect(await stateOf(id)).toBe('in-service');
  });

  it('accepts an instance that no longer exists', async () => {
    const { cloud } = account;
    const id = await firstId();
    await cloud.deregister(balancer, ['i-0123456789abcdef0', id]);
    expect(await stateOf(id)).not.toBe('in-service');
  });

  it('is an error that names a missing load balancer', async () => {
    await expect(account.cloud.describeCluster([group], [], ['none'])).rejects.toMatchObject({
      code: 'load-balancer-not-found',
      message: expect.stringContaining('elasticloadbalancing:'),
    });
  });
});

describe('an instance', () => {
  it('is terminated with a decrement, repeatedly', async () => {
    const { cloud, advance } = account;
    await cloud.setSizes(group, { minSize: 0 });
    const id = await firstId();
    await cloud.terminate(id);
    await cloud.terminate(id);
    expect((await groupNow())?.desired).toBe(2);
    advance(600_000);
    expect((await groupNow())?.instanceIds).not.toContain(id);
    await cloud.terminate(id);
    expect(await groupNow()).toMatchObject({ desired: 2 });
  });

  it('is not terminated below the group’s minimum size', async () => {
    const id = await firstId();
    await expect(account.cloud.terminate(id)).rejects.toMatchObject({ message: expect.stringMatching(/minSize/i) });
    expect((await groupNow())?.desired).toBe(3);
  });
});

describe('scale-in protection', () => {
  it('is set for servers and for those that the group launches, and taken away again', async () => {
    const id = await firstId();
    const readProtection = async () => {
      const { groups, instances } = await account.cloud.describeCluster([group], [], []);
      return [groups[0]?.protectsNewServers, instances.filter((one) => one.protectedFromScaleIn).length];
    };
    await account.cloud.setProtection(group, { newServers: true, instanceIds: [id], isProtected: true });
    expect(await readProtection()).toEqual([true, 1]);
    await account.cloud.setProtection(group, { newServers: false, instanceIds: [id], isProtected: false });
    expect(await readProtection()).toEqual([false, 0]);
    await account.cloud.setProtection(group, { newServers: true, instanceIds: [], isProtected: false });
    expect(await readProtection()).toEqual([true, 0]);
  });
});

describe('deletions', () => {
  it('deletes an empty group, and accepts one that no longer exists', async () => {
    const { cloud, cluster, advance } = account;
    await cloud.createLaunchConfiguration(cluster.launchConfigurationName, 'new', NEW_IMAGE.imageId);
    await cloud.createGroup(
      group,
      'new-group',
      { kind: 'launch-configuration', name: 'new' },
      { 'consul-roll:roll': '7f3a' },
    );
    await cloud.deleteGroup('new-group');
    await cloud.deleteGroup('new-group');
    advance(60_000);
    await cloud.deleteGroup('new-group');
    expect((await cloud.describeCluster(['new-group'], ['new'], [])).groups).toEqual([]);
    expect(await cloud.deleteLaunchConfiguration('new')).toBe('deleted');
    expect(await cloud.deleteLaunchConfiguration('new')).toBe('deleted');
    expect((await cloud.describeCluster([], ['new'], [])).launchConfigurations).toEqual([]);
  });

  it('keeps a protected group', async () => {
    account.world.call('autoscaling', 'UpdateAutoScalingGroup', {
      AutoScalingGroupName: group,
      DeletionProtection: 'prevent-all-deletion',
    });
    await expect(account.cloud.deleteGroup(group)).rejects.toMatchObject({
      code: 'group-protected',
      next: expect.stringContaining('--deletion-protection none'),
    });
  });

  it('keeps what is in use', async () => {
    const { cloud, cluster } = account;
    await expect(cloud.deleteGroup(group)).rejects.toMatchObject({ code: 'group-in-use' });
    expect((await groupNow())?.deleting).toBe(false);
    expect(await cloud.deleteLaunchConfiguration(cluster.launchConfigurationName)).toBe('in-use');
  });
});
