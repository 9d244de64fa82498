import type {
  CreateAccessPointInput,
  CreateAccessPointOutput,
  DeleteAccessPointInput,
  DeleteAccessPointOutput,
  LoadBalancerAttributes,
  Tag,
} from '@aws-sdk/client-elastic-load-balancing';
import { AwsFault, required, validationError } from '../fault.js';
import { copied } from '../members.js';
import { subnetInZone, subnetOf, takeBalancerAddress } from '../network.js';
import type { WorldState } from '../state.js';
import type { BalancerRecord } from './balancer.js';
import { firstHealthCheck, targetOf } from './health-check.js';
import { isSameListener, listenerRecord } from './listeners.js';
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

/** CreateLoadBalancer: refused when the name is taken, unless the same is asked for again. */
export function createLoadBalancer(
  state: WorldState,
  input: CreateAccessPointInput,
): CreateAccessPointOutput {
  const name = required(input.LoadBalancerName, 'LoadBalancerName');
  if (!nameForm.test(name)) {
    throw validationError('LoadBalancer name must only contain alphanumeric characters or hyphens (-)');
  }
  const present = state.balancers.get(name);
  if (present !== undefined) return existing(present, input);
  const balancer = newBalancer(state, name, input);
  state.balancers.set(name, balancer);
  return { DNSName: balancer.address };
}

function existing(present: BalancerRecord, input: CreateAccessPointInput): CreateAccessPointOutput {
  const wanted = required(input.Listeners, 'Listeners').map(listenerRecord);
  const sameListeners = wanted.every(({ listener }) => {
    const record = present.listeners.get(listener.LoadBalancerPort);
    return record !== undefined && isSameListener(record.listener, listener);
  });
  const sameSubnets = (input.Subnets ?? present.subnetIds).every((subnetId) =>
    present.subnetIds.includes(subnetId),
  );
  if (sameListeners && sameSubnets && (input.Scheme ?? 'internet-facing') === present.scheme) {
    return { DNSName: present.address };
  }
  throw new AwsFault(
    'DuplicateLoadBalancerName',
    `Load Balancer named ${present.name} already exists and has different parameters`,
  );
}

function newBalancer(state: WorldState, name: string, input: CreateAccessPointInput): BalancerRecord {
  const listeners = required(input.Listeners, 'Listeners').map(listenerRecord);
  const first = listeners[0];
  if (first === undefined) throw validationError('Listeners cannot be empty');
  const healthCheck = firstHealthCheck(first.listener.InstancePort);
  return {
    name,
    address: takeBalancerAddress(state.network),
    createdMs: state.nowMs,
    scheme: input.Scheme ?? 'internet-facing',
    subnetIds: subnetsOf(state, input),
    securityGroupIds: securityGroupsOf(state, input),
    listeners: new Map(listeners.map((record) => [record.listener.LoadBalancerPort, record])),
    healthCheck,
    target: targetOf(healthCheck),
    intervalMs: (healthCheck.Interval ?? 30) * 1_000,
    attributes: copied(firstAttributes),
    policies: new Map(),
    backends: [],
    tags: new Map((input.Tags ?? []).map(tagEntry)),
    registrations: new Map(),
  };
}

function tagEntry(tag: Tag): [string, string] {
  return [required(tag.Key, 'Tags.Key'), tag.Value ?? ''];
}

function subnetsOf(state: WorldState, input: CreateAccessPointInput): string[] {
  if (input.Subnets !== undefined && input.Subnets.length > 0) {
    return input.Subnets.map((subnetId) => balancerSubnet(state, subnetId));
  }
  const zones = input.AvailabilityZones ?? [];
  if (zones.length === 0) throw validationError('Either AvailabilityZones or SubnetIds must be specified');
  return zones.map((zone) => {
    const subnet = subnetInZone(state.network, zone);
    if (subnet === undefined) throw validationError(`Invalid Availability Zone: ${zone}`);
    return subnet.subnetId;
  });
}

function balancerSubnet(state: WorldState, subnetId: string): string {
  if (!state.network.subnets.some((subnet) => subnet.subnetId === subnetId)) {
    throw new AwsFault('SubnetNotFound', `The subnet ID '${subnetId}' does not exist`);
  }
  return subnetOf(state.network, subnetId).subnetId;
}

function securityGroupsOf(state: WorldState, input: CreateAccessPointInput): string[] {
  const known = state.network.securityGroups.map((group) => group.groupId);
  const wanted = input.SecurityGroups ?? known.slice(0, 1);
  const unknown = wanted.find((groupId) => !known.includes(groupId));
  if (unknown === undefined) return [...wanted];
  throw new AwsFault('InvalidSecurityGroup', `The security group '${unknown}' does not exist`);
}

/** DeleteLoadBalancer: succeeds for one that does not exist, as AWS does. */
export function deleteLoadBalancer(
  state: WorldState,
  input: DeleteAccessPointInput,
): DeleteAccessPointOutput {
  const balancer = state.balancers.get(required(input.LoadBalancerName, 'LoadBalancerName'));
  if (balancer === undefined) return {};
  for (const instanceId of [...balancer.registrations.keys()]) deregister(state, balancer, instanceId);
  state.balancers.delete(balancer.name);
  return {};
}
