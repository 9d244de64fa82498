import type { ProtocolEnum, TargetGroup, TargetTypeEnum } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { CheckFailure } from '../../seams.js';
import type { ScheduledTask } from '../agenda.js';
import type { InstanceRecord } from '../ec2/instance.js';
import { AwsFault } from '../fault.js';
import type { AwsState } from '../state.js';
import { type LoadBalancerRecord, listForwardTargets, listRules } from './load-balancer.js';

/** How far a registered target has come; `unused` is told from the load balancers (`usedBy`). */
export type TargetPhase = 'registering' | 'checking' | 'healthy' | 'unhealthy' | 'draining';

/** One target of a target group. */
export interface TargetRecord {
  /** What it was registered by: an instance id, or an address. */
  readonly id: string;
  readonly port: number;
  readonly instance: InstanceRecord;
  phase: TargetPhase;
  /** Health checks in a row that passed, or that failed, and why the last one did. */
  passes: number;
  failures: number;
  failure: CheckFailure | undefined;
  /** The next check, or the end of draining. */
  next: ScheduledTask | undefined;
  /** Told once when it is out. */
  readonly drained: (() => void)[];
}

/** The health check of a target group, every member of it set. */
export type TargetHealthCheck = Required<
  Pick<
    TargetGroup,
    | 'HealthCheckEnabled'
    | 'HealthCheckPort'
    | 'HealthCheckIntervalSeconds'
    | 'HealthCheckTimeoutSeconds'
    | 'HealthyThresholdCount'
    | 'UnhealthyThresholdCount'
  >
> &
  Pick<TargetGroup, 'HealthCheckPath' | 'HealthCheckProtocol' | 'Matcher'>;

/** A target group. */
export interface TargetGroupRecord {
  readonly arn: string;
  readonly name: string;
  readonly protocol: ProtocolEnum | undefined;
  readonly protocolVersion: string | undefined;
  readonly port: number | undefined;
  readonly vpcId: string | undefined;
  readonly targetType: TargetTypeEnum;
  healthCheck: TargetHealthCheck;
  readonly attributes: Map<string, string>;
  readonly tags: Map<string, string>;
  /** By `targetKey`. */
  readonly targets: Map<string, TargetRecord>;
}

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
 * @returns what is in the way, as AWS words it; undefined when nothing is
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
