import type {
  CreateAppCookieStickinessPolicyInput,
  CreateLBCookieStickinessPolicyInput,
  CreateLoadBalancerPolicyInput,
  DeleteLoadBalancerPolicyInput,
  DescribeLoadBalancerPoliciesInput,
  DescribeLoadBalancerPoliciesOutput,
  PolicyAttributeDescription,
  SetLoadBalancerPoliciesForBackendServerInput,
  SetLoadBalancerPoliciesOfListenerInput,
} from '@aws-sdk/client-elastic-load-balancing';
import { AwsFault, requireMember } from '../fault.js';
import type { ClassicLoadBalancerRecord } from '../records.js';
import type { AwsState } from '../state.js';
import { getListener } from './listeners.js';
import { getClassicLoadBalancer } from './load-balancer.js';

/** The answers of these calls hold nothing. */
type Nothing = Record<string, never>;

/** The policy types behind the two calls that make cookie policies. */
export const cookiePolicyTypes = {
  application: 'AppCookieStickinessPolicyType',
  balancer: 'LBCookieStickinessPolicyType',
} as const;

/** CreateLoadBalancerPolicy: kept and described; the sandbox's proxy follows none. */
export function createPolicy(state: AwsState, input: CreateLoadBalancerPolicyInput): Nothing {
  const type = requireMember(input.PolicyTypeName, 'PolicyTypeName');
  return addPolicy(state, input, type, input.PolicyAttributes ?? []);
}

/** CreateAppCookieStickinessPolicy. */
export function createAppCookiePolicy(state: AwsState, input: CreateAppCookieStickinessPolicyInput): Nothing {
  const attribute = { AttributeName: 'CookieName', AttributeValue: requireMember(input.CookieName, 'CookieName') };
  return addPolicy(state, input, cookiePolicyTypes.application, [attribute]);
}

/** CreateLBCookieStickinessPolicy. */
export function createBalancerCookiePolicy(state: AwsState, input: CreateLBCookieStickinessPolicyInput): Nothing {
  const period = input.CookieExpirationPeriod;
  const attributes =
    period === undefined ? [] : [{ AttributeName: 'CookieExpirationPeriod', AttributeValue: String(period) }];
  return addPolicy(state, input, cookiePolicyTypes.balancer, attributes);
}

function addPolicy(
  state: AwsState,
  input: { LoadBalancerName?: string | undefined; PolicyName?: string | undefined },
  type: string,
  attributes: PolicyAttributeDescription[],
): Nothing {
  const balancer = getClassicLoadBalancer(state, requireMember(input.LoadBalancerName, 'LoadBalancerName'));
  const name = requireMember(input.PolicyName, 'PolicyName');
  if (balancer.policies.has(name)) {
    throw new AwsFault('DuplicatePolicyName', `Policy with name '${name}' already exists for ${balancer.name}`);
  }
  balancer.policies.set(name, { PolicyName: name, PolicyTypeName: type, PolicyAttributeDescriptions: attributes });
  return {};
}

/** DeleteLoadBalancerPolicy: refused while a listener or an instance port uses it. */
export function deletePolicy(state: AwsState, input: DeleteLoadBalancerPolicyInput): Nothing {
  const balancer = getClassicLoadBalancer(state, requireMember(input.LoadBalancerName, 'LoadBalancerName'));
  const name = requireMember(input.PolicyName, 'PolicyName');
  const used =
    [...balancer.listeners.values()].some((record) => record.policyNames.includes(name)) ||
    balancer.backends.some((backend) => backend.PolicyNames?.includes(name));
  if (used) throw new AwsFault('InvalidConfigurationRequest', `Policy '${name}' is in use by ${balancer.name}`);
  balancer.policies.delete(name);
  return {};
}

/** DescribeLoadBalancerPolicies: of one load balancer; the account-wide samples are not listed. */
export function describePolicies(
  state: AwsState,
  input: DescribeLoadBalancerPoliciesInput,
): DescribeLoadBalancerPoliciesOutput {
  if (input.LoadBalancerName === undefined) return { PolicyDescriptions: [] };
  const balancer = getClassicLoadBalancer(state, input.LoadBalancerName);
  const names = input.PolicyNames ?? [];
  if (names.length === 0) return { PolicyDescriptions: [...balancer.policies.values()] };
  return { PolicyDescriptions: names.map((name) => policyNamed(balancer, name)) };
}

function policyNamed(balancer: ClassicLoadBalancerRecord, name: string) {
  const policy = balancer.policies.get(name);
  if (policy !== undefined) return policy;
  throw new AwsFault('PolicyNotFound', `There is no policy with name ${name} for load balancer ${balancer.name}`);
}

/** SetLoadBalancerPoliciesOfListener. */
export function setListenerPolicies(state: AwsState, input: SetLoadBalancerPoliciesOfListenerInput): Nothing {
  const balancer = getClassicLoadBalancer(state, requireMember(input.LoadBalancerName, 'LoadBalancerName'));
  const record = getListener(balancer, requireMember(input.LoadBalancerPort, 'LoadBalancerPort'));
  const names = requireMember(input.PolicyNames, 'PolicyNames');
  for (const name of names) policyNamed(balancer, name);
  record.policyNames = [...names];
  return {};
}

/** SetLoadBalancerPoliciesForBackendServer. */
export function setBackendPolicies(state: AwsState, input: SetLoadBalancerPoliciesForBackendServerInput): Nothing {
  const balancer = getClassicLoadBalancer(state, requireMember(input.LoadBalancerName, 'LoadBalancerName'));
  const port = requireMember(input.InstancePort, 'InstancePort');
  const names = requireMember(input.PolicyNames, 'PolicyNames');
  for (const name of names) policyNamed(balancer, name);
  const others = balancer.backends.filter((backend) => backend.InstancePort !== port);
  balancer.backends = names.length === 0 ? others : [...others, { InstancePort: port, PolicyNames: [...names] }];
  return {};
}
