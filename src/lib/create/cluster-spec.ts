import type { ClusterFile } from '../config/cluster-file.js';
import { parseSeconds } from '../config/schema.js';
import type {
  ClusterSpec,
  GroupSpec,
  LaunchSourceSpec,
  LifecycleHookSpec,
  ListenerSpec,
  LoadBalancerSpec,
  VolumeSpec,
} from '../model/cluster-spec.js';
import { compareTexts } from '../model/similar.js';

/** What the cluster file does not contain. */
interface SpecOptions {
  /** Base64. */
  readonly userData: string;
  /** The root device name of the image. */
  readonly rootDevice: string | undefined;
}

/** That of Amazon Linux, if neither the file nor EC2 names it. */
const DEFAULT_ROOT_DEVICE = '/dev/xvda';

export function buildClusterSpec(file: ClusterFile, options: SpecOptions): ClusterSpec {
  const { cluster, size, loadBalancer } = file;
  const balancer = loadBalancer && {
    name: loadBalancer.name ?? cluster,
    fields: buildBalancerFields(file, loadBalancer),
  };
  const balancers = [...(balancer === undefined ? [] : [balancer.name]), ...file.existing.loadBalancers];
  return {
    cluster,
    size,
    balancer,
    launchSource: {
      kind: file.launchFrom,
      name: cluster,
      fields: buildLaunchFields(file, options),
      script: file.userDataFile === undefined ? 'boot' : 'userDataFile',
    },
    group: { name: cluster, fields: buildGroupFields(file, balancers) },
  };
}

function buildBalancerFields(
  file: ClusterFile,
  { healthCheck, ...balancer }: NonNullable<ClusterFile['loadBalancer']>,
): LoadBalancerSpec {
  return {
    internal: balancer.internal,
    subnets: sortNames(balancer.subnets ?? file.subnets),
    securityGroups: sortNames(balancer.securityGroups ?? file.securityGroups),
    listeners: balancer.listeners.map(buildListenerFields).sort((one, other) => one.port - other.port),
    target: healthCheck.target,
    intervalS: parseSeconds(healthCheck.interval),
    timeoutS: parseSeconds(healthCheck.timeout),
    healthyThreshold: healthCheck.healthyThreshold,
    unhealthyThreshold: healthCheck.unhealthyThreshold,
    drainingS: parseSeconds(balancer.draining),
    crossZone: balancer.crossZone,
    tags: sortTags(file.tags),
  };
}

type FileListener = NonNullable<ClusterFile['loadBalancer']>['listeners'][number];

function buildListenerFields({
  port,
  protocol,
  instancePort,
  instanceProtocol,
  certificate,
}: FileListener): ListenerSpec {
  return {
    port,
    protocol: protocol.toUpperCase(),
    instancePort,
    instanceProtocol: instanceProtocol.toUpperCase(),
    ...(certificate !== undefined && { certificate }),
  };
}

function buildLaunchFields(file: ClusterFile, { userData, rootDevice }: SpecOptions): LaunchSourceSpec {
  return {
    image: file.image,
    instanceType: file.instanceType,
    securityGroups: sortNames(file.securityGroups),
    instanceProfile: file.instanceProfile,
    keyName: file.keyName,
    publicAddress: file.publicAddress,
    rootVolume: file.rootVolume && buildVolumeFields(file.rootVolume, rootDevice),
    metadataTokens: file.metadata.tokens,
    metadataHops: file.metadata.hopLimit,
    userData,
  };
}

function buildVolumeFields(
  { device, sizeGiB, type, encrypted }: NonNullable<ClusterFile['rootVolume']>,
  rootDevice: string = DEFAULT_ROOT_DEVICE,
): VolumeSpec {
  return { device: device ?? rootDevice, sizeGiB, type, encrypted };
}

function buildGroupFields(file: ClusterFile, balancers: readonly string[]): GroupSpec {
  const hooks = file.lifecycleHooks.map(({ name, on, timeout, otherwise }) => ({
    name,
    on,
    timeoutS: parseSeconds(timeout),
    defaultResult: otherwise,
  }));
  return {
    minSize: file.size,
    maxSize: file.size,
    desired: file.size,
    subnets: sortNames(file.subnets),
    balancers: sortNames(balancers),
    targetGroups: sortNames(file.existing.targetGroups),
    healthType: file.health.type,
    graceS: parseSeconds(file.health.grace),
    terminationPolicies: file.terminationPolicies,
    tags: sortTags({ ...file.tags, Name: file.cluster }),
    hooks: hooks.sort((one, other) => compareTexts(one.name, other.name)),
  };
}

