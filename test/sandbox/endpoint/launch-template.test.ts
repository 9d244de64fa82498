import {
  CreateLaunchConfigurationCommand,
  DeleteAutoScalingGroupCommand,
  DeleteWarmPoolCommand,
  PutWarmPoolCommand,
  SetDesiredCapacityCommand,
  UpdateAutoScalingGroupCommand,
} from '@aws-sdk/client-auto-scaling';
import {
  CreateLaunchTemplateCommand,
  CreateLaunchTemplateVersionCommand,
  DeleteLaunchTemplateCommand,
  DeleteLaunchTemplateVersionsCommand,
  DescribeLaunchTemplatesCommand,
  DescribeLaunchTemplateVersionsCommand,
  ModifyLaunchTemplateCommand,
} from '@aws-sdk/client-ec2';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { getImage } from '../../../src/sandbox/aws/images.js';
import { type Account, openAccount } from './account.js';
import { groupNow, instancesOf, makeGroup, settleMs } from './cluster.js';

const LaunchTemplateName = 'consul-lt';
const [v1, v2] = [getImage('consul-v1').imageId, getImage('consul-v2').imageId];
let account: Account;
let templateId: string;

beforeEach(async () => {
  account = await openAccount();
  const { LaunchTemplate } = await account.ec2.send(
    new CreateLaunchTemplateCommand({
      LaunchTemplateName,
      LaunchTemplateData: { ImageId: v1, InstanceType: 't3.medium', SecurityGroupIds: ['sg-0c0515ea000000002'] },
    }),
  );
  templateId = LaunchTemplate?.LaunchTemplateId ?? '';
});
afterEach(() => account.close());

async function secondVersion(): Promise<void> {
  const version = { LaunchTemplateName, SourceVersion: '1', LaunchTemplateData: { ImageId: v2 } };
  await account.ec2.send(new CreateLaunchTemplateVersionCommand(version));
}

test('a version inherits what it does not set from its source', async () => {
  await secondVersion();
  const { LaunchTemplateVersions = [] } = await account.ec2.send(
    new DescribeLaunchTemplateVersionsCommand({ LaunchTemplateName }),
  );
  expect(LaunchTemplateVersions.map((version) => [version.VersionNumber, version.DefaultVersion])).toEqual([
    [2, false],
    [1, true],
  ]);
  expect(LaunchTemplateVersions[0]?.LaunchTemplateData).toEqual({
    ImageId: v2,
    InstanceType: 't3.medium',
    SecurityGroupIds: ['sg-0c0515ea000000002'],
  });
});

test('the default version can be moved', async () => {
  await secondVersion();
  await account.ec2.send(new ModifyLaunchTemplateCommand({ LaunchTemplateName, DefaultVersion: '2' }));
  const { LaunchTemplates = [] } = await account.ec2.send(new DescribeLaunchTemplatesCommand({}));
  expect(LaunchTemplates).toMatchObject([{ DefaultVersionNumber: 2, LatestVersionNumber: 2 }]);
});

test('a group launches its launch template version, and instances keep theirs', async () => {
  await makeGroup(account, {
    LaunchConfigurationName: undefined,
    LaunchTemplate: { LaunchTemplateId: templateId, Version: '$Latest' },
    DesiredCapacity: 1,
  });
  account.advance(settleMs);
  await secondVersion();
  await account.scaling.send(new UpdateAutoScalingGroupCommand({ AutoScalingGroupName: 'g', DesiredCapacity: 2 }));
  account.advance(settleMs);
  const remembered = (await instancesOf(account)).map((instance) => [
    instance.LaunchTemplate?.Version,
    instance.ImageId,
  ]);
  expect(remembered).toEqual([
    ['1', v1],
    ['2', v2],
  ]);
});

test('setting a launch configuration removes the group’s launch template', async () => {
  await makeGroup(account, { LaunchConfigurationName: undefined, LaunchTemplate: { LaunchTemplateName } });
  const update = { AutoScalingGroupName: 'g', LaunchConfigurationName: 'lc' };
  await account.scaling.send(new UpdateAutoScalingGroupCommand(update));
  const group = await groupNow(account);
  expect(group.LaunchConfigurationName).toBe('lc');
  expect(group.LaunchTemplate).toBeUndefined();
});

test('names are unique, and unknown ones refused', async () => {
  const again = new CreateLaunchTemplateCommand({ LaunchTemplateName, LaunchTemplateData: { ImageId: v1 } });
  await expect(account.ec2.send(again)).rejects.toMatchObject({
    name: 'InvalidLaunchTemplateName.AlreadyExistsException',
  });
  await account.ec2.send(new DeleteLaunchTemplateCommand({ LaunchTemplateId: templateId }));
  const unknown = new DescribeLaunchTemplatesCommand({ LaunchTemplateNames: [LaunchTemplateName] });
  await expect(account.ec2.send(unknown)).rejects.toMatchObject({
    name: 'InvalidLaunchTemplateName.NotFoundException',
  });
});

