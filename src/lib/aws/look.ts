import type { Instance } from '@aws-sdk/client-ec2';
import type { CloudLook, SoughtTemplate } from '../ports.js';
import type { BalancerHealth } from './balancer-state.js';
import type { Clients } from './clients.js';
import { groupsNamed, instancesOf } from './describe.js';
import { groupOf, membersOf } from './group.js';
import { instancesOfGroup } from './instance.js';
import { readLaunchFailures } from './launch-failures.js';
import { launchSourceOf, readLaunchSources } from './launch-source.js';
import { readSeenTemplate } from './launch-template.js';
import type { Traffic } from './traffic.js';

/** Looks at groups, their instances, templates and load balancers in one batch of describe calls. */
export interface Lookout {
  look(
    groupNames: readonly string[],
    templateNames: readonly string[],
    balancers: readonly string[],
    launchTemplate?: SoughtTemplate,
  ): Promise<CloudLook>;
}

/**
 * Two rounds: groups and load balancers together, then what the groups name. The number of calls depends on the
 * load balancers alone, not on the servers, up to what AWS answers in one page; a group that cannot launch what it
 * should is asked why.
 */
export function createLookout(clients: Clients, traffic: Traffic, now: () => number): Lookout {
  return {
    async look(groupNames, templateNames, balancers, sought) {
      const [described, health, drainingMs, launchTemplate] = await Promise.all([
        groupsNamed(clients, groupNames),
        byName<BalancerHealth>(balancers, traffic.health),
        byName(balancers, traffic.drainingMs),
        sought && readSeenTemplate(clients, sought),
      ]);
      const atMs = now();
      const ids = described.flatMap((group) => membersOf(group).map((each) => each.InstanceId ?? ''));
      const [sources, machines, failures] = await Promise.all([
        readLaunchSources(clients, described, templateNames),
        instancesOf(clients, ids),
        readLaunchFailures(clients, described),
      ]);
      const facts = { machines: byId(machines), configurations: sources.configurations, health, atMs };
      const existing = new Set(sources.configurations.map((each) => each.LaunchConfigurationName));
      return {
        groups: described
          .map((group) => groupOf(group, launchSourceOf(group, sources)))
          .map((group) => ({ ...group, launchFailure: failures.get(group.name) })),
        instances: described.flatMap((group) => instancesOfGroup(group, facts)),
        templates: templateNames.filter((name) => existing.has(name)),
        launchTemplate,
        drainingMs,
      };
    },
  };
}

async function byName<Value>(
  names: readonly string[],
  read: (name: string) => Promise<Value>,
): Promise<Record<string, Value>> {
  const distinct = [...new Set(names)];
  return Object.fromEntries(await Promise.all(distinct.map(async (name) => [name, await read(name)])));
}

function byId(machines: readonly Instance[]): Map<string, Instance> {
  return new Map(machines.map((machine) => [machine.InstanceId ?? '', machine]));
}
