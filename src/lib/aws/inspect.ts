import type { SecurityGroup as DescribedGroup, GroupIdentifier, IpPermission } from '@aws-sdk/client-ec2';
import type { CloudSettings } from '../config/connection.js';
import type { PortRule, SecurityGroup, ServerNetwork } from '../model/doctor.js';
import { parseTargetGroupName } from '../model/load-balancer.js';
import type { CloudInspection } from '../ports.js';
import { type Clients, createClients } from './clients.js';
import { collectPages, describeGroupsByName, describeInstances, describeLaunchConfigurations } from './describe.js';
import { undefinedIfDenied } from './errors.js';
import { describeLaunchSources, findTemplateSpecification } from './launch-source.js';
import { formatVersionKey } from './launch-template.js';
import { CHANGE_PROBES, OLD_GROUP_CHANGE_PROBES, probePermissions, READ_PROBES } from './permission-probes.js';

/** The part of AWS that only `doctor` reads. */
export function createCloudInspection(settings: CloudSettings = {}): CloudInspection {
  const clients = createClients(settings);
  return {
    probeReads: (actions) => probePermissions(clients, READ_PROBES, actions, undefined),
    async probeChanges(actions, targets) {
      if (await isGroupNameUnused(clients, targets.unusedName))
        return probePermissions(clients, CHANGE_PROBES, actions, targets);
      const why = `the name ${targets.unusedName} is in use`;
      return actions.map((action) => ({ action, allowed: undefined, why }));
    },
    probeOldGroupChanges: (actions, targets) => probePermissions(clients, OLD_GROUP_CHANGE_PROBES, actions, targets),
    async simulatePolicies(actions, targets) {
      // Only doctor simulates, so the other commands do not load it.
      const { simulatePermissions: simulated } = await import('./policy-simulation.js');
      return simulated(clients, await clients.loadIam(), actions, targets);
    },
    async describeClassicHealthChecks(balancers) {
      const LoadBalancerNames = balancers.filter((name) => parseTargetGroupName(name) === undefined);
      if (LoadBalancerNames.length === 0) return [];
      const { LoadBalancerDescriptions = [] } = await clients.balancing.describeLoadBalancers({ LoadBalancerNames });
      return LoadBalancerDescriptions.map(({ LoadBalancerName, HealthCheck }) => ({
        balancer: LoadBalancerName ?? '',
        target: HealthCheck?.Target ?? '',
      }));
    },
    describeServerNetwork: (instanceIds, group) => readServerNetwork(clients, instanceIds, group),
    close: () => clients.close(),
  };
}

/** A probe on an existing resource would change it. */
async function isGroupNameUnused(clients: Clients, name: string): Promise<boolean> {
  const [groups, configurations] = await Promise.all([
    describeGroupsByName(clients, [name]),
    describeLaunchConfigurations(clients, [name]),
  ]);
  return groups.length + configurations.length === 0;
}

const PROTOCOLS: Readonly<Record<string, string>> = { '6': 'tcp', '17': 'udp' };

/** See `CloudInspection.describeServerNetwork`. */
async function readServerNetwork(
  clients: Clients,
  instanceIds: readonly string[],
  group: string,
): Promise<ServerNetwork | undefined> {
  const [machines, newServers] = await Promise.all([
    describeInstances(clients, instanceIds),
    readLaunchSecurityGroups(clients, group),
  ]);
  const servers = Object.fromEntries(
    machines.map(({ InstanceId = '', SecurityGroups = [] }) => [InstanceId, listGroupIds(SecurityGroups)]),
  );
  const ids = new Set([...Object.values(servers).flat(), ...newServers]);
  if (ids.size === 0) return { groups: [], servers, newServers };
  const pages = clients.ec2.paginateDescribeSecurityGroups({ Filters: [{ Name: 'group-id', Values: [...ids] }] });
  const groups = await undefinedIfDenied(collectPages(pages, (page) => page.SecurityGroups));
  return groups && { groups: groups.map(toSecurityGroup), servers, newServers };
}

/** Named by the launch source, directly or for its network interface. */
async function readLaunchSecurityGroups(clients: Clients, name: string): Promise<readonly string[]> {
  const [group] = await describeGroupsByName(clients, [name]);
  if (group === undefined) return [];
  const { configurations, versions } = await describeLaunchSources(clients, [group], []);
  const named = findTemplateSpecification(group);
  if (named === undefined) return configurations[0]?.SecurityGroups ?? [];
  const data = versions.get(formatVersionKey(named))?.LaunchTemplateData;
  return data?.SecurityGroupIds ?? data?.NetworkInterfaces?.[0]?.Groups ?? [];
}

function listGroupIds(groups: readonly GroupIdentifier[]): string[] {
  return groups.map(({ GroupId = '' }) => GroupId);
}

/** As AWS describes it, rule by rule. */
export function toSecurityGroup(group: DescribedGroup): SecurityGroup {
  return {
    id: group.GroupId ?? '',
    ingress: (group.IpPermissions ?? []).map(toPortRule),
    egress: (group.IpPermissionsEgress ?? []).map(toPortRule),
  };
}

function toPortRule(rule: IpPermission): PortRule {
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
