import { AttachLoadBalancersCommand } from '@aws-sdk/client-auto-scaling';
import {
  DeregisterInstancesFromLoadBalancerCommand,
  RegisterInstancesWithLoadBalancerCommand,
} from '@aws-sdk/client-elastic-load-balancing';
import type { Cloud } from '../ports.js';
import type { Clients } from './clients.js';
import { isAwsError } from './errors.js';

/** What moves instances and groups in and out of classic load balancers. */
export function createBalancing(clients: Clients): Pick<Cloud, 'register' | 'deregister' | 'attach'> {
  return {
    async register(balancer, instanceIds) {
      if (instanceIds.length === 0) return;
      const Instances = instanceIds.map((InstanceId) => ({ InstanceId }));
      await clients.balancing.send(
        new RegisterInstancesWithLoadBalancerCommand({ LoadBalancerName: balancer, Instances }),
      );
    },
    async deregister(balancer, instanceIds) {
      await Promise.all(instanceIds.map((instanceId) => deregisterOne(clients, balancer, instanceId)));
    },
    async attach(group, balancers) {
      if (balancers.length === 0) return;
      await clients.autoScaling.send(
        new AttachLoadBalancersCommand({ AutoScalingGroupName: group, LoadBalancerNames: [...balancers] }),
      );
    },
  };
}

/** One at a time, because AWS refuses a whole list for one instance that is gone, which here is as good as done. */
async function deregisterOne(clients: Clients, balancer: string, InstanceId: string): Promise<void> {
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
