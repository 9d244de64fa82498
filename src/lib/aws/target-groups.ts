import type {
  TargetGroup as DescribedGroup,
  TargetDescription,
  TargetGroupAttribute,
  TargetHealth,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import type { LoadBalancer, TargetGroup } from '../model/load-balancer.js';
import type { BalancerState } from '../model/server.js';
import type { Clients } from './clients.js';
import { describeInstances } from './describe.js';
import { isAwsError } from './errors.js';

/** A target group as AWS describes it; its ARN and its type do not change while it lives. */
export type FoundTargetGroup = DescribedGroup & { readonly TargetGroupArn: string };

/**
 * The target group of that name.
 *
 * @throws RollError `target-group-not-found`
 */
export async function findTargetGroup({ targets }: Clients, name: string): Promise<FoundTargetGroup> {
  const { TargetGroups } = await targets.describeTargetGroups({ Names: [name] });
  const found = TargetGroups?.[0];
  if (found?.TargetGroupArn) return { ...found, TargetGroupArn: found.TargetGroupArn };
  throw new Error(`AWS answered without the target group ${name}`);
}

/** The state of every target, by instance id, or by address where the target type is `ip`. One call. */
export async function readTargetHealth({ targets }: Clients, group: FoundTargetGroup): Promise<LoadBalancerHealth> {
  const { TargetGroupArn } = group;
  const { TargetHealthDescriptions = [] } = await targets.describeTargetHealth({ TargetGroupArn });
  const states: Record<string, BalancerState> = {};
  for (const { Target, TargetHealth } of TargetHealthDescriptions) {
    const id = Target?.Id ?? '';
    // A server may be registered on several ports: the worst state counts.
    states[id] = worstState(states[id], toTargetState(TargetHealth));
  }
  return states;
}

/** How long a target drains: its target group's deregistration delay, milliseconds. */
export async function readDeregistrationDelayMs(clients: Clients, group: FoundTargetGroup): Promise<number> {
  return (
    parseSecondsAttribute(
      await readTargetGroupAttributes(clients, group),
      'deregistration_delay.timeout_seconds',
      300,
    ) * 1_000
  );
}

/** How long the checks take that find a target healthy, milliseconds. */
export function getHealthyAfterMs({
  HealthCheckIntervalSeconds = 0,
  HealthyThresholdCount = 0,
}: FoundTargetGroup): number {
  return HealthCheckIntervalSeconds * HealthyThresholdCount * 1_000;
}

/** A target group with its load balancers, for the plan. */
export async function describeTargetGroup(clients: Clients, group: FoundTargetGroup): Promise<TargetGroup> {
  const [attributes, loadBalancers] = await Promise.all([
    readTargetGroupAttributes(clients, group),
    readLoadBalancers(clients, group.LoadBalancerArns ?? []),
  ]);
  const ends = findAttribute(attributes, 'deregistration_delay.connection_termination.enabled');
  return {
    name: group.TargetGroupName ?? '',
    arn: group.TargetGroupArn,
    targetType: group.TargetType ?? 'instance',
    healthCheck: { protocol: group.HealthCheckProtocol ?? '', path: group.HealthCheckPath },
    slowStartMs: parseSecondsAttribute(attributes, 'slow_start.duration_seconds', 0) * 1_000,
    endsConnections: ends === 'true',
    loadBalancers,
  };
}

/** Whether a load balancer of it may send requests to a target in its own zone only. */
export async function isTargetGroupZonal(clients: Clients, group: FoundTargetGroup): Promise<boolean> {
  const own = findAttribute(await readTargetGroupAttributes(clients, group), CROSS_ZONE);
  if (own === 'true' || own === 'false') return own === 'false';
  const settings = await Promise.all(
    (group.LoadBalancerArns ?? []).map((LoadBalancerArn) =>
      clients.targets.describeLoadBalancerAttributes({ LoadBalancerArn }),
    ),
  );
  return settings.some(({ Attributes = [] }) => findAttribute(Attributes, CROSS_ZONE) === 'false');
}

async function readTargetGroupAttributes({ targets }: Clients, { TargetGroupArn }: FoundTargetGroup) {
  const { Attributes = [] } = await targets.describeTargetGroupAttributes({ TargetGroupArn });
  return Attributes;
}

async function readLoadBalancers({ targets }: Clients, arns: string[]): Promise<LoadBalancer[]> {
  if (arns.length === 0) return [];
  const { LoadBalancers = [] } = await targets.describeLoadBalancers({ LoadBalancerArns: arns });
  return LoadBalancers.map((one) => ({
    name: one.LoadBalancerName ?? '',
    type: one.Type ?? '',
    scheme: one.Scheme ?? '',
  }));
}

/** Of a target group, where it may be `use_load_balancer_configuration`, and of a load balancer. */
const CROSS_ZONE = 'load_balancing.cross_zone.enabled';

function findAttribute(attributes: readonly TargetGroupAttribute[], key: string): string | undefined {
  return attributes.find((attribute) => attribute.Key === key)?.Value;
}

function parseSecondsAttribute(attributes: readonly TargetGroupAttribute[], key: string, otherwise: number): number {
  return Number(findAttribute(attributes, key) ?? otherwise);
}

const WORST_STATE_FIRST = ['draining', 'out-of-service', 'registering', 'in-service', 'unused'] as const;

/** Of two states, the one further from serving. */
export function worstState(one: BalancerState | undefined, other: BalancerState): BalancerState {
  return WORST_STATE_FIRST.find((state) => state === one || state === other) ?? other;
}

/**
 * The state of DescribeTargetHealth. Source: TargetHealth in the Elastic Load Balancing API reference, 2015-12-01.
 * `unavailable` means a problem of AWS or disabled health checks; neither says that the server is unhealthy.
 */
export function toTargetState(health: TargetHealth | undefined): BalancerState {
  switch (health?.State) {
    case 'healthy':
      return 'in-service';
    case 'initial':
      return 'registering';
    case 'draining':
      return 'draining';
    case 'unused':
      return toUnusedState(health.Reason);
    case 'unavailable':
      return health.Reason === 'Target.HealthCheckDisabled' ? 'unused' : 'registering';
    default:
      return 'out-of-service';
  }
}

function toUnusedState(reason: TargetHealth['Reason']): BalancerState {
  if (reason === 'Target.NotRegistered') return 'absent';
  return reason === 'Target.NotInUse' ? 'unused' : 'out-of-service';
}

/** Registers instances with a target group, on its own port: by their ids, or by the addresses they have. */
export async function registerTargets(
  clients: Clients,
  { TargetGroupArn, TargetType }: FoundTargetGroup,
  instanceIds: readonly string[],
): Promise<void> {
  const ids = TargetType === 'ip' ? await readPrivateAddresses(clients, instanceIds) : instanceIds;
  if (ids.length === 0) return;
  const Targets = ids.map((Id) => ({ Id }));
  await clients.targets.registerTargets({ TargetGroupArn, Targets });
}

/**
 * Deregisters one instance on every port it is registered on, because AWS needs each port named. An instance that is
 * not registered, or gone, needs nothing.
 */
export async function deregisterTarget(
  clients: Clients,
  { TargetGroupArn, TargetType }: FoundTargetGroup,
  instanceId: string,
): Promise<void> {
  const ids = TargetType === 'ip' ? await readPrivateAddresses(clients, [instanceId]) : [instanceId];
  const { TargetHealthDescriptions = [] } = await clients.targets.describeTargetHealth({ TargetGroupArn });
  const Targets: TargetDescription[] = TargetHealthDescriptions.flatMap(({ Target }) =>
    Target !== undefined && ids.includes(Target.Id ?? '') ? [{ Id: Target.Id, Port: Target.Port }] : [],
  );
  if (Targets.length === 0) return;
  try {
    await clients.targets.deregisterTargets({ TargetGroupArn, Targets });
  } catch (thrown) {
    if (!isAwsError(thrown, 'InvalidTarget')) throw thrown;
  }
}

async function readPrivateAddresses(clients: Clients, instanceIds: readonly string[]): Promise<string[]> {
  const machines = await describeInstances(clients, instanceIds);
  return machines.map((machine) => machine.PrivateIpAddress ?? '').filter((address) => address !== '');
}

/** The state of each instance that a load balancer lists, by instance id. */
export type LoadBalancerHealth = Readonly<Record<string, BalancerState>>;