test('a version requested twice with one client token is created once', async () => {
  const version = { LaunchTemplateName, LaunchTemplateData: { ImageId: v2 }, ClientToken: 'token' };
  for (const n of [2, 2]) {
    const { LaunchTemplateVersion: made } = await account.ec2.send(new CreateLaunchTemplateVersionCommand(version));
    expect(made?.VersionNumber).toBe(n);
  }
});

test('a version inherits disks from its source, but not their snapshots', async () => {
  const Ebs = { SnapshotId: 'snap-1', VolumeSize: 10 };
  const LaunchTemplateData = { BlockDeviceMappings: [{ DeviceName: '/dev/sdf', Ebs }] };
  await account.ec2.send(new CreateLaunchTemplateVersionCommand({ LaunchTemplateName, LaunchTemplateData }));
  const { LaunchTemplateVersion: made } = await account.ec2.send(
    new CreateLaunchTemplateVersionCommand({
      LaunchTemplateName,
      SourceVersion: '2',
      LaunchTemplateData: { ImageId: v2 },
    }),
  );
  expect(made?.LaunchTemplateData?.BlockDeviceMappings).toEqual([{ DeviceName: '/dev/sdf', Ebs: { VolumeSize: 10 } }]);
});

test('versions are deleted one by one, never the default one, and no number is given twice', async () => {
  await secondVersion();
  const { SuccessfullyDeletedLaunchTemplateVersions: gone, UnsuccessfullyDeletedLaunchTemplateVersions: kept } =
    await account.ec2.send(new DeleteLaunchTemplateVersionsCommand({ LaunchTemplateName, Versions: ['1', '2', '7'] }));
  expect(gone).toMatchObject([{ VersionNumber: 2 }]);
  expect(kept?.map(({ VersionNumber, ResponseError }) => [VersionNumber, ResponseError?.Code])).toEqual([
    [1, 'unexpectedError'],
    [7, 'launchTemplateVersionDoesNotExist'],
  ]);
  const latest = async () => {
    const { LaunchTemplates } = await account.ec2.send(new DescribeLaunchTemplatesCommand({}));
    return LaunchTemplates?.[0]?.LatestVersionNumber;
  };
  expect(await latest()).toBe(1);
  await secondVersion();
  expect(await latest()).toBe(3);
});

test('a group on a deleted version cannot launch', async () => {
  await secondVersion();
  await makeGroup(account, {
    LaunchConfigurationName: undefined,
    LaunchTemplate: { LaunchTemplateId: templateId, Version: '2' },
    MinSize: 0,
    DesiredCapacity: 0,
  });
  await account.ec2.send(new DeleteLaunchTemplateVersionsCommand({ LaunchTemplateName, Versions: ['2'] }));
  await account.scaling.send(new SetDesiredCapacityCommand({ AutoScalingGroupName: 'g', DesiredCapacity: 1 }));
  account.advance(settleMs);
  expect(await instancesOf(account)).toEqual([]);
});

test('a group is described with its launch template by id and name', async () => {
  await makeGroup(account, {
    LaunchConfigurationName: undefined,
    LaunchTemplate: { LaunchTemplateName },
    MinSize: 0,
    DesiredCapacity: 0,
  });
  expect((await groupNow(account)).LaunchTemplate).toEqual({
    LaunchTemplateId: templateId,
    LaunchTemplateName,
    Version: '$Default',
  });
});

test('an account of launch templates only refuses launch configurations in AWS’s words', async () => {
  Object.assign(account.world.inside, { launchTemplatesOnly: true });
  const create = new CreateLaunchConfigurationCommand({
    LaunchConfigurationName: 'another',
    ImageId: v1,
    InstanceType: 't3.medium',
  });
  await expect(account.scaling.send(create)).rejects.toThrow(
    /^The Launch Configuration creation operation is not available in your account\./,
  );
});

test('a group with a warm pool is not deleted', async () => {
  await makeGroup(account, { MinSize: 0, DesiredCapacity: 0 });
  await account.scaling.send(new PutWarmPoolCommand({ AutoScalingGroupName: 'g' }));
  const remove = () => account.scaling.send(new DeleteAutoScalingGroupCommand({ AutoScalingGroupName: 'g' }));
  await expect(remove()).rejects.toMatchObject({ name: expect.stringMatching(/^ResourceInUse/) });
  await account.scaling.send(new DeleteWarmPoolCommand({ AutoScalingGroupName: 'g' }));
  await remove();
});
