import type {
  AvailabilityZone,
  DescribeAccountAttributesRequest,
  DescribeAccountAttributesResult,
  DescribeAvailabilityZonesRequest,
  DescribeAvailabilityZonesResult,
  DescribeKeyPairsRequest,
  DescribeKeyPairsResult,
  DescribeNetworkInterfacesRequest,
  DescribeNetworkInterfacesResult,
  DescribeRegionsResult,
  DescribeSecurityGroupsRequest,
  DescribeSecurityGroupsResult,
  DescribeSubnetsRequest,
  DescribeSubnetsResult,
  DescribeVpcAttributeRequest,
  DescribeVpcAttributeResult,
  DescribeVpcsRequest,
  DescribeVpcsResult,
  KeyPairInfo,
  NetworkInterface,
  SecurityGroup,
  Subnet,
  Vpc,
} from '@aws-sdk/client-ec2';
import { AwsFault, requiredParameter } from '../fault.js';
import { freeAddresses } from '../network.js';
import { pageOf } from '../paging.js';
import type { WorldState } from '../state.js';
import { describedInstance } from './described-instance.js';
import { type FilterTable, filtered } from './filters.js';

/** What instances stand in: the network, its groups and keys. All of it is there from the start, and stays. */

const pageLimits = { usual: 1_000, most: 1_000 };

/** The records with those ids, or all; EC2 names the first one it does not know. */
function withIds<T>(
  all: readonly T[],
  ids: string[] | undefined,
  idOf: (one: T) => string | undefined,
  unknown: (id: string) => AwsFault,
): T[] {
  if (ids === undefined || ids.length === 0) return [...all];
  return ids.map((id) => {
    const found = all.find((one) => idOf(one) === id);
    if (found === undefined) throw unknown(id);
    return found;
  });
}

const subnetFilters: FilterTable<Subnet> = {
  'availability-zone': (subnet) => [subnet.AvailabilityZone],
  'availability-zone-id': (subnet) => [subnet.AvailabilityZoneId],
  cidr: (subnet) => [subnet.CidrBlock],
  'cidr-block': (subnet) => [subnet.CidrBlock],
  'default-for-az': (subnet) => [String(subnet.DefaultForAz)],
  defaultForAz: (subnet) => [String(subnet.DefaultForAz)],
  state: (subnet) => [subnet.State],
  'subnet-id': (subnet) => [subnet.SubnetId],
  'vpc-id': (subnet) => [subnet.VpcId],
};

/** DescribeSubnets: with the addresses that are left in each. */
export function describeSubnets(state: WorldState, input: DescribeSubnetsRequest): DescribeSubnetsResult {
  const all = state.network.subnets.map(
    (subnet): Subnet => ({
      SubnetId: subnet.subnetId,
      SubnetArn: `arn:aws:ec2:${state.region}:${state.accountId}:subnet/${subnet.subnetId}`,
      AvailabilityZone: subnet.zone,
      AvailabilityZoneId: subnet.zoneId,
      AvailableIpAddressCount: freeAddresses(subnet),
      CidrBlock: subnet.cidr,
      DefaultForAz: true,
      MapPublicIpOnLaunch: false,
      OwnerId: state.accountId,
      State: 'available',
      Tags: [],
      VpcId: state.network.vpcId,
    }),
  );
  const unknown = (id: string) =>
    new AwsFault('InvalidSubnetID.NotFound', `The subnet ID '${id}' does not exist`);
  const subnets = withIds(all, input.SubnetIds, (subnet) => subnet.SubnetId, unknown);
  const page = pageOf(
    filtered(subnets, input.Filters, subnetFilters),
    input.NextToken,
    input.MaxResults,
    pageLimits,
  );
  return { Subnets: page.items, NextToken: page.nextToken };
}

const vpcFilters: FilterTable<Vpc> = {
  cidr: (vpc) => [vpc.CidrBlock],
  'is-default': (vpc) => [String(vpc.IsDefault)],
  isDefault: (vpc) => [String(vpc.IsDefault)],
  state: (vpc) => [vpc.State],
  'vpc-id': (vpc) => [vpc.VpcId],
};

