import {
  type SecurityGroup as DescribedGroup,
  type IpPermission,
  paginateDescribeSecurityGroups,
} from '@aws-sdk/client-ec2';
import type { PortRule, SecurityGroup } from '../model/evidence.js';
import type { Clients } from './clients.js';
import { instancesOf } from './describe.js';
import { isRefusedByAws } from './errors.js';

const PROTOCOLS: Readonly<Record<string, string>> = { '6': 'tcp', '17': 'udp' };

/** See `CloudInspection.securityGroups`. */
export async function readSecurityGroups(
  clients: Clients,
  instanceIds: readonly string[],
): Promise<readonly SecurityGroup[] | undefined> {
  const machines = await instancesOf(clients, instanceIds);
  const ids = new Set(
    machines.flatMap(({ SecurityGroups = [] }) => SecurityGroups.map((one) => one.GroupId ?? '')),
  );
  if (ids.size === 0) return [];
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
  return found;
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
