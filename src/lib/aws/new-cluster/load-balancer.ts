import type {
  Listener,
  LoadBalancerAttributes,
  LoadBalancerDescription,
  Tag,
} from '@aws-sdk/client-elastic-load-balancing';
import type { ListenerSpec, LoadBalancerSpec } from '../../model/cluster-spec.js';
import { RollError } from '../../model/errors.js';
import { TAG_PREFIX } from '../../model/tags.js';
import type { ExistingLoadBalancer } from '../../ports.js';
import type { Clients } from '../clients.js';
import { withoutReservedTags } from '../fields.js';

/** Set while a load balancer is being created: with this tag, a difference is work still to be done. */
const UNFINISHED_TAG = `${TAG_PREFIX}unfinished`;

/** See `Creation.findLoadBalancer`. */
export async function readClassicLoadBalancer(
  clients: Clients,
  name: string,
): Promise<ExistingLoadBalancer | undefined> {
  const named = { LoadBalancerName: name };
  try {
    const [{ LoadBalancerDescriptions }, { LoadBalancerAttributes }, { TagDescriptions }] = await Promise.all([
      clients.balancing.describeLoadBalancers({ LoadBalancerNames: [name] }),
      clients.balancing.describeLoadBalancerAttributes(named),
      clients.balancing.describeTags({ LoadBalancerNames: [name] }),
    ]);
    const described = LoadBalancerDescriptions?.[0];
    if (described === undefined) return undefined;
    const tags = TagDescriptions?.[0]?.Tags ?? [];
    return {
      fields: toBalancerFields(described, LoadBalancerAttributes ?? {}, tags),
      unfinished: tags.some(({ Key }) => Key === UNFINISHED_TAG),
      dnsName: described.DNSName ?? '',
    };
  } catch (thrown) {
    if (isLoadBalancerNotFound(thrown)) return undefined;
    throw thrown;
  }
}

/** See `Creation.createLoadBalancer`. Every call may be repeated. */
export async function createClassicLoadBalancer(
  clients: Clients,
  name: string,
  fields: LoadBalancerSpec,
): Promise<void> {
  const named = { LoadBalancerName: name };
  const { drainingS: Timeout } = fields;
  await clients.balancing.createLoadBalancer({
    ...named,
    ...(fields.internal && { Scheme: 'internal' }),
    Subnets: [...fields.subnets],
    SecurityGroups: [...fields.securityGroups],
    Listeners: fields.listeners.map(buildListener),
    Tags: [...buildBalancerTags(fields.tags), { Key: UNFINISHED_TAG, Value: 'true' }],
  });
  await clients.balancing.configureHealthCheck({
    ...named,
    HealthCheck: {
      Target: fields.target,
      Interval: fields.intervalS,
      Timeout: fields.timeoutS,
      HealthyThreshold: fields.healthyThreshold,
      UnhealthyThreshold: fields.unhealthyThreshold,
    },
  });
  await clients.balancing.modifyLoadBalancerAttributes({
    ...named,
    LoadBalancerAttributes: {
      ConnectionDraining: Timeout === 0 ? { Enabled: false } : { Enabled: true, Timeout },
      CrossZoneLoadBalancing: { Enabled: fields.crossZone },
    },
  });
  await clients.balancing.removeTags({ LoadBalancerNames: [name], Tags: [{ Key: UNFINISHED_TAG }] });
}

function toBalancerFields(
  described: LoadBalancerDescription,
  attributes: LoadBalancerAttributes,
  tags: readonly Tag[],
): LoadBalancerSpec {
  const { HealthCheck } = described;
  const draining = attributes.ConnectionDraining;
  return {
    internal: described.Scheme === 'internal',
    subnets: [...(described.Subnets ?? [])].sort(),
    securityGroups: [...(described.SecurityGroups ?? [])].sort(),
    listeners: (described.ListenerDescriptions ?? [])
      .flatMap(({ Listener }) => (Listener === undefined ? [] : [toListenerFields(Listener)]))
      .sort((one, other) => one.port - other.port),
    target: HealthCheck?.Target ?? '',
    intervalS: HealthCheck?.Interval ?? 0,
    timeoutS: HealthCheck?.Timeout ?? 0,
    healthyThreshold: HealthCheck?.HealthyThreshold ?? 0,
    unhealthyThreshold: HealthCheck?.UnhealthyThreshold ?? 0,
    drainingS: draining?.Enabled ? (draining.Timeout ?? 0) : 0,
    crossZone: attributes.CrossZoneLoadBalancing?.Enabled ?? false,
    tags: withoutReservedTags(tags),
  };
}

function toListenerFields(listener: Listener): ListenerSpec {
  const { SSLCertificateId } = listener;
  return {
    port: listener.LoadBalancerPort ?? 0,
    protocol: (listener.Protocol ?? '').toUpperCase(),
    instancePort: listener.InstancePort ?? 0,
    instanceProtocol: (listener.InstanceProtocol ?? listener.Protocol ?? '').toUpperCase(),
    ...(SSLCertificateId && { certificate: SSLCertificateId }),
  };
}

function buildListener({ port, protocol, instancePort, instanceProtocol, certificate }: ListenerSpec): Listener {
  return {
    LoadBalancerPort: port,
    Protocol: protocol,
    InstancePort: instancePort,
    InstanceProtocol: instanceProtocol,
    ...(certificate !== undefined && { SSLCertificateId: certificate }),
  };
}

function buildBalancerTags(tags: Readonly<Record<string, string>>): Tag[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

/** As the adapter returns it. */
function isLoadBalancerNotFound(thrown: unknown): boolean {
  return thrown instanceof RollError && thrown.code === 'load-balancer-not-found';
}
