import type { ClusterFile } from '../cluster-file/schema.js';
import type {
  BalancerFields,
  Blueprint,
  GroupFields,
  ListenerFields,
  TemplateFields,
  VolumeFields,
} from '../model/blueprint.js';
import { secondsOf } from '../yaml-file/values.js';

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