function sortNames(names: readonly string[]): string[] {
  return [...names].sort();
}

function sortTags(tags: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(tags).sort(([one], [other]) => compareTexts(one, other)));
}

/** Fields of a resource by the keys of the cluster file, in the form of the file. */
type ByFileKey = Readonly<Record<string, unknown>>;

type SpecPart = 'balancer' | 'launchSource' | 'group';

/** Keys that differ from the name of the field; undefined for a field that another key includes. */
const FILE_KEYS: Readonly<Record<SpecPart, Readonly<Record<string, string | undefined>>>> = {
  balancer: {
    internal: 'loadBalancer.internal',
    subnets: 'loadBalancer.subnets',
    securityGroups: 'loadBalancer.securityGroups',
    listeners: 'loadBalancer.listeners',
    target: 'loadBalancer.healthCheck.target',
    intervalS: 'loadBalancer.healthCheck.interval',
    timeoutS: 'loadBalancer.healthCheck.timeout',
    healthyThreshold: 'loadBalancer.healthCheck.healthyThreshold',
    unhealthyThreshold: 'loadBalancer.healthCheck.unhealthyThreshold',
    drainingS: 'loadBalancer.draining',
    crossZone: 'loadBalancer.crossZone',
  },
  launchSource: { metadataTokens: 'metadata.tokens', metadataHops: 'metadata.hopLimit' },
  group: {
    minSize: 'size',
    maxSize: undefined,
    desired: undefined,
    targetGroups: 'existing.targetGroups',
    healthType: 'health.type',
    graceS: 'health.grace',
    hooks: 'lifecycleHooks',
  },
};

/** The fields of one part of a spec, or of the existing resource. */
export function mapToFileKeys(part: SpecPart, fields: object, spec: ClusterSpec): ByFileKey {
  const keys: Readonly<Record<string, string | undefined>> = {
    ...FILE_KEYS[part],
    userData: spec.launchSource.script,
    balancers: getLoadBalancersKey(spec),
  };
  const entries = Object.entries(fields).flatMap(([field, value]) => {
    const key = field in keys ? keys[field] : field;
    return key === undefined ? [] : [[key, toFileValue(field, value, fields)] as const];
  });
  return Object.fromEntries(entries);
}

/** The group is attached to the new load balancer and to existing ones. */
function getLoadBalancersKey({ balancer, group }: ClusterSpec): string {
  const existing = group.fields.balancers.some((name) => name !== balancer?.name);
  return [balancer && 'loadBalancer', (existing || !balancer) && 'existing.loadBalancers']
    .filter(Boolean)
    .join(' and ');
}

function toFileValue(field: string, value: unknown, fields: object): unknown {
  if (field === 'minSize') return toFileSize(fields as ClusterSpec['group']['fields']);
  if (field === 'listeners') return (value as readonly ListenerSpec[]).map(toFileListener);
  if (field === 'hooks') return (value as readonly LifecycleHookSpec[]).map(toFileHook);
  return field.endsWith('S') && typeof value === 'number' ? `${value}s` : value;
}

/** A file has one size; an existing group may have three. */
function toFileSize({ minSize, maxSize, desired }: ClusterSpec['group']['fields']): unknown {
  const one = minSize === desired && maxSize === desired;
  return one ? desired : `${desired} (from ${minSize} to ${maxSize})`;
}

/** Protocols are in lower case in a file. */
function toFileListener({ protocol, instanceProtocol, ...listener }: ListenerSpec): object {
  return { ...listener, protocol: protocol.toLowerCase(), instanceProtocol: instanceProtocol.toLowerCase() };
}

function toFileHook({ name, on, timeoutS, defaultResult: otherwise }: LifecycleHookSpec): object {
  return { name, on, timeout: `${timeoutS}s`, otherwise };
}
