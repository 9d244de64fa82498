import type {
  DescribeRouteTablesResult,
  DescribeSubnetsRequest,
  DescribeSubnetsResult,
  DescribeVpcAttributeRequest,
  DescribeVpcAttributeResult,
  DescribeVpcsRequest,
  DescribeVpcsResult,
  Subnet,
  Vpc,
} from '@aws-sdk/client-ec2';
import { AwsFault, requireParameter } from '../fault.js';
import { countFreeAddresses } from '../network.js';
import { getPage } from '../paging.js';
import type { AwsState } from '../state.js';
import { filterByIds } from './by-id.js';
import { applyFilters, type FilterTable } from './filters.js';

const pageLimits = { defaultSize: 1_000, maxSize: 1_000 };

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
export function describeSubnets(state: AwsState, input: DescribeSubnetsRequest): DescribeSubnetsResult {
  const all = state.network.subnets.map(
    (subnet): Subnet => ({
      SubnetId: subnet.subnetId,
      SubnetArn: `arn:aws:ec2:${state.region}:${state.accountId}:subnet/${subnet.subnetId}`,
      AvailabilityZone: subnet.zone,
      AvailabilityZoneId: subnet.zoneId,
      AvailableIpAddressCount: countFreeAddresses(subnet),
      CidrBlock: subnet.cidr,
      DefaultForAz: true,
      MapPublicIpOnLaunch: false,
      OwnerId: state.accountId,
      State: 'available',
      Tags: [],
      VpcId: state.network.vpcId,
    }),
  );
  const unknown = (id: string) => new AwsFault('InvalidSubnetID.NotFound', `The subnet ID '${id}' does not exist`);
  const subnets = filterByIds(all, input.SubnetIds, (subnet) => subnet.SubnetId, unknown);
  const page = getPage(
    applyFilters(subnets, input.Filters, subnetFilters),
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
export function describeVpcs(state: AwsState, input: DescribeVpcsRequest): DescribeVpcsResult {
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
  const vpcs = filterByIds([vpc], input.VpcIds, (one) => one.VpcId, unknown);
  return { Vpcs: applyFilters(vpcs, input.Filters, vpcFilters) };
}

/** DescribeVpcAttribute. */
export function describeVpcAttribute(state: AwsState, input: DescribeVpcAttributeRequest): DescribeVpcAttributeResult {
  const VpcId = requireParameter(input.VpcId, 'VpcId');
  if (VpcId !== state.network.vpcId) {
    throw new AwsFault('InvalidVpcID.NotFound', `The vpc ID '${VpcId}' does not exist`);
  }
  if (input.Attribute === 'enableDnsSupport') return { VpcId, EnableDnsSupport: { Value: true } };
  if (input.Attribute === 'enableDnsHostnames') return { VpcId, EnableDnsHostnames: { Value: true } };
  return { VpcId, EnableNetworkAddressUsageMetrics: { Value: false } };
}

/** DescribeRouteTables: always the main one of the default VPC. */
export function describeRouteTables(state: AwsState): DescribeRouteTablesResult {
  const { vpcId, cidr } = state.network;
  const RouteTableId = 'rtb-0c0515ea000000001';
  return {
    RouteTables: [
      {
        RouteTableId,
        VpcId: vpcId,
        OwnerId: state.accountId,
        Associations: [
          {
            Main: true,
            RouteTableAssociationId: 'rtbassoc-0c0515ea000000001',
            RouteTableId,
            AssociationState: { State: 'associated' },
          },
        ],
        Routes: [{ DestinationCidrBlock: cidr, GatewayId: 'local', Origin: 'CreateRouteTable', State: 'active' }],
        PropagatingVgws: [],
        Tags: [],
      },
    ],
  };
}
