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
import { required, validationError } from '../fault.js';
import type { WorldState } from '../state.js';
import { listenerOf, loadBalancerOf } from './load-balancer.js';
import { targetGroupOf } from './target-group.js';

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
  state: WorldState,
  input: DescribeLoadBalancerAttributesInput,
): DescribeLoadBalancerAttributesOutput {
  const { attributes } = loadBalancerOf(state, required(input.LoadBalancerArn, 'LoadBalancerArn'));
  return { Attributes: described(attributes) };
}

/** ModifyLoadBalancerAttributes: what is not named stays. */
export function modifyLoadBalancerAttributes(
  state: WorldState,
  input: ModifyLoadBalancerAttributesInput,
): ModifyLoadBalancerAttributesOutput {
  const { attributes } = loadBalancerOf(state, required(input.LoadBalancerArn, 'LoadBalancerArn'));
  return { Attributes: modified(attributes, required(input.Attributes, 'Attributes'), 'Load balancer') };
}

/** DescribeTargetGroupAttributes. */
export function describeTargetGroupAttributes(
  state: WorldState,
  input: DescribeTargetGroupAttributesInput,
): DescribeTargetGroupAttributesOutput {
  const { attributes } = targetGroupOf(state, required(input.TargetGroupArn, 'TargetGroupArn'));
  return { Attributes: described(attributes) };
}

/** ModifyTargetGroupAttributes: what is not named stays; a delay that changes holds for what drains from then on. */
export function modifyTargetGroupAttributes(
  state: WorldState,
  input: ModifyTargetGroupAttributesInput,
): ModifyTargetGroupAttributesOutput {
  const { attributes } = targetGroupOf(state, required(input.TargetGroupArn, 'TargetGroupArn'));
  return { Attributes: modified(attributes, required(input.Attributes, 'Attributes'), 'Target group') };
}

/** DescribeListenerAttributes. */
export function describeListenerAttributes(
  state: WorldState,
  input: DescribeListenerAttributesInput,
): DescribeListenerAttributesOutput {
  const { listener } = listenerOf(state, required(input.ListenerArn, 'ListenerArn'));
  return { Attributes: described(listener.attributes) };
}

/** ModifyListenerAttributes: kept and described. */
export function modifyListenerAttributes(
  state: WorldState,
  input: ModifyListenerAttributesInput,
): ModifyListenerAttributesOutput {
  const { listener } = listenerOf(state, required(input.ListenerArn, 'ListenerArn'));
  for (const { Key, Value } of required(input.Attributes, 'Attributes')) {
    listener.attributes.set(required(Key, 'Attributes.Key'), Value ?? '');
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
    const key = required(Key, 'Attributes.Key');
    if (!attributes.has(key)) throw validationError(`${what} attribute key '${key}' is not recognized`);
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
  throw validationError(`'${key}' must be between '${least}' and '${most}'`);
}
