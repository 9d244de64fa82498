import {
  ConfigureHealthCheckCommand,
  CreateLoadBalancerCommand,
  DescribeLoadBalancerAttributesCommand,
  DescribeLoadBalancersCommand,
  DescribeTagsCommand,
  type Listener,
  type LoadBalancerAttributes,
  type LoadBalancerDescription,
  ModifyLoadBalancerAttributesCommand,
  RemoveTagsCommand,
  type Tag,
} from '@aws-sdk/client-elastic-load-balancing';
import type { BalancerFields, ListenerFields } from '../../model/cluster-spec.js';
import { RollError } from '../../model/errors.js';
import { TAG_PREFIX } from '../../model/tags.js';
import type { SeenBalancer } from '../../ports.js';
import type { Clients } from '../clients.js';
import { ownTags } from './connect.js';

/** On a load balancer from its first call to its last: with it, a difference is what is still to be done. */
const UNFINISHED = `${TAG_PREFIX}unfinished`;

/** See `Creation.balancer`. */
export async function readBalancer(clients: Clients, name: string): Promise<SeenBalancer | undefined> {
  const named = { LoadBalancerName: name };
  try {
    const [{ LoadBalancerDescriptions }, { LoadBalancerAttributes }, { TagDescriptions }] = await Promise.all(
      [
        clients.balancing.send(new DescribeLoadBalancersCommand({ LoadBalancerNames: [name] })),
        clients.balancing.send(new DescribeLoadBalancerAttributesCommand(named)),
        clients.balancing.send(new DescribeTagsCommand({ LoadBalancerNames: [name] })),
      ],
    );
    const described = LoadBalancerDescriptions?.[0];
    if (described === undefined) return undefined;
    const tags = TagDescriptions?.[0]?.Tags ?? [];
    return {
      fields: fieldsOf(described, LoadBalancerAttributes ?? {}, tags),
      unfinished: tags.some(({ Key }) => Key === UNFINISHED),
      dnsName: described.DNSName ?? '',
    };
  } catch (thrown) {
    if (isNotThere(thrown)) return undefined;
    throw thrown;
  }
}

/** See `Creation.createBalancer`. Every call may be made again. */
export async function createBalancer(clients: Clients, name: string, fields: BalancerFields): Promise<void> {
  const named = { LoadBalancerName: name };
  const { drainingS: Timeout } = fields;
  await clients.balancing.send(
    new CreateLoadBalancerCommand({
      ...named,
      ...(fields.internal && { Scheme: 'internal' }),
      Subnets: [...fields.subnets],
      SecurityGroups: [...fields.securityGroups],
      Listeners: fields.listeners.map(listenerFrom),
      Tags: [...tagsFrom(fields.tags), { Key: UNFINISHED, Value: 'true' }],
    }),
  );
  await clients.balancing.send(
    new ConfigureHealthCheckCommand({
      ...named,
      HealthCheck: {
        Target: fields.target,
        Interval: fields.intervalS,
        Timeout: fields.timeoutS,
        HealthyThreshold: fields.healthyThreshold,
        UnhealthyThreshold: fields.unhealthyThreshold,
      },
    }),
  );
  await clients.balancing.send(
    new ModifyLoadBalancerAttributesCommand({
      ...named,
      LoadBalancerAttributes: {
        ConnectionDraining: Timeout === 0 ? { Enabled: false } : { Enabled: true, Timeout },
        CrossZoneLoadBalancing: { Enabled: fields.crossZone },
      },
    }),
  );
  await clients.balancing.send(
    new RemoveTagsCommand({ LoadBalancerNames: [name], Tags: [{ Key: UNFINISHED }] }),
  );
}

function fieldsOf(
  described: LoadBalancerDescription,
  attributes: LoadBalancerAttributes,
  tags: readonly Tag[],
): BalancerFields {
  const { HealthCheck } = described;
  const draining = attributes.ConnectionDraining;
  return {
    internal: described.Scheme === 'internal',
    subnets: [...(described.Subnets ?? [])].sort(),
    securityGroups: [...(described.SecurityGroups ?? [])].sort(),
    listeners: (described.ListenerDescriptions ?? [])
      .flatMap(({ Listener }) => (Listener === undefined ? [] : [listenerOf(Listener)]))
      .sort((one, other) => one.port - other.port),
    target: HealthCheck?.Target ?? '',
    intervalS: HealthCheck?.Interval ?? 0,
    timeoutS: HealthCheck?.Timeout ?? 0,
    healthyThreshold: HealthCheck?.HealthyThreshold ?? 0,
    unhealthyThreshold: HealthCheck?.UnhealthyThreshold ?? 0,
    drainingS: draining?.Enabled ? (draining.Timeout ?? 0) : 0,
    crossZone: attributes.CrossZoneLoadBalancing?.Enabled ?? false,
    tags: ownTags(tags),
  };
}

function listenerOf(listener: Listener): ListenerFields {
  const { SSLCertificateId } = listener;
  return {
    port: listener.LoadBalancerPort ?? 0,
    protocol: (listener.Protocol ?? '').toUpperCase(),
    instancePort: listener.InstancePort ?? 0,
    instanceProtocol: (listener.InstanceProtocol ?? listener.Protocol ?? '').toUpperCase(),
    ...(SSLCertificateId && { certificate: SSLCertificateId }),
  };
}

function listenerFrom({
  port,
  protocol,
  instancePort,
  instanceProtocol,
  certificate,
}: ListenerFields): Listener {
  return {
    LoadBalancerPort: port,
    Protocol: protocol,
    InstancePort: instancePort,
    InstanceProtocol: instanceProtocol,
    ...(certificate !== undefined && { SSLCertificateId: certificate }),
  };
}

function tagsFrom(tags: Readonly<Record<string, string>>): Tag[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

/** As the adapter tells it. */
function isNotThere(thrown: unknown): boolean {
  return thrown instanceof RollError && thrown.code === 'load-balancer-not-found';
}
