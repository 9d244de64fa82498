import { AwsFault } from '../fault.js';
import type { LoadBalancerRecord, TargetGroupRecord, TargetRecord } from '../records.js';
import type { AwsState } from '../state.js';
import { listForwardTargets, listRules } from './load-balancer.js';

/** A target is known by its id and its port. */
export function buildTargetKey(id: string, port: number): string {
  return `${id}:${port}`;
}

/**
 * The target group of that ARN.
 *
 * @throws AwsFault `TargetGroupNotFound`
 */
export function getTargetGroup(state: AwsState, arn: string): TargetGroupRecord {
  const found = state.targetGroups.get(arn);
  if (found !== undefined) return found;
  throw new AwsFault('TargetGroupNotFound', `Target group '${arn}' not found`);
}

/** The load balancers with a listener or rule that forwards to the target group. */
export function listTargetGroupUsers(state: AwsState, arn: string): LoadBalancerRecord[] {
  return [...state.loadBalancers.values()].filter((loadBalancer) =>
    listRules(loadBalancer).some((rule) => listForwardTargets(rule.actions).some((one) => one.arn === arn)),
  );
}

/**
 * Whether a load balancer ever sends anything to the target: one forwards to its group and is enabled in its zone.
 *
 * @returns the reason in AWS's words; undefined when it is used
 */
export function getUnusedReason(
  state: AwsState,
  group: TargetGroupRecord,
  { instance }: TargetRecord,
): string | undefined {
  const users = listTargetGroupUsers(state, group.arn);
  if (users.length === 0) return 'Target group is not configured to receive traffic from the load balancer';
  const reached = users.some((user) =>
    user.subnets.some(({ SubnetId }) => zoneOf(state, SubnetId) === instance.subnet.zone),
  );
  return reached ? undefined : 'Target is in an Availability Zone that is not enabled for the load balancer';
}

function zoneOf(state: AwsState, subnetId: string | undefined): string | undefined {
  return state.network.subnets.find((subnet) => subnet.subnetId === subnetId)?.zone;
}

/** How long a target of the group drains, milliseconds. */
export function getDeregistrationDelayMs(group: TargetGroupRecord): number {
  return Number(group.attributes.get('deregistration_delay.timeout_seconds') ?? 300) * 1_000;
}
