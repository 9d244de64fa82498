import type {
  CreateLoadBalancerInput,
  CreateLoadBalancerOutput,
  DeleteLoadBalancerInput,
  DeleteLoadBalancerOutput,
  SubnetMapping,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { DELAYS } from '../delays.js';
import { AwsFault, requireMember, validationFault } from '../fault.js';
import { takeBalancerAddress } from '../network.js';
import type { LoadBalancerRecord, LoadBalancerType } from '../records.js';
import type { AwsState } from '../state.js';
import { createLoadBalancerAttributes } from './attribute-defaults.js';
import { toLoadBalancerOutput } from './describe-load-balancers.js';
import { toTagMap } from './load-balancer.js';

const nameForm = /^[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,30}[a-zA-Z0-9])?$/;

/**
 * The name of a load balancer or a target group.
 *
 * @throws AwsFault `ValidationError` for what AWS does not take
 */
export function checkName(name: string | undefined, what: string): string {
  const text = requireMember(name, 'Name');
  if (text.length > 32) throw validationFault(`${what} name '${text}' cannot be longer than '32' characters`);
  if (nameForm.test(text)) return text;
  throw validationFault(
    `${what} name '${text}' can only contain characters that are alphanumeric characters and hyphens(-)`,
  );
}

/** CreateLoadBalancer: refused when the name is taken, unless the request is identical. */
export function createLoadBalancer(state: AwsState, input: CreateLoadBalancerInput): CreateLoadBalancerOutput {
  const name = checkName(input.Name, 'Load balancer');
  const type = typeOf(input.Type);
  const subnets = checkSubnets(state, input, type);
  const present = [...state.loadBalancers.values()].find((one) => one.name === name);
  if (present !== undefined) {
    refuseOther(present, input, type, subnets);
    return { LoadBalancers: [toLoadBalancerOutput(state, present)] };
  }
  const made = newLoadBalancer(state, input, { name, type, subnets });
  state.loadBalancers.set(made.arn, made);
  return { LoadBalancers: [toLoadBalancerOutput(state, made)] };
}

function typeOf(type: string | undefined): LoadBalancerType {
  const wanted = type ?? 'application';
  if (wanted === 'application' || wanted === 'network') return wanted;
  throw new AwsFault(
    'InvalidConfigurationRequest',
    `The sandbox does not implement load balancers of the type '${wanted}'`,
  );
}

function refuseOther(
  present: LoadBalancerRecord,
  input: CreateLoadBalancerInput,
  type: LoadBalancerType,
  subnets: readonly SubnetMapping[],
): void {
  const ids = present.subnets.map((subnet) => subnet.SubnetId);
  const same =
    present.type === type &&
    present.scheme === (input.Scheme ?? 'internet-facing') &&
    subnets.length === ids.length &&
    subnets.every((subnet) => ids.includes(subnet.SubnetId));
  if (same) return;
  throw new AwsFault(
    'DuplicateLoadBalancerName',
    `A load balancer with the same name '${present.name}' exists, but with different settings`,
  );
}

/** The subnets of a request, by id or as mappings; an application load balancer needs two zones. */
export function checkSubnets(
  state: AwsState,
  input: { Subnets?: string[] | undefined; SubnetMappings?: SubnetMapping[] | undefined },
  type: LoadBalancerType,
): SubnetMapping[] {
  const mappings = input.SubnetMappings ?? (input.Subnets ?? []).map((SubnetId) => ({ SubnetId }));
  const known = mappings.map((mapping) => {
    const subnet = state.network.subnets.find((one) => one.subnetId === mapping.SubnetId);
    if (subnet === undefined)
      throw new AwsFault('SubnetNotFound', `The subnet ID '${mapping.SubnetId}' does not exist`);
    return subnet;
  });
  if (known.length === 0) throw validationFault('A load balancer must have at least one subnet');
  const zones = new Set(known.map((subnet) => subnet.zone));
  if (zones.size !== known.length) {
    throw new AwsFault(
      'InvalidConfigurationRequest',
      'A load balancer cannot be attached to multiple subnets in the same Availability Zone',
    );
  }
  if (type === 'application' && zones.size < 2) {
    throw validationFault('At least two subnets in two different Availability Zones must be specified');
  }
  return mappings;
}

/** The security groups of a request; those of the VPC's default where an application load balancer names none. */
export function checkSecurityGroups(
  state: AwsState,
  wanted: readonly string[] | undefined,
  type: LoadBalancerType,
): string[] {
  const known = state.network.securityGroups.map((group) => group.groupId);
  const unknown = wanted?.find((groupId) => !known.includes(groupId));
  if (unknown !== undefined)
    throw new AwsFault('InvalidSecurityGroup', `The security group '${unknown}' does not exist`);
  return wanted !== undefined && wanted.length > 0 ? [...wanted] : type === 'application' ? known.slice(0, 1) : [];
}

function newLoadBalancer(
  state: AwsState,
  input: CreateLoadBalancerInput,
  made: Pick<LoadBalancerRecord, 'name' | 'type' | 'subnets'>,
): LoadBalancerRecord {
  const { name, type } = made;
  const short = type === 'application' ? 'app' : 'net';
  return {
    ...made,
    arn: `arn:aws:elasticloadbalancing:${state.region}:${state.accountId}:loadbalancer/${short}/${name}/${state.ids.hex(16)}`,
    address: takeBalancerAddress(state.network),
    createdMs: state.nowMs,
    activeMs: state.nowMs + DELAYS.provisioningMs / state.speed,
    scheme: input.Scheme ?? 'internet-facing',
    ipAddressType: input.IpAddressType ?? 'ipv4',
    securityGroupIds: checkSecurityGroups(state, input.SecurityGroups, type),
    listeners: new Map(),
    attributes: createLoadBalancerAttributes(type),
    tags: toTagMap(input.Tags),
  };
}

/** DeleteLoadBalancer: its listeners and rules go with it; one that does not exist is passed over, as AWS does. */
export function deleteLoadBalancer(state: AwsState, input: DeleteLoadBalancerInput): DeleteLoadBalancerOutput {
  const arn = requireMember(input.LoadBalancerArn, 'LoadBalancerArn');
  if (state.loadBalancers.get(arn)?.attributes.get('deletion_protection.enabled') === 'true') {
    throw new AwsFault(
      'OperationNotPermitted',
      `Load balancer '${arn}' cannot be deleted because deletion protection is enabled`,
    );
  }
  state.loadBalancers.delete(arn);
  return {};
}
