import type {
  CreateAccessPointInput,
  CreateAccessPointOutput,
  DeleteAccessPointInput,
  DeleteAccessPointOutput,
  LoadBalancerAttributes,
  Tag,
} from '@aws-sdk/client-elastic-load-balancing';
import { AwsFault, requireMember, validationFault } from '../fault.js';
import { findSubnetInZone, getSubnet, takeBalancerAddress } from '../network.js';
import { deepCopy } from '../plain-data.js';
import type { ClassicLoadBalancerRecord } from '../records.js';
import type { AwsState } from '../state.js';
import { createDefaultHealthCheck, parseHealthCheckTarget } from './health-check.js';
import { buildListenerRecord, isSameListener } from './listeners.js';
import { deregister } from './registration.js';

const nameForm = /^[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,30}[a-zA-Z0-9])?$/;

/** What a new load balancer is set to, as AWS sets it. */
const firstAttributes: LoadBalancerAttributes = {
  CrossZoneLoadBalancing: { Enabled: false },
  AccessLog: { Enabled: false },
  ConnectionDraining: { Enabled: false, Timeout: 300 },
  ConnectionSettings: { IdleTimeout: 60 },
  AdditionalAttributes: [{ Key: 'elb.http.desyncmitigationmode', Value: 'defensive' }],
};

/** CreateLoadBalancer: refused when the name is taken, unless the request is identical. */
export function createLoadBalancer(state: AwsState, input: CreateAccessPointInput): CreateAccessPointOutput {
  const name = requireMember(input.LoadBalancerName, 'LoadBalancerName');
  if (!nameForm.test(name)) {
    throw validationFault('LoadBalancer name must only contain alphanumeric characters or hyphens (-)');
  }
  const present = state.balancers.get(name);
  if (present !== undefined) return existing(present, input);
  const balancer = newBalancer(state, name, input);
  state.balancers.set(name, balancer);
  return { DNSName: balancer.address };
}

function existing(present: ClassicLoadBalancerRecord, input: CreateAccessPointInput): CreateAccessPointOutput {
  const wanted = requireMember(input.Listeners, 'Listeners').map(buildListenerRecord);
  const sameListeners = wanted.every(({ listener }) => {
    const record = present.listeners.get(listener.LoadBalancerPort);
    return record !== undefined && isSameListener(record.listener, listener);
  });
  const sameSubnets = (input.Subnets ?? present.subnetIds).every((subnetId) => present.subnetIds.includes(subnetId));
  if (sameListeners && sameSubnets && (input.Scheme ?? 'internet-facing') === present.scheme) {
    return { DNSName: present.address };
  }
  throw new AwsFault(
    'DuplicateLoadBalancerName',
    `Load Balancer named ${present.name} already exists and has different parameters`,
  );
}

function newBalancer(state: AwsState, name: string, input: CreateAccessPointInput): ClassicLoadBalancerRecord {
  const listeners = requireMember(input.Listeners, 'Listeners').map(buildListenerRecord);
  const first = listeners[0];
  if (first === undefined) throw validationFault('Listeners cannot be empty');
  const healthCheck = createDefaultHealthCheck(first.listener.InstancePort);
  return {
    name,
    address: takeBalancerAddress(state.network),
    createdMs: state.nowMs,
    scheme: input.Scheme ?? 'internet-facing',
    subnetIds: subnetsOf(state, input),
    securityGroupIds: securityGroupsOf(state, input),
    listeners: new Map(listeners.map((record) => [record.listener.LoadBalancerPort, record])),
    healthCheck,
    target: parseHealthCheckTarget(healthCheck),
    intervalMs: (healthCheck.Interval ?? 30) * 1_000,
    attributes: deepCopy(firstAttributes),
    policies: new Map(),
    backends: [],
    tags: new Map((input.Tags ?? []).map(tagEntry)),
    registrations: new Map(),
  };
}

function tagEntry(tag: Tag): [string, string] {
  return [requireMember(tag.Key, 'Tags.Key'), tag.Value ?? ''];
}

function subnetsOf(state: AwsState, input: CreateAccessPointInput): string[] {
  if (input.Subnets !== undefined && input.Subnets.length > 0) {
    return input.Subnets.map((subnetId) => balancerSubnet(state, subnetId));
  }
  const zones = input.AvailabilityZones ?? [];
  if (zones.length === 0) throw validationFault('Either AvailabilityZones or SubnetIds must be specified');
  return zones.map((zone) => {
    const subnet = findSubnetInZone(state.network, zone);
    if (subnet === undefined) throw validationFault(`Invalid Availability Zone: ${zone}`);
    return subnet.subnetId;
  });
}

function balancerSubnet(state: AwsState, subnetId: string): string {
  if (!state.network.subnets.some((subnet) => subnet.subnetId === subnetId)) {
    throw new AwsFault('SubnetNotFound', `The subnet ID '${subnetId}' does not exist`);
  }
  return getSubnet(state.network, subnetId).subnetId;
}

function securityGroupsOf(state: AwsState, input: CreateAccessPointInput): string[] {
  const known = state.network.securityGroups.map((group) => group.groupId);
  const wanted = input.SecurityGroups ?? known.slice(0, 1);
  const unknown = wanted.find((groupId) => !known.includes(groupId));
  if (unknown === undefined) return [...wanted];
  throw new AwsFault('InvalidSecurityGroup', `The security group '${unknown}' does not exist`);
}

/** DeleteLoadBalancer: succeeds for one that does not exist, as AWS does. */
export function deleteLoadBalancer(state: AwsState, input: DeleteAccessPointInput): DeleteAccessPointOutput {
  const balancer = state.balancers.get(requireMember(input.LoadBalancerName, 'LoadBalancerName'));
  if (balancer === undefined) return {};
  for (const instanceId of [...balancer.registrations.keys()]) deregister(state, balancer, instanceId);
  state.balancers.delete(balancer.name);
  return {};
}
