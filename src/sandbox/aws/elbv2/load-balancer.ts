import type {
  Action,
  Certificate,
  ProtocolEnum,
  RuleCondition,
  SubnetMapping,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { AwsFault } from '../fault.js';
import type { AwsState } from '../state.js';

/** The two types that send traffic to servers; gateway load balancers are not implemented. */
export type LoadBalancerType = 'application' | 'network';

/** A rule of a listener; its default one has no conditions and the priority `default`. */
export interface RuleRecord {
  readonly arn: string;
  priority: string;
  conditions: RuleCondition[];
  actions: Action[];
  readonly tags: Map<string, string>;
}

/** A listener with its default actions and its other rules. */
export interface ListenerRecord {
  readonly arn: string;
  port: number;
  protocol: ProtocolEnum;
  sslPolicy: string | undefined;
  certificates: Certificate[];
  alpnPolicy: string[] | undefined;
  /** Its actions are the listener's default actions. */
  readonly defaultRule: RuleRecord;
  /** By ARN; the default one is not among them. */
  readonly rules: Map<string, RuleRecord>;
  readonly attributes: Map<string, string>;
  readonly tags: Map<string, string>;
}

/** An application or network load balancer. */
export interface LoadBalancerRecord {
  readonly arn: string;
  readonly name: string;
  readonly type: LoadBalancerType;
  /** The loopback address it listens on, which is its DNS name too. */
  readonly address: string;
  readonly createdMs: number;
  readonly scheme: string;
  /** From when on it is `active`, epoch milliseconds. */
  readonly activeMs: number;
  ipAddressType: string;
  subnets: SubnetMapping[];
  securityGroupIds: string[];
  /** By ARN. */
  readonly listeners: Map<string, ListenerRecord>;
  readonly attributes: Map<string, string>;
  readonly tags: Map<string, string>;
}

/**
 * The load balancer of that ARN.
 *
 * @throws AwsFault `LoadBalancerNotFound`
 */
export function getLoadBalancer(state: AwsState, arn: string): LoadBalancerRecord {
  const found = state.loadBalancers.get(arn);
  if (found !== undefined) return found;
  throw new AwsFault('LoadBalancerNotFound', `Load balancer '${arn}' not found`);
}

/**
 * The listener of that ARN, and its load balancer.
 *
 * @throws AwsFault `ListenerNotFound`
 */
export function getListener(
  state: AwsState,
  arn: string,
): { loadBalancer: LoadBalancerRecord; listener: ListenerRecord } {
  for (const loadBalancer of state.loadBalancers.values()) {
    const listener = loadBalancer.listeners.get(arn);
    if (listener !== undefined) return { loadBalancer, listener };
  }
  throw new AwsFault('ListenerNotFound', `Listener '${arn}' not found`);
}

/** Every rule of a load balancer, the listeners' default ones included. */
export function listRules(loadBalancer: LoadBalancerRecord): RuleRecord[] {
  return [...loadBalancer.listeners.values()].flatMap((listener) => [
    listener.defaultRule,
    ...listener.rules.values(),
  ]);
}

/** The target groups that these actions forward to, each with its weight; an unweighted one has 1. */
export function listForwardTargets(actions: readonly Action[]): { arn: string; weight: number }[] {
  return actions.flatMap(({ TargetGroupArn, ForwardConfig }) => {
    const tuples = ForwardConfig?.TargetGroups ?? [];
    if (tuples.length === 0) return TargetGroupArn === undefined ? [] : [{ arn: TargetGroupArn, weight: 1 }];
    return tuples.map((tuple) => ({ arn: tuple.TargetGroupArn ?? '', weight: tuple.Weight ?? 1 }));
  });
}
