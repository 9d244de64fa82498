import type { InstanceState } from '@aws-sdk/client-elastic-load-balancing';
import { type BalancerName, parseTargetGroupName, type TargetGroup } from '../model/load-balancer.js';
import type { BalancerState } from '../model/server.js';
import type { Cloud } from '../ports.js';
import type { Clients } from './clients.js';
import { isAwsError } from './errors.js';
import {
  deregisterTarget,
  describeTargetGroup,
  type FoundTargetGroup,
  findTargetGroup,
  getHealthyAfterMs,
  isTargetGroupZonal,
  type LoadBalancerHealth,
  readDeregistrationDelayMs,
  readTargetHealth,
  registerTargets,
} from './target-groups.js';

/** One call per load balancer: naming instance ids would fail for those not registered. */
async function readClassicHealth(clients: Clients, balancer: string): Promise<LoadBalancerHealth> {
  const { InstanceStates = [] } = await clients.balancing.describeInstanceHealth({ LoadBalancerName: balancer });
  return Object.fromEntries(InstanceStates.map((state) => [state.InstanceId ?? '', toLoadBalancerState(state)]));
}

/**
 * Converts a state of DescribeInstanceHealth. The description decides first: a draining instance is still
 * described as InService. Source: InstanceState in the Elastic Load Balancing (Classic) API reference.
 */
export function toLoadBalancerState(described: InstanceState): BalancerState {
  const words = described.Description ?? '';
  if (/deregistration currently in progress/i.test(words)) return 'draining';
  if (/registration is still in progress/i.test(words)) return 'registering';
  if (/not currently registered/i.test(words)) return 'absent';
  return described.State === 'InService' ? 'in-service' : 'out-of-service';
}

/** Connection draining of a load balancer in milliseconds, 0 when it is off. */
async function readClassicDrainTimeoutMs(clients: Clients, balancer: string): Promise<number> {
  const answer = await clients.balancing.describeLoadBalancerAttributes({ LoadBalancerName: balancer });
  const draining = answer.LoadBalancerAttributes?.ConnectionDraining;
  return draining?.Enabled ? (draining.Timeout ?? 0) * 1000 : 0;
}

async function readClassicHealthyAfterMs(clients: Clients, balancer: string): Promise<number> {
  const { LoadBalancerDescriptions } = await clients.balancing.describeLoadBalancers({ LoadBalancerNames: [balancer] });
  const check = LoadBalancerDescriptions?.[0]?.HealthCheck;
  return (check?.Interval ?? 0) * (check?.HealthyThreshold ?? 0) * 1000;
}

/** Whether it may send requests to servers in its own zone only. */
async function isClassicZonal(clients: Clients, balancer: string): Promise<boolean> {
  const answer = await clients.balancing.describeLoadBalancerAttributes({ LoadBalancerName: balancer });
  return answer.LoadBalancerAttributes?.CrossZoneLoadBalancing?.Enabled !== true;
}

/** Registers and deregisters instances, and attaches groups, for classic load balancers and target groups. */
export function createLoadBalancerAdapter(
  clients: Clients,
  traffic: LoadBalancerReader,
): Pick<
  Cloud,
  | 'register'
  | 'deregister'
  | 'attachLoadBalancers'
  | 'describeTargetGroups'
  | 'readHealthyAfterMs'
  | 'listZonalBalancers'
> {
  return {
    describeTargetGroups: (balancers) => traffic.describeTargetGroups(balancers),
    readHealthyAfterMs: (balancers) => traffic.readHealthyAfterMs(balancers),
    async listZonalBalancers(balancers) {
      const zonal = await Promise.all(
        balancers.map(async (balancer) => {
          const name = parseTargetGroupName(balancer);
          const isZonal =
            name === undefined
              ? await isClassicZonal(clients, balancer)
              : await isTargetGroupZonal(clients, await traffic.findTargetGroup(name));
          return isZonal ? [balancer] : [];
        }),
      );
      return zonal.flat();
    },
    async register(balancer, instanceIds) {
      if (instanceIds.length === 0) return;
      const targetGroup = parseTargetGroupName(balancer);
      if (targetGroup === undefined) await registerInstances(clients, balancer, instanceIds);
      else await registerTargets(clients, await traffic.findTargetGroup(targetGroup), instanceIds);
    },
    async deregister(balancer, instanceIds) {
      const name = parseTargetGroupName(balancer);
      const targetGroup = name === undefined ? undefined : await traffic.findTargetGroup(name);
      await Promise.all(
        instanceIds.map((instanceId) =>
          targetGroup === undefined
            ? deregisterInstance(clients, balancer, instanceId)
            : deregisterTarget(clients, targetGroup, instanceId),
        ),
      );
    },
    attachLoadBalancers: (group, balancers) => attachLoadBalancers(clients, traffic, group, balancers),
  };
}

