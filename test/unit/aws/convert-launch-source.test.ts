import { type LaunchConfiguration, LaunchConfiguration$ } from '@aws-sdk/client-auto-scaling';
import { type ResponseLaunchTemplateData, ResponseLaunchTemplateData$ } from '@aws-sdk/client-ec2';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  convertToConfigurationInput,
  convertToTemplateData,
  listFieldsUnsupportedInConfiguration,
  listFieldsUnsupportedInTemplate,
} from '../../../src/lib/aws/convert-launch-source.js';
import { NEW_IMAGE, OLD_IMAGE, openAccount, type SandboxAccount } from './sandbox-account.js';
import { filled, membersOf } from './schema-values.js';

const CHANGE = { imageId: 'ami-2', disks: { newRoot: undefined, oldSnapshots: {} } };

/** A launch configuration with every field that a launch template can say. */
const whole: LaunchConfiguration = {
  LaunchConfigurationName: 'lc',
  CreatedTime: new Date(0),
  ImageId: 'ami-1',
  InstanceType: 't3.large',
  KeyName: 'deploy-key',
  UserData: btoa('#!/bin/sh\n'),
  KernelId: 'aki-1',
  RamdiskId: 'ari-1',
  SecurityGroups: ['sg-1', 'sg-2'],
  InstanceMonitoring: { Enabled: false },
  SpotPrice: '0.05',
  IamInstanceProfile: 'consul',
  EbsOptimized: true,
  AssociatePublicIpAddress: false,
  PlacementTenancy: 'dedicated',
  MetadataOptions: { HttpTokens: 'required', HttpPutResponseHopLimit: 2, HttpEndpoint: 'enabled' },
  BlockDeviceMappings: [
    {
      DeviceName: '/dev/xvda',
      Ebs: {
        VolumeSize: 10,
        VolumeType: 'io1',
        Iops: 300,
        Throughput: 125,
        Encrypted: true,
        DeleteOnTermination: true,
        SnapshotId: 'snap-1',
      },
    },
    { DeviceName: '/dev/sdb', VirtualName: 'ephemeral0' },
    { DeviceName: '/dev/sdc', NoDevice: true },
  ],
};

const bare: LaunchConfiguration = {
  LaunchConfigurationName: 'lc',
  CreatedTime: new Date(0),
  ImageId: 'ami-1',
  InstanceType: 't3.large',
};

const variants: readonly Partial<LaunchConfiguration>[] = [
  {},
  { AssociatePublicIpAddress: undefined },
  { AssociatePublicIpAddress: true },
  { IamInstanceProfile: 'arn:aws:iam::000000000000:instance-profile/consul' },
  { SecurityGroups: ['by-name'], AssociatePublicIpAddress: undefined },
];

describe('a launch configuration converted to a launch template', () => {
  it.each(variants)('and back again is what it was (%#)', (variant) => {
    const { CreatedTime: _, ...original } = { ...whole, ...variant };
    const data = convertToTemplateData({ ...whole, ...variant }, { ...CHANGE, imageId: 'ami-1' });
    const back = convertToConfigurationInput(data as ResponseLaunchTemplateData, 'lc', { ...CHANGE, imageId: 'ami-1' });
    expect(back).toEqual(JSON.parse(JSON.stringify(original)));
    expect(listFieldsUnsupportedInConfiguration(data as ResponseLaunchTemplateData)).toEqual([]);
    expect(listFieldsUnsupportedInTemplate({ ...whole, ...variant })).toEqual([]);
  });

  it.each(membersOf(LaunchConfiguration$))('says %s, or that it cannot', (member) => {
    const ours = ['LaunchConfigurationName', 'LaunchConfigurationARN', 'CreatedTime', 'ImageId', 'InstanceType'];
    if (ours.includes(member)) return;
    const everything = filled(LaunchConfiguration$) as object;
    const value: unknown = Reflect.get(whole, member) ?? Reflect.get(everything, member);
    const said = { ...bare, [member]: value };
    const unsayable = listFieldsUnsupportedInTemplate(said);
    if (unsayable.length > 0) return expect(unsayable).toEqual([member]);
    expect(convertToTemplateData(said, CHANGE)).not.toEqual(convertToTemplateData(bare, CHANGE));
  });

  it('has the new image, without the old image’s disks', () => {
    const disks = { newRoot: '/dev/xvda', oldSnapshots: {} };
    const data = convertToTemplateData(whole, { imageId: 'ami-2', disks });
    expect(data).toMatchObject({ ImageId: 'ami-2', BlockDeviceMappings: [{ Ebs: { VolumeSize: 10 } }, {}, {}] });
    expect(JSON.stringify(data)).not.toContain('snap-1');
  });

  it('requests one-time spot instances, and sets security groups on the interface that sets the public address', () => {
    expect(convertToTemplateData(whole, CHANGE)).toMatchObject({
      InstanceMarketOptions: { MarketType: 'spot', SpotOptions: { MaxPrice: '0.05', SpotInstanceType: 'one-time' } },
      NetworkInterfaces: [{ DeviceIndex: 0, AssociatePublicIpAddress: false, Groups: ['sg-1', 'sg-2'] }],
    });
    expect(convertToTemplateData(whole, CHANGE)).not.toHaveProperty('SecurityGroupIds');
  });

  it('cannot express EC2-Classic settings or security group names on an interface', () => {
    expect(listFieldsUnsupportedInTemplate({ ...bare, ClassicLinkVPCId: 'vpc-1' })).toEqual(['ClassicLinkVPCId']);
    const named = { ...bare, SecurityGroups: ['consul'], AssociatePublicIpAddress: true };
    expect(listFieldsUnsupportedInTemplate(named)).toEqual(['SecurityGroups by name, with AssociatePublicIpAddress']);
  });
});

