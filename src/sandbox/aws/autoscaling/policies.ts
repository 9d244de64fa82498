import type {
  DeletePolicyType,
  DescribePoliciesType,
  PoliciesType,
  PolicyARNType,
  PutScalingPolicyType,
  ScalingPolicy,
} from '@aws-sdk/client-auto-scaling';
import { requireMember, validationFault } from '../fault.js';
import { getPage } from '../paging.js';
import { deepCopy, dropUndefined } from '../plain-data.js';
import type { AwsState } from '../state.js';
import { getGroup } from './group.js';

/** PutScalingPolicy: kept and described; the sandbox has no alarms that would set it off. */
export function putScalingPolicy(state: AwsState, input: PutScalingPolicyType): PolicyARNType {
  const group = getGroup(state, input.AutoScalingGroupName);
  const name = requireMember(input.PolicyName, 'PolicyName');
  const before = group.policies.get(name);
  const arn =
    before?.PolicyARN ??
    `arn:aws:autoscaling:${state.region}:${state.accountId}:scalingPolicy:${state.ids.uuid()}:autoScalingGroupName/${group.name}:policyName/${name}`;
  const type = input.PolicyType ?? 'SimpleScaling';
  if (type !== 'TargetTrackingScaling' && type !== 'PredictiveScaling')
    requireMember(input.AdjustmentType, 'AdjustmentType');
  const policy: ScalingPolicy = {
    Enabled: true,
    ...dropUndefined(deepCopy(input)),
    PolicyType: type,
    PolicyARN: arn,
    Alarms: [],
  };
  group.policies.set(name, policy);
  return { PolicyARN: arn, Alarms: [] };
}

/** DescribePolicies: of one group or of all, by name, ARN and type, in pages. */
export function describePolicies(state: AwsState, input: DescribePoliciesType): PoliciesType {
  const groups =
    input.AutoScalingGroupName === undefined
      ? [...state.groups.values()]
      : [getGroup(state, input.AutoScalingGroupName)];
  const names = input.PolicyNames ?? [];
  const types = input.PolicyTypes ?? [];
  const chosen = groups
    .flatMap((group) => [...group.policies.values()])
    .filter((policy) => names.length === 0 || names.some((name) => isNamed(policy, name)))
    .filter((policy) => types.length === 0 || types.includes(policy.PolicyType ?? ''));
  const page = getPage(chosen, input.NextToken, input.MaxRecords, { defaultSize: 50, maxSize: 100 });
  return { ScalingPolicies: page.items, NextToken: page.nextToken };
}

function isNamed(policy: ScalingPolicy, name: string): boolean {
  return policy.PolicyName === name || policy.PolicyARN === name;
}

/** DeletePolicy: by name within a group, or by ARN. */
export function deletePolicy(state: AwsState, input: DeletePolicyType): Record<string, never> {
  const wanted = requireMember(input.PolicyName, 'PolicyName');
  for (const group of state.groups.values()) {
    if (group.name !== (input.AutoScalingGroupName ?? group.name)) continue;
    for (const [name, policy] of group.policies) {
      if (!isNamed(policy, wanted)) continue;
      group.policies.delete(name);
      return {};
    }
  }
  throw validationFault(`PolicyName not found - Policy not found for: ${wanted}`);
}