async function registerInstances(
  clients: Clients,
  LoadBalancerName: string,
  instanceIds: readonly string[],
): Promise<void> {
  const Instances = instanceIds.map((InstanceId) => ({ InstanceId }));
  await clients.balancing.registerInstancesWithLoadBalancer({ LoadBalancerName, Instances });
}

/** One at a time, because AWS refuses the whole list if one instance is gone; that one needs no deregistration. */
async function deregisterInstance(clients: Clients, balancer: string, InstanceId: string): Promise<void> {
  try {
    await clients.balancing.deregisterInstancesFromLoadBalancer({
      LoadBalancerName: balancer,
      Instances: [{ InstanceId }],
    });
  } catch (thrown) {
    if (!isAwsError(thrown, 'InvalidInstance', 'InvalidEndPoint')) throw thrown;
  }
}

async function attachLoadBalancers(
  { autoScaling }: Clients,
  traffic: LoadBalancerReader,
  AutoScalingGroupName: string,
  balancers: readonly string[],
): Promise<void> {
  const LoadBalancerNames = balancers.filter((balancer) => parseTargetGroupName(balancer) === undefined);
  const names = balancers.flatMap((balancer) => parseTargetGroupName(balancer) ?? []);
  const found = await Promise.all(names.map((name) => traffic.findTargetGroup(name)));
  const TargetGroupARNs = found.map(({ TargetGroupArn }) => TargetGroupArn);
  if (LoadBalancerNames.length > 0) {
    await autoScaling.attachLoadBalancers({ AutoScalingGroupName, LoadBalancerNames });
  }
  if (TargetGroupARNs.length > 0) {
    await autoScaling.attachLoadBalancerTargetGroups({ AutoScalingGroupName, TargetGroupARNs });
  }
}

/** Reads load balancers of any type by the names they have in a roll. */
export interface LoadBalancerReader {
  readHealth(balancer: BalancerName): Promise<LoadBalancerHealth>;
  /** Read once a process: it does not change during a roll. */
  readDrainTimeoutMs(balancer: BalancerName): Promise<number>;
  /** A target group by what AWS calls it, found once a process. */
  findTargetGroup(name: string): Promise<FoundTargetGroup>;
  /** As `Cloud` has it. */
  readHealthyAfterMs: Cloud['readHealthyAfterMs'];
  /** What a plan says of these, classic ones left out. */
  describeTargetGroups(balancers: readonly BalancerName[]): Promise<readonly TargetGroup[]>;
}

/** Reads classic load balancers and target groups, each from its own service. */
export function createLoadBalancerReader(clients: Clients): LoadBalancerReader {
  const targetGroup = memoizeRead((name) => findTargetGroup(clients, name));
  return {
    findTargetGroup: targetGroup,
    async readHealth(balancer) {
      const name = parseTargetGroupName(balancer);
      return name === undefined
        ? readClassicHealth(clients, balancer)
        : readTargetHealth(clients, await targetGroup(name));
    },
    readDrainTimeoutMs: memoizeRead(async (balancer) => {
      const name = parseTargetGroupName(balancer);
      return name === undefined
        ? readClassicDrainTimeoutMs(clients, balancer)
        : readDeregistrationDelayMs(clients, await targetGroup(name));
    }),
    async readHealthyAfterMs(balancers) {
      const read = balancers.map(async (balancer) => {
        const name = parseTargetGroupName(balancer);
        const ms =
          name === undefined
            ? await readClassicHealthyAfterMs(clients, balancer)
            : getHealthyAfterMs(await targetGroup(name));
        return [balancer, ms] as const;
      });
      return Object.fromEntries(await Promise.all(read));
    },
    describeTargetGroups: (balancers) =>
      Promise.all(
        balancers
          .flatMap((balancer) => parseTargetGroupName(balancer) ?? [])
          .map(async (name) => describeTargetGroup(clients, await targetGroup(name))),
      ),
  };
}

/** Failures are not kept. */
function memoizeRead<Value>(read: (name: string) => Promise<Value>): (name: string) => Promise<Value> {
  const known = new Map<string, Promise<Value>>();
  return (name) => {
    const asked = known.get(name) ?? read(name);
    known.set(name, asked);
    asked.catch(() => known.delete(name));
    return asked;
  };
}