/** DescribeVpcs: the default one is the only one. */
export function describeVpcs(state: WorldState, input: DescribeVpcsRequest): DescribeVpcsResult {
  const vpc: Vpc = {
    VpcId: state.network.vpcId,
    CidrBlock: state.network.cidr,
    DhcpOptionsId: 'dopt-0c0515ea000000001',
    InstanceTenancy: 'default',
    IsDefault: true,
    OwnerId: state.accountId,
    State: 'available',
    Tags: [],
  };
  const unknown = (id: string) => new AwsFault('InvalidVpcID.NotFound', `The vpc ID '${id}' does not exist`);
  const vpcs = withIds([vpc], input.VpcIds, (one) => one.VpcId, unknown);
  return { Vpcs: filtered(vpcs, input.Filters, vpcFilters) };
}

/** DescribeVpcAttribute. */
export function describeVpcAttribute(
  state: WorldState,
  input: DescribeVpcAttributeRequest,
): DescribeVpcAttributeResult {
  const VpcId = requiredParameter(input.VpcId, 'VpcId');
  if (VpcId !== state.network.vpcId) {
    throw new AwsFault('InvalidVpcID.NotFound', `The vpc ID '${VpcId}' does not exist`);
  }
  if (input.Attribute === 'enableDnsSupport') return { VpcId, EnableDnsSupport: { Value: true } };
  if (input.Attribute === 'enableDnsHostnames') return { VpcId, EnableDnsHostnames: { Value: true } };
  return { VpcId, EnableNetworkAddressUsageMetrics: { Value: false } };
}

const groupFilters: FilterTable<SecurityGroup> = {
  description: (group) => [group.Description],
  'group-id': (group) => [group.GroupId],
  'group-name': (group) => [group.GroupName],
  'owner-id': (group) => [group.OwnerId],
  'vpc-id': (group) => [group.VpcId],
};

/** DescribeSecurityGroups: everything may pass, as the sandbox filters nothing. */
export function describeSecurityGroups(
  state: WorldState,
  input: DescribeSecurityGroupsRequest,
): DescribeSecurityGroupsResult {
  const everywhere = [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }];
  const all = state.network.securityGroups.map(
    (group): SecurityGroup => ({
      GroupId: group.groupId,
      GroupName: group.groupName,
      Description: group.description,
      OwnerId: state.accountId,
      VpcId: state.network.vpcId,
      IpPermissions: everywhere,
      IpPermissionsEgress: everywhere,
      Tags: [],
    }),
  );
  const unknown = (id: string) =>
    new AwsFault('InvalidGroup.NotFound', `The security group '${id}' does not exist`);
  const byId = withIds(all, input.GroupIds, (group) => group.GroupId, unknown);
  const groups = withIds(byId, input.GroupNames, (group) => group.GroupName, unknown);
  return { SecurityGroups: filtered(groups, input.Filters, groupFilters) };
}

const zoneFilters: FilterTable<AvailabilityZone & { Tags?: undefined }> = {
  'opt-in-status': (zone) => [zone.OptInStatus],
  'region-name': (zone) => [zone.RegionName],
  state: (zone) => [zone.State],
  'zone-id': (zone) => [zone.ZoneId],
  'zone-name': (zone) => [zone.ZoneName],
  'zone-type': (zone) => [zone.ZoneType],
};

/** DescribeAvailabilityZones: a, b and c. */
export function describeZones(
  state: WorldState,
  input: DescribeAvailabilityZonesRequest,
): DescribeAvailabilityZonesResult {
  const all = state.network.subnets.map(
    (subnet): AvailabilityZone => ({
      ZoneName: subnet.zone,
      ZoneId: subnet.zoneId,
      ZoneType: 'availability-zone',
      GroupName: state.region,
      NetworkBorderGroup: state.region,
      RegionName: state.region,
      OptInStatus: 'opt-in-not-required',
      State: 'available',
      Messages: [],
    }),
  );
  const unknown = (id: string) => new AwsFault('InvalidParameterValue', `Invalid availability zone: [${id}]`);
  const zones = withIds(all, input.ZoneNames, (zone) => zone.ZoneName, unknown);
  return { AvailabilityZones: filtered(zones, input.Filters, zoneFilters) };
}

