import {
  CreateTagsCommand,
  DeleteTagsCommand,
  DescribeAvailabilityZonesCommand,
  DescribeImagesCommand,
  DescribeInstanceAttributeCommand,
  DescribeInstanceStatusCommand,
  DescribeInstancesCommand,
  DescribeInstanceTypesCommand,
  DescribeKeyPairsCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DescribeTagsCommand,
  DescribeVpcsCommand,
  paginateDescribeInstances,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SANDBOX_IMAGES } from '../../../src/sandbox/aws/images.js';
import { type Account, openAccount } from './account.js';
import { clusterGroup, idsOf, settledCluster } from './cluster.js';

let account: Account;
beforeEach(async () => {
  account = await openAccount();
  settledCluster(account, 3);
});
afterEach(() => account.close());

async function found(...Filters: { Name: string; Values: string[] }[]): Promise<(string | undefined)[]> {
  const { Reservations = [] } = await account.ec2.send(new DescribeInstancesCommand({ Filters }));
  return Reservations.flatMap((reservation) => reservation.Instances ?? []).map((one) => one.PrivateIpAddress);
}

describe('DescribeInstances', () => {
  test('filters by state, tag, address, zone and wildcard; all filters must pass', async () => {
    const named = { Name: 'tag:Name', Values: ['consul'] };
    expect(await found(named, { Name: 'instance-state-name', Values: ['running'] })).toHaveLength(3);
    expect(await found(named, { Name: 'instance-state-name', Values: ['terminated', 'stopped'] })).toEqual([]);
    expect(await found({ Name: 'availability-zone', Values: ['*b'] })).toEqual(['127.99.2.4']);
    expect(await found({ Name: 'private-ip-address', Values: ['127.99.?.4'] })).toHaveLength(3);
    expect(await found({ Name: 'tag-key', Values: ['Nonsense'] })).toEqual([]);
    await expect(found({ Name: 'nonsense', Values: ['x'] })).rejects.toMatchObject({ name: 'InvalidParameterValue' });
  });

  test('refuses ids that are malformed or unknown', async () => {
    const ask = (id: string) => account.ec2.send(new DescribeInstancesCommand({ InstanceIds: [id] }));
    await expect(ask('i-xyz')).rejects.toMatchObject({ name: 'InvalidInstanceID.Malformed' });
    await expect(ask('i-0123456789abcdef0')).rejects.toMatchObject({
      name: 'InvalidInstanceID.NotFound',
      message: "The instance ID 'i-0123456789abcdef0' does not exist",
    });
  });

  test('pages', async () => {
    const pages: number[] = [];
    for await (const page of paginateDescribeInstances({ client: account.ec2, pageSize: 2 }, {})) {
      pages.push(page.Reservations?.length ?? 0);
    }
    expect(pages).toEqual([2, 1]);
    const wrong = new DescribeInstancesCommand({ NextToken: 'nonsense' });
    await expect(account.ec2.send(wrong)).rejects.toMatchObject({ name: 'InvalidNextToken' });
  });

  test('shows the settings of the launch configuration', async () => {
    const { Reservations = [] } = await account.ec2.send(new DescribeInstancesCommand({}));
    expect(Reservations[0]?.Instances?.[0]).toMatchObject({
      ImageId: 'ami-0c0515ea000000001',
      InstanceType: 't2.medium',
      KeyName: 'deploy-key',
      State: { Code: 16, Name: 'running' },
      SecurityGroups: [{ GroupId: 'sg-0c0515ea000000002', GroupName: 'consul' }],
      SubnetId: 'subnet-0c0515ea00000000a',
    });
  });
});

test('a dry run says that it would have been permitted, and does nothing', async () => {
  const [id = ''] = await idsOf(account, clusterGroup);
  const dry = new TerminateInstancesCommand({ InstanceIds: [id], DryRun: true });
  await expect(account.ec2.send(dry)).rejects.toMatchObject({ name: 'DryRunOperation' });
  expect(account.machines.shutDown).toEqual([]);
});