describe('a launch template converted to a launch configuration', () => {
  const minimal: ResponseLaunchTemplateData = { ImageId: 'ami-1', InstanceType: 't3.large' };

  it.each(membersOf(ResponseLaunchTemplateData$))('converts %s, or reports it as unsupported', (member) => {
    if (['ImageId', 'InstanceType'].includes(member)) return;
    const everything = filled(ResponseLaunchTemplateData$) as object;
    const value: unknown = Reflect.get(everything, member);
    const data: ResponseLaunchTemplateData = { ...minimal, [member]: value };
    const unsayable = listFieldsUnsupportedInConfiguration(data);
    if (unsayable.length > 0) return expect(unsayable).toEqual([member]);
    expect(convertToConfigurationInput(data, 'lc', CHANGE)).not.toEqual(
      convertToConfigurationInput(minimal, 'lc', CHANGE),
    );
  });

  it.each<[string, ResponseLaunchTemplateData]>([
    ['a second network interface', { NetworkInterfaces: [{ DeviceIndex: 0 }, { DeviceIndex: 1 }] }],
    ['an interface of its own', { NetworkInterfaces: [{ NetworkInterfaceId: 'eni-1' }] }],
    ['a placement group', { Placement: { GroupName: 'spread' } }],
    ['a key for its disks', { BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { KmsKeyId: 'key' } }] }],
    ['tags in its metadata', { MetadataOptions: { HttpTokens: 'required', InstanceMetadataTags: 'enabled' } }],
    ['spot instances at any price', { InstanceMarketOptions: { MarketType: 'spot' } }],
    [
      'persistent spot requests',
      { InstanceMarketOptions: { MarketType: 'spot', SpotOptions: { MaxPrice: '1', SpotInstanceType: 'persistent' } } },
    ],
    ['tags for its instances', { TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'a', Value: 'b' }] }] }],
    ['unlimited credits', { CreditSpecification: { CpuCredits: 'unlimited' } }],
    ['protection from termination', { DisableApiTermination: true }],
  ])('cannot say %s', (_what, data) => {
    expect(listFieldsUnsupportedInConfiguration({ ...minimal, ...data })).toEqual(Object.keys(data));
  });

  it.each<[string, ResponseLaunchTemplateData]>([
    ['one plain network interface', { NetworkInterfaces: [{ DeviceIndex: 0, Groups: ['sg-1'] }] }],
    [
      'metadata options as applied',
      { MetadataOptions: { State: 'applied', HttpTokens: 'required', HttpProtocolIpv6: 'disabled' } },
    ],
    ['what is switched off', { DisableApiTermination: false, HibernationOptions: { Configured: false } }],
  ])('takes %s', (_what, data) => {
    expect(listFieldsUnsupportedInConfiguration({ ...minimal, ...data })).toEqual([]);
  });

  it('needs an instance type', () => {
    expect(listFieldsUnsupportedInConfiguration({ ImageId: 'ami-1' })).toEqual(['no InstanceType']);
  });
});

