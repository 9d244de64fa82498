import {
  AttachLoadBalancersCommand,
  AttachLoadBalancerTargetGroupsCommand,
} from '@aws-sdk/client-auto-scaling';
import {
  DeregisterInstancesFromLoadBalancerCommand,
  DescribeInstanceHealthCommand,
  DescribeLoadBalancerAttributesCommand,
  type InstanceState,
  RegisterInstancesWithLoadBalancerCommand,
} from '@aws-sdk/client-elastic-load-balancing';
import { type BalancerName, type TargetGroup, targetGroupNamed } from '../model/load-balancer.js';
import type { BalancerState } from '../model/server.js';
import type { Cloud } from '../ports.js';
import type { Clients } from './clients.js';
import { isAwsError } from './errors.js';
import {
  deregisterTarget,
  type FoundGroup,
  findTargetGroup,
  readDelayMs,
  readTargetGroup,
  readTargetHealth,
  registerTargets,
} from './target-groups.js';

/** By instance id, the instances a load balancer lists. */
export type BalancerHealth = Readonly<Record<string, BalancerState>>;

/** One call a load balancer, whatever the number of instances: naming ids would fail for those not registered. */
export async function readBalancerHealth(clients: Clients, balancer: string): Promise<BalancerHealth> {
  const command = new DescribeInstanceHealthCommand({ LoadBalancerName: balancer });
  const { InstanceStates } = await clients.balancing.send(command);
  return Object.fromEntries((InstanceStates ?? []).map((state) => [state.InstanceId ?? '', stateOf(state)]));
}

/**
 * The state and the words of DescribeInstanceHealth. The words decide first: an instance that drains is still
 * described as InService. Source: InstanceState in the Elastic Load Balancing (Classic) API reference.
 */
export function stateOf(described: InstanceState): BalancerState {
  const words = described.Description ?? '';
  if (/deregistration currently in progress/i.test(words)) return 'draining';
  if (/registration is still in progress/i.test(words)) return 'registering';
  if (/not currently registered/i.test(words)) return 'absent';
  return described.State === 'InService' ? 'in-service' : 'out-of-service';
}

/** Connection draining of a load balancer in milliseconds, 0 when it is off. */
export async function readDrainingMs(clients: Clients, balancer: string): Promise<number> {
  const command = new DescribeLoadBalancerAttributesCommand({ LoadBalancerName: balancer });
  const { LoadBalancerAttributes } = await clients.balancing.send(command);
  const draining = LoadBalancerAttributes?.ConnectionDraining;
  return draining?.Enabled ? (draining.Timeout ?? 0) * 1000 : 0;
}

/** What moves instances and groups in and out of classic load balancers and target groups. */
export function createBalancing(
  clients: Clients,
  traffic: Traffic,
): Pick<Cloud, 'register' | 'deregister' | 'attach' | 'targetGroups'> {
  return {
    targetGroups: (balancers) => traffic.describe(balancers),
    async register(balancer, instanceIds) {
      if (instanceIds.length === 0) return;
      const targetGroup = targetGroupNamed(balancer);
      if (targetGroup === undefined) await registerInstances(clients, balancer, instanceIds);
      else await registerTargets(clients, await traffic.targetGroup(targetGroup), instanceIds);
    },
    async deregister(balancer, instanceIds) {
      const name = targetGroupNamed(balancer);
      const targetGroup = name === undefined ? undefined : await traffic.targetGroup(name);
      await Promise.all(
        instanceIds.map((instanceId) =>
          targetGroup === undefined
            ? deregisterInstance(clients, balancer, instanceId)
            : deregisterTarget(clients, targetGroup, instanceId),
        ),
      );
    },
    attach: (group, balancers) => attach(clients, traffic, group, balancers),
  };
}

async function registerInstances(
  clients: Clients,
  LoadBalancerName: string,
  instanceIds: readonly string[],
): Promise<void> {
  const Instances = instanceIds.map((InstanceId) => ({ InstanceId }));
  await clients.balancing.send(new RegisterInstancesWithLoadBalancerCommand({ LoadBalancerName, Instances }));
}

/** One at a time, because AWS refuses a whole list for one instance that is gone, which here is as good as done. */
async function deregisterInstance(clients: Clients, balancer: string, InstanceId: string): Promise<void> {
  try {
    await clients.balancing.send(
      new DeregisterInstancesFromLoadBalancerCommand({
        LoadBalancerName: balancer,
        Instances: [{ InstanceId }],
      }),
    );
  } catch (thrown) {
    if (!isAwsError(thrown, 'InvalidInstance', 'InvalidEndPoint', 'InvalidEndPointException')) throw thrown;
  }
}

async function attach(
  { autoScaling }: Clients,
  traffic: Traffic,
  AutoScalingGroupName: string,
  balancers: readonly string[],
): Promise<void> {
  const LoadBalancerNames = balancers.filter((balancer) => targetGroupNamed(balancer) === undefined);
  const names = balancers.flatMap((balancer) => targetGroupNamed(balancer) ?? []);
  const found = await Promise.all(names.map((name) => traffic.targetGroup(name)));
  const TargetGroupARNs = found.map(({ TargetGroupArn }) => TargetGroupArn);
  if (LoadBalancerNames.length > 0) {
    await autoScaling.send(new AttachLoadBalancersCommand({ AutoScalingGroupName, LoadBalancerNames }));
  }
  if (TargetGroupARNs.length > 0) {
    await autoScaling.send(
      new AttachLoadBalancerTargetGroupsCommand({ AutoScalingGroupName, TargetGroupARNs }),
    );
  }
}

/** What is asked of load balancers, whatever their kind, by the names they have in a roll. */
export interface Traffic {
  health(balancer: BalancerName): Promise<BalancerHealth>;
  /** Read once a process: nobody changes it in the middle of a roll. */
  drainingMs(balancer: BalancerName): Promise<number>;
  /** A target group by what AWS calls it, found once a process. */
  targetGroup(name: string): Promise<FoundGroup>;
  /** What a plan says of these, classic ones left out. */
  describe(balancers: readonly BalancerName[]): Promise<readonly TargetGroup[]>;
}

/** Classic load balancers and target groups, each asked of its own service. */
export function createTraffic(clients: Clients): Traffic {
  const targetGroup = readOnce((name) => findTargetGroup(clients, name));
  return {
    targetGroup,
    async health(balancer) {
      const name = targetGroupNamed(balancer);
      return name === undefined
        ? readBalancerHealth(clients, balancer)
        : readTargetHealth(clients, await targetGroup(name));
    },
    drainingMs: readOnce(async (balancer) => {
      const name = targetGroupNamed(balancer);
      return name === undefined
        ? readDrainingMs(clients, balancer)
        : readDelayMs(clients, await targetGroup(name));
    }),
    describe: (balancers) =>
      Promise.all(
        balancers
          .flatMap((balancer) => targetGroupNamed(balancer) ?? [])
          .map(async (name) => readTargetGroup(clients, await targetGroup(name))),
      ),
  };
}

/** A failure is not kept. */
function readOnce<Value>(read: (name: string) => Promise<Value>): (name: string) => Promise<Value> {
  const known = new Map<string, Promise<Value>>();
  return (name) => {
    const asked = known.get(name) ?? read(name);
    known.set(name, asked);
    asked.catch(() => known.delete(name));
    return asked;
  };
}
