import {
  type SecurityGroup as DescribedGroup,
  type GroupIdentifier,
  type IpPermission,
  paginateDescribeSecurityGroups,
} from '@aws-sdk/client-ec2';
import { DescribeLoadBalancersCommand } from '@aws-sdk/client-elastic-load-balancing';
import { GetRoleCommand, type IAMClient } from '@aws-sdk/client-iam';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import type { CloudSettings } from '../config/connection.js';
import type { PortRule, SecurityGroup, ServerNetwork } from '../model/doctor.js';
import { targetGroupNamed } from '../model/load-balancer.js';
import type { CloudInspection } from '../ports.js';
import { type Clients, connectClients } from './clients.js';
import { groupsNamed, instancesOf, launchConfigurationsNamed } from './cluster-reader.js';
import { isRefusedByAws } from './errors.js';
import { readLaunchSources, specificationOf } from './launch-source.js';
import { versionKey } from './launch-template.js';
import { CHANGES, OLD_GROUP_CHANGES, proveAll, READS } from './permission-probes.js';

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
      const { connectIam, simulated } = await import('./policy-simulation.js');
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

const PROTOCOLS: Readonly<Record<string, string>> = { '6': 'tcp', '17': 'udp' };

/** See `CloudInspection.network`. */
export async function readNetwork(
  clients: Clients,
  instanceIds: readonly string[],
  group: string,
): Promise<ServerNetwork | undefined> {
  const [machines, newServers] = await Promise.all([
    instancesOf(clients, instanceIds),
    groupsLaunchedBy(clients, group),
  ]);
  const servers = Object.fromEntries(
    machines.map(({ InstanceId = '', SecurityGroups = [] }) => [InstanceId, idsIn(SecurityGroups)]),
  );
  const ids = new Set([...Object.values(servers).flat(), ...newServers]);
  if (ids.size === 0) return { groups: [], servers, newServers };
  const found: SecurityGroup[] = [];
  const pages = paginateDescribeSecurityGroups(
    { client: clients.ec2 },
    { Filters: [{ Name: 'group-id', Values: [...ids] }] },
  );
  try {
    for await (const page of pages) found.push(...(page.SecurityGroups ?? []).map(securityGroupFrom));
  } catch (thrown) {
    if (isRefusedByAws(thrown)) return undefined;
    throw thrown;
  }
  return { groups: found, servers, newServers };
}

/** What the group launches from names them, by itself or for its network interface. */
async function groupsLaunchedBy(clients: Clients, name: string): Promise<readonly string[]> {
  const [group] = await groupsNamed(clients, [name]);
  if (group === undefined) return [];
  const { configurations, versions } = await readLaunchSources(clients, [group], []);
  const named = specificationOf(group);
  if (named === undefined) return configurations[0]?.SecurityGroups ?? [];
  const data = versions.get(versionKey(named))?.LaunchTemplateData;
  return data?.SecurityGroupIds ?? data?.NetworkInterfaces?.[0]?.Groups ?? [];
}

function idsIn(groups: readonly GroupIdentifier[]): string[] {
  return groups.map(({ GroupId = '' }) => GroupId);
}

/** As AWS describes it, rule by rule. */
export function securityGroupFrom(group: DescribedGroup): SecurityGroup {
  return {
    id: group.GroupId ?? '',
    ingress: (group.IpPermissions ?? []).map(ruleFrom),
    egress: (group.IpPermissionsEgress ?? []).map(ruleFrom),
  };
}

function ruleFrom(rule: IpPermission): PortRule {
  const protocol = rule.IpProtocol ?? '-1';
  return {
    protocol: PROTOCOLS[protocol] ?? protocol,
    from: rule.FromPort,
    to: rule.ToPort,
    groups: (rule.UserIdGroupPairs ?? []).map(({ GroupId }) => GroupId ?? ''),
    ranges: (rule.IpRanges ?? []).map(({ CidrIp }) => CidrIp ?? ''),
    prefixLists: (rule.PrefixListIds ?? []).length > 0,
  };
}

/**
 * Whose policies hold for a caller: the user itself, or the role of a session, with the role's path, which the name of
 * the session leaves out. Without the right to ask for it the role is taken to have none.
 */
export async function principalOf(iam: Pick<IAMClient, 'send'>, caller: string): Promise<string> {
  const [, partition, , , account, rest = ''] = caller.split(':');
  const [kind, role] = rest.split('/');
  if (kind !== 'assumed-role') return caller;
  try {
    const { Role } = await iam.send(new GetRoleCommand({ RoleName: role }));
    if (Role?.Arn !== undefined) return Role.Arn;
  } catch (thrown) {
    if (!isRefusedByAws(thrown)) throw thrown;
  }
  return `arn:${partition}:iam::${account}:role/${role}`;
}
