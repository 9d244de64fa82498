import { DescribeLoadBalancersCommand } from '@aws-sdk/client-elastic-load-balancing';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { targetGroupNamed } from '../model/balancer.js';
import type { CloudInspection } from '../ports/inspection.js';
import type { CloudSettings } from '../settings/cloud.js';
import { type Clients, connectClients } from './clients.js';
import { CHANGES } from './probes/changes.js';
import { proveAll } from './probes/prove.js';
import { READS } from './probes/reads.js';
import { readSecurityGroups } from './security-groups.js';

/** The part of AWS that only `doctor` asks. */
export function connectCloudInspection(settings: CloudSettings = {}): CloudInspection {
  return inspectionOver(connectClients(settings));
}

/** The same over clients that exist already. */
export function inspectionOver(clients: Clients): CloudInspection {
  return {
    async caller() {
      const { Arn } = await clients.sts.send(new GetCallerIdentityCommand({}));
      return Arn ?? '';
    },
    mayRead: (actions) => proveAll(clients, READS, actions, undefined),
    mayChange: (actions, things) => proveAll(clients, CHANGES, actions, things),
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
    securityGroups: (instanceIds) => readSecurityGroups(clients, instanceIds),
    close: () => clients.close(),
  };
}