test('instance status and attributes', async () => {
  const [id = ''] = await idsOf(account, clusterGroup);
  const { InstanceStatuses } = await account.ec2.send(new DescribeInstanceStatusCommand({ InstanceIds: [id] }));
  expect(InstanceStatuses?.[0]).toMatchObject({ InstanceStatus: { Status: 'ok' }, SystemStatus: { Status: 'ok' } });
  const { UserData } = await account.ec2.send(
    new DescribeInstanceAttributeCommand({ InstanceId: id, Attribute: 'userData' }),
  );
  expect(atob(UserData?.Value ?? '')).toContain('systemctl enable --now consul');
  await account.ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] }));
  const after = await account.ec2.send(new DescribeInstanceStatusCommand({}));
  expect(after.InstanceStatuses).toHaveLength(2);
});

test('images are listed with what each does', async () => {
  const { Images = [] } = await account.ec2.send(new DescribeImagesCommand({ Owners: ['self'] }));
  expect(Images.map((image) => image.Name)).toEqual(SANDBOX_IMAGES.map((image) => image.name));
  for (const image of Images) {
    expect(image.ImageId).toMatch(/^ami-[0-9a-f]{17}$/);
    expect(image).toMatchObject({ State: 'available', Architecture: 'x86_64', Description: expect.any(String) });
  }
  const ask = (id: string) => account.ec2.send(new DescribeImagesCommand({ ImageIds: [id] }));
  await expect(ask('ami-0123456789abcdef0')).rejects.toMatchObject({ name: 'InvalidAMIID.NotFound' });
  await expect(ask('nonsense')).rejects.toMatchObject({ name: 'InvalidAMIID.Malformed' });
});

test('subnets count the addresses they have left', async () => {
  const { Subnets = [] } = await account.ec2.send(new DescribeSubnetsCommand({}));
  expect(Subnets.map((subnet) => [subnet.AvailabilityZone, subnet.CidrBlock, subnet.AvailableIpAddressCount])).toEqual([
    ['eu-west-1a', '127.99.1.0/24', 250],
    ['eu-west-1b', '127.99.2.0/24', 250],
    ['eu-west-1c', '127.99.3.0/24', 250],
  ]);
});

test('describes zones, subnets, VPC, key pairs and network interfaces', async () => {
  const vpcs = await account.ec2.send(new DescribeVpcsCommand({ Filters: [{ Name: 'is-default', Values: ['true'] }] }));
  expect(vpcs.Vpcs).toHaveLength(1);
  const zones = await account.ec2.send(new DescribeAvailabilityZonesCommand({}));
  expect(zones.AvailabilityZones?.map((zone) => zone.ZoneName)).toEqual(['eu-west-1a', 'eu-west-1b', 'eu-west-1c']);
  const groups = await account.ec2.send(new DescribeSecurityGroupsCommand({ GroupNames: ['consul'] }));
  expect(groups.SecurityGroups?.[0]?.GroupId).toBe('sg-0c0515ea000000002');
  const keys = await account.ec2.send(new DescribeKeyPairsCommand({ KeyNames: ['deploy-key'] }));
  expect(keys.KeyPairs).toHaveLength(1);
  const types = await account.ec2.send(new DescribeInstanceTypesCommand({ InstanceTypes: ['t2.medium'] }));
  expect(types.InstanceTypes?.[0]?.ProcessorInfo?.SupportedArchitectures).toEqual(['x86_64']);
  const caller = await account.sts.send(new GetCallerIdentityCommand({}));
  expect(caller).toMatchObject({ Account: '000000000000', Arn: 'arn:aws:iam::000000000000:root' });
});

test('tags of an instance can be added and removed, but not those of AWS', async () => {
  const [id = ''] = await idsOf(account, clusterGroup);
  const Resources = [id];
  await account.ec2.send(new CreateTagsCommand({ Resources, Tags: [{ Key: 'k', Value: 'v' }] }));
  const Filters = [{ Name: 'key', Values: ['k'] }];
  const described = await account.ec2.send(new DescribeTagsCommand({ Filters }));
  expect(described.Tags).toEqual([{ ResourceId: id, ResourceType: 'instance', Key: 'k', Value: 'v' }]);
  await account.ec2.send(new DeleteTagsCommand({ Resources, Tags: [{ Key: 'k' }] }));
  expect((await account.ec2.send(new DescribeTagsCommand({ Filters }))).Tags).toEqual([]);
  const reserved = new CreateTagsCommand({ Resources, Tags: [{ Key: 'aws:x', Value: 'v' }] });
  await expect(account.ec2.send(reserved)).rejects.toMatchObject({ name: 'InvalidParameterValue' });
});
