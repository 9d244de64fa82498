import {
  type SecurityGroup as DescribedGroup,
  type GroupIdentifier,
  type IpPermission,
  paginateDescribeSecurityGroups,
} from '@aws-sdk/client-ec2';
import type { PortRule, SecurityGroup, ServerNetwork } from '../model/evidence.js';
import type { Clients } from './clients.js';
import { groupsNamed, instancesOf } from './describe.js';
import { isRefusedByAws } from './errors.js';
import { readLaunchSources, specificationOf } from './launch-source.js';
import { versionKey } from './launch-template.js';

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
