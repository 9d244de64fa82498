import { DescribeLoadBalancersCommand } from '@aws-sdk/client-elastic-load-balancing';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { targetGroupNamed } from '../model/balancer.js';
import type { CloudInspection } from '../ports/inspection.js';
import type { CloudSettings } from '../settings/cloud.js';
import { type Clients, connectClients } from './clients.js';
import { groupsNamed, launchConfigurationsNamed } from './describe.js';
import { CHANGES } from './probes/changes.js';
import { OLD_GROUP_CHANGES } from './probes/old-group-changes.js';
import { proveAll } from './probes/prove.js';
import { READS } from './probes/reads.js';
import { readNetwork } from './security-groups.js';

/** The part of AWS that only `doctor` asks. */
export function connectCloudInspection(settings: CloudSettings = {}): CloudInspection {
  const clients = connectClients(settings);
  return {
    async caller() {
      const { Arn } = await clients.sts.send(new GetCallerIdentityCommand({}));
      return Arn ?? '';
    },
    mayRead: (actions) => proveAll(clients, READS, actions, undefined),
    async mayChange(actions, things) {
      if (await isUnused(clients, things.unusedName)) return proveAll(clients, CHANGES, actions, things);
      const why = `something is called ${things.unusedName} already`;
      return actions.map((action) => ({ action, allowed: undefined, why }));
    },
    mayChangeOldGroup: (actions, things) => proveAll(clients, OLD_GROUP_CHANGES, actions, things),
    async simulated(actions, things) {
      // Only doctor asks IAM, so nobody else waits for its client to be loaded.
      const { connectIam, simulated } = await import('./simulation.js');
      const iam = connectIam(settings);
      return simulated(clients, iam, actions, things).finally(() => iam.destroy());
    },
    async classicChecks(balancers) {
      const LoadBalancerNames = balancers.filter((name) => targetGroupNamed(name) === undefined);
      if (LoadBalancerNames.length === 0) return [];
      const command = new DescribeLoadBalancersCommand({ LoadBalancerNames });
      const { LoadBalancerDescriptions = [] } = await clients.balancing.send(command);
      return LoadBalancerDescriptions.map(({ LoadBalancerName, HealthCheck }) => ({
        balancer: LoadBalancerName ?? '',
        target: HealthCheck?.Target ?? '',
      }));
    },
    network: (instanceIds, group) => readNetwork(clients, instanceIds, group),
    close: () => clients.close(),
  };
}

/** Tried on something that exists, a change would be made. */
async function isUnused(clients: Clients, name: string): Promise<boolean> {
  const [groups, configurations] = await Promise.all([
    groupsNamed(clients, [name]),
    launchConfigurationsNamed(clients, [name]),
  ]);
  return groups.length + configurations.length === 0;
}
