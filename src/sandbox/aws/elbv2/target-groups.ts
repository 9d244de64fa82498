import type {
  CreateTargetGroupInput,
  CreateTargetGroupOutput,
  DeleteTargetGroupInput,
  DeleteTargetGroupOutput,
  DescribeTargetGroupsInput,
  DescribeTargetGroupsOutput,
  ModifyTargetGroupInput,
  ModifyTargetGroupOutput,
  TargetGroup,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { AwsFault, requireMember, validationFault } from '../fault.js';
import { getPage } from '../paging.js';
import type { TargetGroupRecord } from '../records.js';
import type { AwsState } from '../state.js';
import { createTargetGroupAttributes } from './attribute-defaults.js';
import { checkName } from './create-load-balancer.js';
import { createHealthCheck, updateHealthCheck } from './health-check.js';
import { toTagMap } from './load-balancer.js';
import { getTargetGroup, listTargetGroupUsers } from './target-group.js';

/** How many of something DescribeTargetGroups takes by name or ARN. */
const mostNamed = 20;
const protocols = ['HTTP', 'HTTPS', 'TCP', 'TLS', 'UDP', 'TCP_UDP'];
const targetTypes = ['instance', 'ip'];

/** CreateTargetGroup: refused when the name is taken, unless the request is identical. */
export function createTargetGroup(state: AwsState, input: CreateTargetGroupInput): CreateTargetGroupOutput {
  const wanted = newTargetGroup(state, input);
  const present = [...state.targetGroups.values()].find((one) => one.name === wanted.name);
  if (present !== undefined) {
    refuseOther(present, wanted);
    return { TargetGroups: [described(state, present)] };
  }
  state.targetGroups.set(wanted.arn, wanted);
  return { TargetGroups: [described(state, wanted)] };
}

function newTargetGroup(state: AwsState, input: CreateTargetGroupInput): TargetGroupRecord {
  const name = checkName(input.Name, 'Target group');
  const targetType = input.TargetType ?? 'instance';
  if (!targetTypes.includes(targetType)) {
    throw validationFault(`The sandbox does not implement target groups of the target type '${targetType}'`);
  }
  const protocol = requireMember(input.Protocol, 'Protocol');
  if (!protocols.includes(protocol)) throw validationFault(`Protocol '${protocol}' is not supported`);
  const port = requireMember(input.Port, 'Port');
  if (port < 1 || port > 65_535) throw validationFault(`Port '${port}' must be between 1 and 65535`);
  if (requireMember(input.VpcId, 'VpcId') !== state.network.vpcId)
    throw validationFault(`The VPC ID '${input.VpcId}' is not found`);
  return {
    arn: `arn:aws:elasticloadbalancing:${state.region}:${state.accountId}:targetgroup/${name}/${state.ids.hex(16)}`,
    name,
    protocol,
    protocolVersion: protocol.startsWith('HTTP') ? (input.ProtocolVersion ?? 'HTTP1') : undefined,
    port,
    vpcId: input.VpcId,
    targetType,
    healthCheck: createHealthCheck(input),
    attributes: createTargetGroupAttributes(protocol),
    tags: toTagMap(input.Tags),
    targets: new Map(),
  };
}

function refuseOther(present: TargetGroupRecord, wanted: TargetGroupRecord): void {
  const settings = ({ protocol, port, vpcId, targetType, healthCheck }: TargetGroupRecord) =>
    JSON.stringify([protocol, port, vpcId, targetType, Object.entries(healthCheck).sort()]);
  if (settings(present) === settings(wanted)) return;
  throw new AwsFault(
    'DuplicateTargetGroupName',
    `A target group with the same name '${present.name}' exists, but with different settings`,
  );
}

/** ModifyTargetGroup: the health check; the new interval applies from the next check. */
export function modifyTargetGroup(state: AwsState, input: ModifyTargetGroupInput): ModifyTargetGroupOutput {
  const group = getTargetGroup(state, requireMember(input.TargetGroupArn, 'TargetGroupArn'));
  group.healthCheck = updateHealthCheck(group.healthCheck, input);
  return { TargetGroups: [described(state, group)] };
}

/** DeleteTargetGroup: refused while a listener or a rule forwards to it. */
export function deleteTargetGroup(state: AwsState, input: DeleteTargetGroupInput): DeleteTargetGroupOutput {
  const arn = requireMember(input.TargetGroupArn, 'TargetGroupArn');
  if (listTargetGroupUsers(state, arn).length > 0)
    throw new AwsFault('ResourceInUse', `Target group '${arn}' is currently in use by a listener or a rule`);
  for (const target of state.targetGroups.get(arn)?.targets.values() ?? []) {
    if (target.next !== undefined) target.next.cancelled = true;
    for (const drained of target.drained) drained();
  }
  state.targetGroups.delete(arn);
  return {};
}

/** DescribeTargetGroups: by ARN, by name, those of a load balancer, or all of them in pages. */
export function describeTargetGroups(state: AwsState, input: DescribeTargetGroupsInput): DescribeTargetGroupsOutput {
  const page = getPage(chosen(state, input), input.Marker, input.PageSize, { defaultSize: 400, maxSize: 400 });
  return { TargetGroups: page.items.map((one) => described(state, one)), NextMarker: page.nextToken };
}

function chosen(
  state: AwsState,
  { TargetGroupArns = [], Names = [], LoadBalancerArn }: DescribeTargetGroupsInput,
): TargetGroupRecord[] {
  if (TargetGroupArns.length > mostNamed || Names.length > mostNamed)
    throw validationFault(`You cannot describe more than '${mostNamed}' target groups at a time`);
  const all = [...state.targetGroups.values()];
  if (TargetGroupArns.length > 0) return TargetGroupArns.map((arn) => getTargetGroup(state, arn));
  if (Names.length > 0) {
    return Names.map((name) => {
      const found = all.find((one) => one.name === name);
      if (found !== undefined) return found;
      throw new AwsFault('TargetGroupNotFound', 'One or more target groups not found');
    });
  }
  if (LoadBalancerArn === undefined) return all;
  return all.filter(({ arn }) => listTargetGroupUsers(state, arn).some((user) => user.arn === LoadBalancerArn));
}

function described(state: AwsState, group: TargetGroupRecord): TargetGroup {
  return {
    TargetGroupArn: group.arn,
    TargetGroupName: group.name,
    Protocol: group.protocol,
    Port: group.port,
    VpcId: group.vpcId,
    ...group.healthCheck,
    LoadBalancerArns: listTargetGroupUsers(state, group.arn).map((user) => user.arn),
    TargetType: group.targetType,
    ProtocolVersion: group.protocolVersion,
    IpAddressType: 'ipv4',
  };
}