describe('conversions over HTTP', () => {
  let account: SandboxAccount;
  const MARK = 'consul-roll 7f3a';
  beforeEach(async () => {
    account = await openAccount(1);
  });
  afterEach(() => account.close());

  const configuration = () =>
    ({ kind: 'launch-configuration', name: account.cluster.launchConfigurationName }) as const;
  const made = { kind: 'launch-template', name: 'consul-7f3a' } as const;

  it('creates a launch template once, with the roll’s description', async () => {
    const { cloud, world } = account;
    expect(await cloud.findUnsupportedSettings(configuration(), 'launch-template')).toEqual([]);
    for (let n = 0; n < 2; n += 1) await cloud.convertLaunchSource(configuration(), made, MARK, NEW_IMAGE.imageId);
    const { LaunchTemplateVersions } = world.call('ec2', 'DescribeLaunchTemplateVersions', {});
    expect(LaunchTemplateVersions).toMatchObject([
      {
        LaunchTemplateName: 'consul-7f3a',
        VersionDescription: MARK,
        LaunchTemplateData: { ImageId: NEW_IMAGE.imageId },
      },
    ]);
    const query = { id: undefined, name: 'consul-7f3a', description: MARK, afterVersion: 0 };
    const { launchTemplate } = await cloud.describeCluster([], [], [], query);
    expect(launchTemplate).toMatchObject({ name: 'consul-7f3a', rollVersion: 1, latestVersion: 1 });
    await cloud.deleteLaunchTemplate(launchTemplate?.id ?? '');
    await cloud.deleteLaunchTemplate(launchTemplate?.id ?? '');
    expect((await cloud.describeCluster([], [], [], query)).launchTemplate).toBeUndefined();
  });

  it('leaves another roll’s launch template of that name alone', async () => {
    const { cloud, world } = account;
    const LaunchTemplateData = { ImageId: OLD_IMAGE.imageId };
    world.call('ec2', 'CreateLaunchTemplate', { LaunchTemplateName: 'consul-7f3a', LaunchTemplateData });
    const refused = cloud.convertLaunchSource(configuration(), made, MARK, NEW_IMAGE.imageId);
    await expect(refused).rejects.toThrow('Launch template name already in use.');
  });

  it('creates a launch configuration once, and refuses an existing one that differs', async () => {
    const { cloud, world } = account;
    await cloud.convertLaunchSource(configuration(), made, MARK, OLD_IMAGE.imageId);
    const id = world.call('ec2', 'DescribeLaunchTemplates', {}).LaunchTemplates?.[0]?.LaunchTemplateId ?? '';
    const from = { ...made, id, version: '1', resolved: 1, defaultVersion: 1, mixed: false };
    const back = { kind: 'launch-configuration', name: 'rollback' } as const;
    for (let n = 0; n < 2; n += 1) await cloud.convertLaunchSource(from, back, MARK, NEW_IMAGE.imageId);
    const named = (name: string) =>
      world.call('autoscaling', 'DescribeLaunchConfigurations', { LaunchConfigurationNames: [name] })
        .LaunchConfigurations?.[0];
    const same = { LaunchConfigurationName: '', LaunchConfigurationARN: '', CreatedTime: undefined, ImageId: '' };
    expect({ ...named('rollback'), ...same }).toEqual({ ...named(configuration().name), ...same });
    expect(named('rollback')?.ImageId).toBe(NEW_IMAGE.imageId);
    const other = cloud.convertLaunchSource(from, back, MARK, OLD_IMAGE.imageId);
    await expect(other).rejects.toMatchObject({ code: 'launch-configuration-differs' });
    expect(await cloud.findUnsupportedSettings({ ...from, mixed: true }, 'launch-configuration')).toEqual([
      'MixedInstancesPolicy',
    ]);
  });

  it('reports an account that may not create launch configurations', async () => {
    const { cloud, world } = account;
    await cloud.convertLaunchSource(configuration(), made, MARK, OLD_IMAGE.imageId);
    Object.assign(world.inside, { launchTemplatesOnly: true });
    const refused = cloud.createLaunchConfiguration(configuration().name, 'new', NEW_IMAGE.imageId);
    await expect(refused).rejects.toMatchObject({
      code: 'launch-configurations-refused',
      next: 'roll with --launch-source launch-template',
    });
  });
});
