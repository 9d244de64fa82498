import type {
  DescribeAccountLimitsOutput,
  DescribeCapacityReservationInput,
  DescribeCapacityReservationOutput,
  DescribeLoadBalancersInput,
  DescribeLoadBalancersOutput,
  LoadBalancer,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { AwsFault, requireMember } from '../fault.js';
import { getPage } from '../paging.js';
import type { LoadBalancerRecord } from '../records.js';
import type { AwsState } from '../state.js';
import { getLoadBalancer } from './load-balancer.js';

/** DescribeLoadBalancers: by ARN, by name, or all of them in pages. */
export function describeLoadBalancers(state: AwsState, input: DescribeLoadBalancersInput): DescribeLoadBalancersOutput {
  const page = getPage(chosen(state, input), input.Marker, input.PageSize, { defaultSize: 400, maxSize: 400 });
  return { LoadBalancers: page.items.map((one) => toLoadBalancerOutput(state, one)), NextMarker: page.nextToken };
}

function chosen(
  state: AwsState,
  { LoadBalancerArns = [], Names = [] }: DescribeLoadBalancersInput,
): LoadBalancerRecord[] {
  if (LoadBalancerArns.length > 0) return LoadBalancerArns.map((arn) => getLoadBalancer(state, arn));
  const all = [...state.loadBalancers.values()];
  if (Names.length === 0) return all;
  return Names.map((name) => {
    const found = all.find((one) => one.name === name);
    if (found !== undefined) return found;
    throw new AwsFault('LoadBalancerNotFound', `Load balancers '[${name}]' not found`);
  });
}

/** A load balancer as AWS describes it. */
export function toLoadBalancerOutput(state: AwsState, one: LoadBalancerRecord): LoadBalancer {
  return {
    LoadBalancerArn: one.arn,
    DNSName: one.address,
    CanonicalHostedZoneId: one.type === 'application' ? 'Z32O12XQLNTSW2' : 'Z2IFOLAFXWLO4F',
    CreatedTime: new Date(one.createdMs),
    LoadBalancerName: one.name,
    Scheme: one.scheme === 'internal' ? 'internal' : 'internet-facing',
    VpcId: state.network.vpcId,
    State: { Code: state.nowMs >= one.activeMs ? 'active' : 'provisioning' },
    Type: one.type,
    AvailabilityZones: one.subnets.map(({ SubnetId }) => ({
      ZoneName: state.network.subnets.find((subnet) => subnet.subnetId === SubnetId)?.zone,
      SubnetId,
      LoadBalancerAddresses: [],
    })),
    SecurityGroups: one.securityGroupIds.length > 0 ? one.securityGroupIds : undefined,
    IpAddressType: one.ipAddressType === 'dualstack' ? 'dualstack' : 'ipv4',
  };
}

/** DescribeCapacityReservation: none is reserved. */
export function describeCapacityReservation(
  state: AwsState,
  input: DescribeCapacityReservationInput,
): DescribeCapacityReservationOutput {
  getLoadBalancer(state, requireMember(input.LoadBalancerArn, 'LoadBalancerArn'));
  return { DecreaseRequestsRemaining: 2, CapacityReservationState: [] };
}

/** DescribeAccountLimits of the load balancing service: AWS's own defaults. */
export function describeLimits(): DescribeAccountLimitsOutput {
  return {
    Limits: [
      { Name: 'application-load-balancers', Max: '50' },
      { Name: 'network-load-balancers', Max: '50' },
      { Name: 'target-groups', Max: '3000' },
      { Name: 'targets-per-application-load-balancer', Max: '1000' },
      { Name: 'listeners-per-application-load-balancer', Max: '50' },
    ],
  };
}
