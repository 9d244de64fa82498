import type {
  CreateLoadBalancerInput,
  CreateLoadBalancerOutput,
  DeleteLoadBalancerInput,
  DeleteLoadBalancerOutput,
  SubnetMapping,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { delays } from '../delays.js';
import { AwsFault, required, validationError } from '../fault.js';
import { takeBalancerAddress } from '../network.js';
import type { WorldState } from '../state.js';
import { firstLoadBalancerAttributes } from './attribute-defaults.js';
import { describedLoadBalancer } from './describe-load-balancers.js';
import type { LoadBalancerRecord, LoadBalancerType } from './load-balancer.js';
import { tagMap } from './tags.js';

const nameForm = /^[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,30}[a-zA-Z0-9])?$/;

/**
 * The name of a load balancer or a target group.
 *
 * @throws AwsFault `ValidationError` for what AWS does not take
 */
export function checkedName(name: string | undefined, what: string): string {
  const text = required(name, 'Name');
  if (text.length > 32) throw validationError(`${what} name '${text}' cannot be longer than '32' characters`);
  if (nameForm.test(text)) return text;
  throw validationError(
    `${what} name '${text}' can only contain characters that are alphanumeric characters and hyphens(-)`,
  );
}

/** CreateLoadBalancer: refused when the name is taken, unless the same is asked for again. */
export function createLoadBalancer(
  state: WorldState,
  input: CreateLoadBalancerInput,
): CreateLoadBalancerOutput {
  const name = checkedName(input.Name, 'Load balancer');
  const type = typeOf(input.Type);
  const subnets = checkedSubnets(state, input, type);
  const present = [...state.loadBalancers.values()].find((one) => one.name === name);
  if (present !== undefined) {
    refuseOther(present, input, type, subnets);
    return { LoadBalancers: [describedLoadBalancer(state, present)] };
  }
  const made = newLoadBalancer(state, input, { name, type, subnets });
  state.loadBalancers.set(made.arn, made);
  return { LoadBalancers: [describedLoadBalancer(state, made)] };
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
export function checkedSubnets(
  state: WorldState,
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
  if (known.length === 0) throw validationError('A load balancer must have at least one subnet');
  const zones = new Set(known.map((subnet) => subnet.zone));
  if (zones.size !== known.length) {
    throw new AwsFault(
      'InvalidConfigurationRequest',
      'A load balancer cannot be attached to multiple subnets in the same Availability Zone',
    );
  }
  if (type === 'application' && zones.size < 2) {
    throw validationError('At least two subnets in two different Availability Zones must be specified');
  }
  return mappings;
}

/** The security groups of a request; those of the VPC's default where an application load balancer names none. */
export function checkedSecurityGroups(
  state: WorldState,
  wanted: readonly string[] | undefined,
  type: LoadBalancerType,
): string[] {
  const known = state.network.securityGroups.map((group) => group.groupId);
  const unknown = wanted?.find((groupId) => !known.includes(groupId));
  if (unknown !== undefined)
    throw new AwsFault('InvalidSecurityGroup', `The security group '${unknown}' does not exist`);
  return wanted !== undefined && wanted.length > 0
    ? [...wanted]
    : type === 'application'
      ? known.slice(0, 1)
      : [];
}

function newLoadBalancer(
  state: WorldState,
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
    activeMs: state.nowMs + delays.provisioningMs / state.speed,
    scheme: input.Scheme ?? 'internet-facing',
    ipAddressType: input.IpAddressType ?? 'ipv4',
    securityGroupIds: checkedSecurityGroups(state, input.SecurityGroups, type),
    listeners: new Map(),
    attributes: firstLoadBalancerAttributes(type),
    tags: tagMap(input.Tags),
  };
}

/** DeleteLoadBalancer: its listeners and rules go with it; one that does not exist is passed over, as AWS does. */
export function deleteLoadBalancer(
  state: WorldState,
  input: DeleteLoadBalancerInput,
): DeleteLoadBalancerOutput {
  const arn = required(input.LoadBalancerArn, 'LoadBalancerArn');
  if (state.loadBalancers.get(arn)?.attributes.get('deletion_protection.enabled') === 'true') {
    throw new AwsFault(
      'OperationNotPermitted',
      `Load balancer '${arn}' cannot be deleted because deletion protection is enabled`,
    );
  }
  state.loadBalancers.delete(arn);
  return {};
}
