import type {
  DescribeAccessPointsInput,
  DescribeAccessPointsOutput,
  DescribeAccountLimitsOutput,
  LoadBalancerDescription,
  Policies,
} from '@aws-sdk/client-elastic-load-balancing';
import { getPage } from '../paging.js';
import type { ClassicLoadBalancerRecord } from '../records.js';
import type { AwsState } from '../state.js';
import { getClassicLoadBalancer } from './load-balancer.js';
import { cookiePolicyTypes } from './policies.js';

/** DescribeLoadBalancers: by name, or all of them in pages. */
export function describeLoadBalancers(state: AwsState, input: DescribeAccessPointsInput): DescribeAccessPointsOutput {
  const names = input.LoadBalancerNames ?? [];
  const all =
    names.length > 0 ? names.map((name) => getClassicLoadBalancer(state, name)) : [...state.balancers.values()];
  const page = getPage(all, input.Marker, input.PageSize, { defaultSize: 400, maxSize: 400 });
  return {
    LoadBalancerDescriptions: page.items.map((balancer) => described(state, balancer)),
    NextMarker: page.nextToken,
  };
}

function described(state: AwsState, balancer: ClassicLoadBalancerRecord): LoadBalancerDescription {
  const registered = [...balancer.registrations.values()].filter((entry) => entry.phase !== 'draining');
  return {
    LoadBalancerName: balancer.name,
    DNSName: balancer.address,
    CanonicalHostedZoneName: balancer.address,
    CanonicalHostedZoneNameID: 'Z32O12XQLNTSW2',
    ListenerDescriptions: [...balancer.listeners.values()].map((record) => ({
      Listener: record.listener,
      PolicyNames: record.policyNames,
    })),
    Policies: policies(balancer),
    BackendServerDescriptions: balancer.backends,
    AvailabilityZones: zones(state, balancer),
    Subnets: balancer.subnetIds,
    VPCId: state.network.vpcId,
    Instances: registered.map((entry) => ({ InstanceId: entry.instance.instanceId })),
    HealthCheck: balancer.healthCheck,
    SourceSecurityGroup: { OwnerAlias: state.accountId, GroupName: 'default' },
    SecurityGroups: balancer.securityGroupIds,
    CreatedTime: new Date(balancer.createdMs),
    Scheme: balancer.scheme,
  };
}

function zones(state: AwsState, balancer: ClassicLoadBalancerRecord): string[] {
  const attached = state.network.subnets.filter((subnet) => balancer.subnetIds.includes(subnet.subnetId));
  return attached.map((subnet) => subnet.zone);
}

function policies(balancer: ClassicLoadBalancerRecord): Policies {
  const all = [...balancer.policies.values()];
  const cookies: string[] = Object.values(cookiePolicyTypes);
  const attribute = (policy: (typeof all)[number], name: string) =>
    policy.PolicyAttributeDescriptions?.find((entry) => entry.AttributeName === name)?.AttributeValue;
  const period = (policy: (typeof all)[number]) => attribute(policy, 'CookieExpirationPeriod');
  return {
    AppCookieStickinessPolicies: all
      .filter((policy) => policy.PolicyTypeName === cookiePolicyTypes.application)
      .map((policy) => ({ PolicyName: policy.PolicyName, CookieName: attribute(policy, 'CookieName') })),
    LBCookieStickinessPolicies: all
      .filter((policy) => policy.PolicyTypeName === cookiePolicyTypes.balancer)
      .map((policy) => ({
        PolicyName: policy.PolicyName,
        CookieExpirationPeriod: period(policy) === undefined ? undefined : Number(period(policy)),
      })),
    OtherPolicies: all
      .filter((policy) => !cookies.includes(policy.PolicyTypeName ?? ''))
      .map((policy) => policy.PolicyName ?? ''),
  };
}

/** DescribeAccountLimits of the load balancing service: AWS's own defaults. */
export function describeBalancerLimits(): DescribeAccountLimitsOutput {
  return {
    Limits: [
      { Name: 'classic-load-balancers', Max: '20' },
      { Name: 'classic-listeners', Max: '100' },
      { Name: 'classic-registered-instances', Max: '1000' },
    ],
  };
}
