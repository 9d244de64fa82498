import type { ClusterFile } from '../config/cluster-file.js';
import { secondsOf } from '../config/yaml-file.js';
import type {
  BalancerFields,
  Blueprint,
  GroupFields,
  HookFields,
  ListenerFields,
  TemplateFields,
  VolumeFields,
} from '../model/cluster-spec.js';

/** What a cluster file alone does not say. */
export interface Particulars {
  /** Base64. */
  readonly userData: string;
  /** What the image calls its root device. */
  readonly rootDevice: string | undefined;
}

/** Where neither the file nor EC2 names the root device: Amazon Linux. */
const USUAL_ROOT = '/dev/xvda';

/** What there is to make of a cluster file. */
export function blueprintOf(file: ClusterFile, particulars: Particulars): Blueprint {
  const { cluster, size, loadBalancer } = file;
  const balancer = loadBalancer && {
    name: loadBalancer.name ?? cluster,
    fields: balancerFields(file, loadBalancer),
  };
  const balancers = [...(balancer === undefined ? [] : [balancer.name]), ...file.existing.loadBalancers];
  return {
    cluster,
    size,
    balancer,
    template: {
      kind: file.launchFrom,
      name: cluster,
      fields: templateFields(file, particulars),
      script: file.userDataFile === undefined ? 'boot' : 'userDataFile',
    },
    group: { name: cluster, fields: groupFields(file, balancers) },
  };
}

function balancerFields(
  file: ClusterFile,
  { healthCheck, ...balancer }: NonNullable<ClusterFile['loadBalancer']>,
): BalancerFields {
  return {
    internal: balancer.internal,
    subnets: sorted(balancer.subnets ?? file.subnets),
    securityGroups: sorted(balancer.securityGroups ?? file.securityGroups),
    listeners: balancer.listeners.map(listenerFields).sort((one, other) => one.port - other.port),
    target: healthCheck.target,
    intervalS: secondsOf(healthCheck.interval),
    timeoutS: secondsOf(healthCheck.timeout),
    healthyThreshold: healthCheck.healthyThreshold,
    unhealthyThreshold: healthCheck.unhealthyThreshold,
    drainingS: secondsOf(balancer.draining),
    crossZone: balancer.crossZone,
    tags: inOrder(file.tags),
  };
}

type Listener = NonNullable<ClusterFile['loadBalancer']>['listeners'][number];

function listenerFields({
  port,
  protocol,
  instancePort,
  instanceProtocol,
  certificate,
}: Listener): ListenerFields {
  return {
    port,
    protocol: protocol.toUpperCase(),
    instancePort,
    instanceProtocol: instanceProtocol.toUpperCase(),
    ...(certificate !== undefined && { certificate }),
  };
}

function templateFields(file: ClusterFile, { userData, rootDevice }: Particulars): TemplateFields {
  return {
    image: file.image,
    instanceType: file.instanceType,
    securityGroups: sorted(file.securityGroups),
    instanceProfile: file.instanceProfile,
    keyName: file.keyName,
    publicAddress: file.publicAddress,
    rootVolume: file.rootVolume && volumeFields(file.rootVolume, rootDevice),
    metadataTokens: file.metadata.tokens,
    metadataHops: file.metadata.hopLimit,
    userData,
  };
}

function volumeFields(
  { device, sizeGiB, type, encrypted }: NonNullable<ClusterFile['rootVolume']>,
  rootDevice: string = USUAL_ROOT,
): VolumeFields {
  return { device: device ?? rootDevice, sizeGiB, type, encrypted };
}

function groupFields(file: ClusterFile, balancers: readonly string[]): GroupFields {
  const hooks = file.lifecycleHooks.map(({ name, on, timeout, otherwise }) => ({
    name,
    on,
    timeoutS: secondsOf(timeout),
    otherwise,
  }));
  return {
    minSize: file.size,
    maxSize: file.size,
    desired: file.size,
    subnets: sorted(file.subnets),
    balancers: sorted(balancers),
    targetGroups: sorted(file.existing.targetGroups),
    healthType: file.health.type,
    graceS: secondsOf(file.health.grace),
    terminationPolicies: file.terminationPolicies,
    tags: inOrder({ ...file.tags, Name: file.cluster }),
    hooks: hooks.sort((one, other) => one.name.localeCompare(other.name)),
  };
}

function sorted(names: readonly string[]): string[] {
  return [...names].sort();
}

function inOrder(tags: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(tags).sort(([one], [other]) => one.localeCompare(other)));
}

/** What there is to make or is there, by the keys under which a cluster file says it, in the file's own form. */
export type ByFileKey = Readonly<Record<string, unknown>>;

type Part = 'balancer' | 'template' | 'group';

/** Where a key is not the field's own name. `undefined` is a field that is told together with others. */
const KEYS: Readonly<Record<Part, Readonly<Record<string, string | undefined>>>> = {
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
  template: { metadataTokens: 'metadata.tokens', metadataHops: 'metadata.hopLimit' },
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

/** The fields of one part of a blueprint, or of what is there in its place. */
export function byFileKey(part: Part, fields: object, blueprint: Blueprint): ByFileKey {
  const keys: Readonly<Record<string, string | undefined>> = {
    ...KEYS[part],
    userData: blueprint.template.script,
    balancers: balancersKey(blueprint),
  };
  const told = Object.entries(fields).flatMap(([field, value]) => {
    const key = field in keys ? keys[field] : field;
    return key === undefined ? [] : [[key, inFileForm(field, value, fields)] as const];
  });
  return Object.fromEntries(told);
}

/** The group is behind the one that is made and those that are there already. */
function balancersKey({ balancer, group }: Blueprint): string {
  const existing = group.fields.balancers.some((name) => name !== balancer?.name);
  return [balancer && 'loadBalancer', (existing || !balancer) && 'existing.loadBalancers']
    .filter(Boolean)
    .join(' and ');
}

function inFileForm(field: string, value: unknown, fields: object): unknown {
  if (field === 'minSize') return sizeOf(fields as Blueprint['group']['fields']);
  if (field === 'listeners') return (value as readonly ListenerFields[]).map(listenerOf);
  if (field === 'hooks') return (value as readonly HookFields[]).map(hookOf);
  return field.endsWith('S') && typeof value === 'number' ? `${value}s` : value;
}

/** A file has one size; a group that is there may have three. */
function sizeOf({ minSize, maxSize, desired }: Blueprint['group']['fields']): unknown {
  const one = minSize === desired && maxSize === desired;
  return one ? desired : `${desired} (from ${minSize} to ${maxSize})`;
}

/** A file has protocols in lower case. */
function listenerOf({ protocol, instanceProtocol, ...listener }: ListenerFields): object {
  return {
    ...listener,
    protocol: protocol.toLowerCase(),
    instanceProtocol: instanceProtocol.toLowerCase(),
  };
}

function hookOf({ name, on, timeoutS, otherwise }: HookFields): object {
  return { name, on, timeout: `${timeoutS}s`, otherwise };
}
