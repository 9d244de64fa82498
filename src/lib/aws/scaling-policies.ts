import {
  type PutScalingPolicyCommandInput,
  paginateDescribePolicies,
  type ScalingPolicy,
} from '@aws-sdk/client-auto-scaling';
import type { Clients } from './clients.js';
import { withoutEmpty } from './without-empty.js';

type Every = {
  readonly [Name in keyof Required<PutScalingPolicyCommandInput>]: PutScalingPolicyCommandInput[Name];
};

export async function readPolicies(clients: Clients, group: string): Promise<ScalingPolicy[]> {
  const found: ScalingPolicy[] = [];
  const pages = paginateDescribePolicies({ client: clients.autoScaling }, { AutoScalingGroupName: group });
  for await (const page of pages) found.push(...(page.ScalingPolicies ?? []));
  return found;
}

/**
 * The request for the same policy on another group. Target tracking makes its own alarms; an alarm that a person
 * made for a simple or step policy goes on naming the old policy, and only that person can say what it is for.
 */
export function policyLike(from: ScalingPolicy, group: string): PutScalingPolicyCommandInput {
  const every: Every = {
    AutoScalingGroupName: group,
    PolicyName: from.PolicyName,
    PolicyType: from.PolicyType,
    AdjustmentType: from.AdjustmentType,
    // Described beside its successor, MinAdjustmentMagnitude, which AWS accepts alone.
    MinAdjustmentStep: from.MinAdjustmentMagnitude === undefined ? from.MinAdjustmentStep : undefined,
    MinAdjustmentMagnitude: from.MinAdjustmentMagnitude,
    ScalingAdjustment: from.ScalingAdjustment,
    Cooldown: from.Cooldown,
    MetricAggregationType: from.MetricAggregationType,
    StepAdjustments: from.StepAdjustments,
    EstimatedInstanceWarmup: from.EstimatedInstanceWarmup,
    TargetTrackingConfiguration: from.TargetTrackingConfiguration,
    Enabled: from.Enabled,
    PredictiveScalingConfiguration: from.PredictiveScalingConfiguration,
  };
  return withoutEmpty(every);
}
