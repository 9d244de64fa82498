import {
  CancelInstanceRefreshCommand,
  DescribeInstanceRefreshesCommand,
  ResumeProcessesCommand,
  RollbackInstanceRefreshCommand,
  SetInstanceProtectionCommand,
  StartInstanceRefreshCommand,
  type StartInstanceRefreshCommandInput,
  SuspendProcessesCommand,
  UpdateAutoScalingGroupCommand,
} from '@aws-sdk/client-auto-scaling';
import { CreateLaunchTemplateCommand } from '@aws-sdk/client-ec2';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { getImage } from '../../../src/sandbox/aws/images.js';
import { type Account, openAccount } from './account.js';
import { groupNow, idsOf, instancesOf, makeGroup, settleMs } from './cluster.js';

let account: Account;
beforeEach(async () => {
  account = await openAccount();
  await makeGroup(account);
  account.advance(settleMs);
});
afterEach(() => account.close());

const group = { AutoScalingGroupName: 'g' };
const suspension = { ...group, ScalingProcesses: ['InstanceRefresh'] };

async function start(more: Partial<StartInstanceRefreshCommandInput> = {}) {
  return account.scaling.send(new StartInstanceRefreshCommand({ ...group, ...more }));
}

async function refreshNow() {
  const { InstanceRefreshes = [] } = await account.scaling.send(new DescribeInstanceRefreshesCommand(group));
  return InstanceRefreshes[0];
}

async function desiredConfiguration() {
  const LaunchTemplateData = { ImageId: getImage('consul-v2').imageId, InstanceType: 't2.medium' } as const;
  await account.ec2.send(new CreateLaunchTemplateCommand({ LaunchTemplateName: 'consul-lt', LaunchTemplateData }));
  return { LaunchTemplate: { LaunchTemplateName: 'consul-lt', Version: '1' } };
}

test('an instance refresh replaces every instance, one at a time', async () => {
  const before = await idsOf(account);
  const { InstanceRefreshId } = await start();
  expect(await refreshNow()).toMatchObject({ InstanceRefreshId, Status: 'Pending', InstancesToUpdate: 3 });
  await expect(start()).rejects.toMatchObject({ name: 'InstanceRefreshInProgressFault' });
  for (let seconds = 0; seconds < 300; seconds++) {
    account.advance(1_000);
    const inService = (await instancesOf(account)).filter(({ LifecycleState }) => LifecycleState === 'InService');
    expect(inService.length).toBeGreaterThanOrEqual(2);
  }
  expect(await refreshNow()).toMatchObject({ Status: 'Successful', PercentageComplete: 100, InstancesToUpdate: 0 });
  expect((await idsOf(account)).filter((id) => before.includes(id))).toEqual([]);
});

test('while InstanceRefresh is suspended it waits, and then it continues', async () => {
  const before = await idsOf(account);
  await account.scaling.send(new SuspendProcessesCommand(suspension));
  await start();
  account.advance(3_600_000);
  expect(await refreshNow()).toMatchObject({ Status: 'Pending' });
  expect(await idsOf(account)).toEqual(before);
  await account.scaling.send(new ResumeProcessesCommand(suspension));
  account.advance(300_000);
  expect(await refreshNow()).toMatchObject({ Status: 'Successful' });
});

test('a refresh that is cancelled replaces no more', async () => {
  await expect(account.scaling.send(new CancelInstanceRefreshCommand(group))).rejects.toMatchObject({
    name: 'ActiveInstanceRefreshNotFoundFault',
  });
  const before = await idsOf(account);
  await start();
  account.advance(12_000);
  await account.scaling.send(new CancelInstanceRefreshCommand(group));
  expect(await refreshNow()).toMatchObject({ Status: 'Cancelling' });
  account.advance(settleMs);
  expect(await refreshNow()).toMatchObject({ Status: 'Cancelled' });
  expect((await idsOf(account)).filter((id) => before.includes(id))).toHaveLength(2);
});

test('a desired configuration is launched, becomes that of the group, and can be rolled back before', async () => {
  const DesiredConfiguration = await desiredConfiguration();
  await start({ DesiredConfiguration });
  account.advance(40_000);
  const images = async () => (await instancesOf(account)).map(({ LaunchTemplate }) => LaunchTemplate?.Version ?? 'lc');
  expect(await images()).toContain('1');
  await account.scaling.send(new RollbackInstanceRefreshCommand(group));
  account.advance(300_000);
  expect(await refreshNow()).toMatchObject({ Status: 'RollbackSuccessful' });
  expect(await images()).toEqual(['lc', 'lc', 'lc']);
  await start({ DesiredConfiguration });
  account.advance(300_000);
  expect(await images()).toEqual(['1', '1', '1']);
  const after = await groupNow(account);
  expect(after.LaunchTemplate).toMatchObject({ LaunchTemplateName: 'consul-lt', Version: '1' });
  expect(after.LaunchConfigurationName).toBeUndefined();
});

test('a refresh without a desired configuration cannot be rolled back', async () => {
  await start();
  await expect(account.scaling.send(new RollbackInstanceRefreshCommand(group))).rejects.toMatchObject({
    name: 'IrreversibleInstanceRefreshFault',
  });
});

test.each(['Wait', 'Ignore', 'Refresh'] as const)('protected instances: %s', async (ScaleInProtectedInstances) => {
  const [first = '', ...rest] = await idsOf(account);
  await account.scaling.send(
    new SetInstanceProtectionCommand({ ...group, InstanceIds: [first], ProtectedFromScaleIn: true }),
  );
  await start({ Preferences: { ScaleInProtectedInstances } });
  account.advance(600_000);
  const isDone = ScaleInProtectedInstances !== 'Wait';
  expect(await refreshNow()).toMatchObject({ Status: isDone ? 'Successful' : 'InProgress' });
  expect((await idsOf(account)).includes(first)).toBe(ScaleInProtectedInstances !== 'Refresh');
  expect((await idsOf(account)).filter((id) => rest.includes(id))).toEqual([]);
  account.advance(3_600_000);
  expect(await refreshNow()).toMatchObject({ Status: isDone ? 'Successful' : 'Failed' });
});

test('an instance that has reached its maximum lifetime is replaced, one at a time', async () => {
  const [first = '', second = '', third = ''] = await idsOf(account);
  const lifetime = new UpdateAutoScalingGroupCommand({ ...group, MaxInstanceLifetime: 86_400 });
  await account.scaling.send(lifetime);
  for (const [index, id] of [first, second].entries()) {
    const instance = account.world.inside.instances.get(id);
    if (instance !== undefined) instance.launchedMs -= 86_400_000 - 600_000 - index * 1_000;
  }
  account.advance(400_000);
  expect(await idsOf(account)).toContain(first);
  account.advance(100_000);
  expect((await idsOf(account)).filter((id) => [first, second].includes(id))).toHaveLength(1);
  account.advance(300_000);
  expect((await idsOf(account)).filter((id) => [first, second, third].includes(id))).toEqual([third]);
  await expect(
    account.scaling.send(new UpdateAutoScalingGroupCommand({ ...group, MaxInstanceLifetime: 3_600 })),
  ).rejects.toThrow('at least 86400');
});
