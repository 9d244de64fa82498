import {
  AttachLoadBalancersCommand,
  AttachLoadBalancerTargetGroupsCommand,
} from '@aws-sdk/client-auto-scaling';
import {
  DeregisterInstancesFromLoadBalancerCommand,
  RegisterInstancesWithLoadBalancerCommand,
} from '@aws-sdk/client-elastic-load-balancing';
import { targetGroupNamed } from '../model/balancer.js';
import type { Cloud } from '../ports.js';
import type { Clients } from './clients.js';
import { isAwsError } from './errors.js';
import { deregisterTarget, registerTargets } from './targets.js';
import type { Traffic } from './traffic.js';

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
