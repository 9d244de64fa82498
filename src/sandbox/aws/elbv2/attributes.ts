import type {
  DescribeListenerAttributesInput,
  DescribeListenerAttributesOutput,
  DescribeLoadBalancerAttributesInput,
  DescribeLoadBalancerAttributesOutput,
  DescribeTargetGroupAttributesInput,
  DescribeTargetGroupAttributesOutput,
  ModifyListenerAttributesInput,
  ModifyListenerAttributesOutput,
  ModifyLoadBalancerAttributesInput,
  ModifyLoadBalancerAttributesOutput,
  ModifyTargetGroupAttributesInput,
  ModifyTargetGroupAttributesOutput,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { requireMember, validationFault } from '../fault.js';
import type { AwsState } from '../state.js';
import { getListener, getLoadBalancer } from './load-balancer.js';
import { getTargetGroup } from './target-group.js';

interface Attribute {
  Key?: string | undefined;
  Value?: string | undefined;
}

/** Attributes in seconds, and what AWS takes for them. */
const bounds: Readonly<Record<string, readonly [number, number]>> = {
  'deregistration_delay.timeout_seconds': [0, 3_600],
  'slow_start.duration_seconds': [0, 900],
  'idle_timeout.timeout_seconds': [1, 4_000],
};

/** DescribeLoadBalancerAttributes. */
export function describeLoadBalancerAttributes(
  state: AwsState,
  input: DescribeLoadBalancerAttributesInput,
): DescribeLoadBalancerAttributesOutput {
  const { attributes } = getLoadBalancer(state, requireMember(input.LoadBalancerArn, 'LoadBalancerArn'));
  return { Attributes: described(attributes) };
}

/** ModifyLoadBalancerAttributes: what is not named stays. */
export function modifyLoadBalancerAttributes(
  state: AwsState,
  input: ModifyLoadBalancerAttributesInput,
): ModifyLoadBalancerAttributesOutput {
  const { attributes } = getLoadBalancer(state, requireMember(input.LoadBalancerArn, 'LoadBalancerArn'));
  return { Attributes: modified(attributes, requireMember(input.Attributes, 'Attributes'), 'Load balancer') };
}

/** DescribeTargetGroupAttributes. */
export function describeTargetGroupAttributes(
  state: AwsState,
  input: DescribeTargetGroupAttributesInput,
): DescribeTargetGroupAttributesOutput {
  const { attributes } = getTargetGroup(state, requireMember(input.TargetGroupArn, 'TargetGroupArn'));
  return { Attributes: described(attributes) };
}

/** ModifyTargetGroupAttributes: what is not named stays; a delay that changes holds for what drains from then on. */
export function modifyTargetGroupAttributes(
  state: AwsState,
  input: ModifyTargetGroupAttributesInput,
): ModifyTargetGroupAttributesOutput {
  const { attributes } = getTargetGroup(state, requireMember(input.TargetGroupArn, 'TargetGroupArn'));
  return { Attributes: modified(attributes, requireMember(input.Attributes, 'Attributes'), 'Target group') };
}

/** DescribeListenerAttributes. */
export function describeListenerAttributes(
  state: AwsState,
  input: DescribeListenerAttributesInput,
): DescribeListenerAttributesOutput {
  const { listener } = getListener(state, requireMember(input.ListenerArn, 'ListenerArn'));
  return { Attributes: described(listener.attributes) };
}

/** ModifyListenerAttributes: kept and described. */
export function modifyListenerAttributes(
  state: AwsState,
  input: ModifyListenerAttributesInput,
): ModifyListenerAttributesOutput {
  const { listener } = getListener(state, requireMember(input.ListenerArn, 'ListenerArn'));
  for (const { Key, Value } of requireMember(input.Attributes, 'Attributes')) {
    listener.attributes.set(requireMember(Key, 'Attributes.Key'), Value ?? '');
  }
  return { Attributes: described(listener.attributes) };
}

function described(attributes: ReadonlyMap<string, string>): { Key: string; Value: string }[] {
  return [...attributes].map(([Key, Value]) => ({ Key, Value }));
}

function modified(
  attributes: Map<string, string>,
  changes: readonly Attribute[],
  what: string,
): { Key: string; Value: string }[] {
  const wanted = changes.map(({ Key, Value = '' }) => {
    const key = requireMember(Key, 'Attributes.Key');
    if (!attributes.has(key)) throw validationFault(`${what} attribute key '${key}' is not recognized`);
    checkBounds(key, Value);
    return [key, Value] as const;
  });
  for (const [key, value] of wanted) attributes.set(key, value);
  return described(attributes);
}

function checkBounds(key: string, value: string): void {
  const [least, most] = bounds[key] ?? [-Infinity, Infinity];
  const number = Number(value);
  if (bounds[key] === undefined || (Number.isInteger(number) && number >= least && number <= most)) return;
  throw validationFault(`'${key}' must be between '${least}' and '${most}'`);
}
