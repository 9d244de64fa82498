import type {
  DeletePolicyType,
  DescribePoliciesType,
  PoliciesType,
  PolicyARNType,
  PutScalingPolicyType,
  ScalingPolicy,
} from '@aws-sdk/client-auto-scaling';
import { required, validationError } from '../fault.js';
import { copied, said } from '../members.js';
import { pageOf } from '../paging.js';
import type { WorldState } from '../state.js';
import { groupNamed } from './group.js';

/** PutScalingPolicy: kept and described; the sandbox has no alarms that would set it off. */
export function putScalingPolicy(state: WorldState, input: PutScalingPolicyType): PolicyARNType {
  const group = groupNamed(state, input.AutoScalingGroupName);
  const name = required(input.PolicyName, 'PolicyName');
  const before = group.policies.get(name);
  const arn =
    before?.PolicyARN ??
    `arn:aws:autoscaling:${state.region}:${state.accountId}:scalingPolicy:${state.ids.uuid()}:autoScalingGroupName/${group.name}:policyName/${name}`;
  const type = input.PolicyType ?? 'SimpleScaling';
  if (type !== 'TargetTrackingScaling' && type !== 'PredictiveScaling')
    required(input.AdjustmentType, 'AdjustmentType');
  const policy: ScalingPolicy = {
    Enabled: true,
    ...said(copied(input)),
    PolicyType: type,
    PolicyARN: arn,
    Alarms: [],
  };
  group.policies.set(name, policy);
  return { PolicyARN: arn, Alarms: [] };
}

/** DescribePolicies: of one group or of all, by name, ARN and type, in pages. */
export function describePolicies(state: WorldState, input: DescribePoliciesType): PoliciesType {
  const groups =
    input.AutoScalingGroupName === undefined
      ? [...state.groups.values()]
      : [groupNamed(state, input.AutoScalingGroupName)];
  const names = input.PolicyNames ?? [];
  const types = input.PolicyTypes ?? [];
  const chosen = groups
    .flatMap((group) => [...group.policies.values()])
    .filter((policy) => names.length === 0 || names.some((name) => isNamed(policy, name)))
    .filter((policy) => types.length === 0 || types.includes(policy.PolicyType ?? ''));
  const page = pageOf(chosen, input.NextToken, input.MaxRecords, { usual: 50, most: 100 });
  return { ScalingPolicies: page.items, NextToken: page.nextToken };
}

function isNamed(policy: ScalingPolicy, name: string): boolean {
  return policy.PolicyName === name || policy.PolicyARN === name;
}

/** DeletePolicy: by name within a group, or by ARN. */
export function deletePolicy(state: WorldState, input: DeletePolicyType): Record<string, never> {
  const wanted = required(input.PolicyName, 'PolicyName');
  for (const group of state.groups.values()) {
    if (group.name !== (input.AutoScalingGroupName ?? group.name)) continue;
    for (const [name, policy] of group.policies) {
      if (!isNamed(policy, wanted)) continue;
      group.policies.delete(name);
      return {};
    }
  }
  throw validationError(`PolicyName not found - Policy not found for: ${wanted}`);
}