/** DescribeRegions: the one region. */
export function describeRegions(state: WorldState): DescribeRegionsResult {
  const RegionName = state.region;
  return {
    Regions: [
      { RegionName, Endpoint: `ec2.${RegionName}.amazonaws.com`, OptInStatus: 'opt-in-not-required' },
    ],
  };
}

const attributes: Readonly<Record<string, string>> = {
  'supported-platforms': 'VPC',
  'max-instances': '1000',
  'vpc-max-security-groups-per-interface': '5',
};

/** DescribeAccountAttributes. */
export function describeAccountAttributes(
  state: WorldState,
  input: DescribeAccountAttributesRequest,
): DescribeAccountAttributesResult {
  const known: Record<string, string> = { ...attributes, 'default-vpc': state.network.vpcId };
  const names = input.AttributeNames ?? Object.keys(known);
  return {
    AccountAttributes: names.map((AttributeName) => ({
      AttributeName,
      AttributeValues: [{ AttributeValue: known[AttributeName] ?? '0' }],
    })),
  };
}

const keyFilters: FilterTable<KeyPairInfo> = {
  'key-name': (key) => [key.KeyName],
  'key-pair-id': (key) => [key.KeyPairId],
};

/** DescribeKeyPairs. */
export function describeKeyPairs(state: WorldState, input: DescribeKeyPairsRequest): DescribeKeyPairsResult {
  const all = state.network.keyNames.map(
    (KeyName): KeyPairInfo => ({ KeyName, KeyPairId: 'key-0c0515ea000000001', KeyType: 'ed25519', Tags: [] }),
  );
  const unknown = (name: string) =>
    new AwsFault('InvalidKeyPair.NotFound', `The key pair '${name}' does not exist`);
  const keys = withIds(all, input.KeyNames, (key) => key.KeyName, unknown);
  return { KeyPairs: filtered(keys, input.Filters, keyFilters) };
}

const interfaceFilters: FilterTable<NetworkInterface & { Tags?: undefined }> = {
  'attachment.instance-id': (entry) => [entry.Attachment?.InstanceId],
  'attachment.instance-owner-id': (entry) => [entry.Attachment?.InstanceOwnerId],
  description: (entry) => [entry.Description],
  'network-interface-id': (entry) => [entry.NetworkInterfaceId],
  'subnet-id': (entry) => [entry.SubnetId],
  'vpc-id': (entry) => [entry.VpcId],
};

/** DescribeNetworkInterfaces: those of the instances; load balancers show none. */
export function describeInterfaces(
  state: WorldState,
  input: DescribeNetworkInterfacesRequest,
): DescribeNetworkInterfacesResult {
  const alive = [...state.instances.values()].filter((instance) => instance.state !== 'terminated');
  const all = alive.map((instance): NetworkInterface => {
    const [attached] = describedInstance(state, instance).NetworkInterfaces ?? [];
    return {
      NetworkInterfaceId: instance.interfaceId,
      Description: '',
      Status: 'in-use',
      SubnetId: instance.subnet.subnetId,
      VpcId: state.network.vpcId,
      PrivateIpAddress: instance.address,
      Groups: attached?.Groups,
      Attachment: { InstanceId: instance.instanceId, InstanceOwnerId: state.accountId, Status: 'attached' },
    };
  });
  const unknown = (id: string) =>
    new AwsFault('InvalidNetworkInterfaceID.NotFound', `The networkInterface ID '${id}' does not exist`);
  const chosen = withIds(all, input.NetworkInterfaceIds, (entry) => entry.NetworkInterfaceId, unknown);
  return { NetworkInterfaces: filtered(chosen, input.Filters, interfaceFilters) };
}
