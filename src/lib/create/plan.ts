import { isDeepStrictEqual } from 'node:util';
import type { ClusterFile } from '../config/cluster-file.js';
import { findOnlyGroup } from '../engine/observe/find-cluster.js';
import type { ClusterSpec, CreationPlan, Difference, PlannedResource } from '../model/cluster-spec.js';
import { formatFlag, RollError } from '../model/errors.js';
import type { Group } from '../model/group.js';
import { asLaunchTemplate } from '../model/launch-source.js';
import type { Cloud, Creation, ExistingGroup, ExistingLaunchSource, ExistingLoadBalancer } from '../ports.js';
import { buildClusterSpec, mapToFileKeys } from './cluster-spec.js';
import type { CreationEngine } from './create.js';

/** The resources of the cluster that exist. */
export interface ExistingResources {
  readonly loadBalancer: ExistingLoadBalancer | undefined;
  readonly launchSource: ExistingLaunchSource | undefined;
  readonly group: (ExistingGroup & { readonly name: string }) | undefined;
}

/** Compares the file with existing resources. The resources are in the order in which they are created. */
export function planCreation(spec: ClusterSpec, existing: ExistingResources): CreationPlan {
  const { balancer } = spec;
  return {
    spec,
    resources: [
      ...(balancer === undefined ? [] : [planLoadBalancer(balancer, existing.loadBalancer, spec)]),
      planLaunchSource(spec, existing),
      planGroup(spec, existing),
    ],
    launchSource: existing.launchSource?.launchSource,
  };
}

function planLoadBalancer(
  { name, fields }: NonNullable<ClusterSpec['balancer']>,
  existing: ExistingLoadBalancer | undefined,
  spec: ClusterSpec,
): PlannedResource {
  const planned = {
    kind: 'load-balancer',
    name,
    ...compareFields('balancer', spec, fields, existing?.fields),
  } as const;
  return existing?.unfinished ? { ...planned, state: 'unfinished', differences: [] } : planned;
}

/** A roll gives the group another launch source, so an existing group is compared by its own. */
function planLaunchSource(spec: ClusterSpec, { launchSource: existing }: ExistingResources): PlannedResource {
  const { kind, name, fields } = spec.launchSource;
  const found = existing?.launchSource ?? { kind, name };
  const compared = compareFields('launchSource', spec, fields, existing?.fields);
  const planned = { kind: found.kind, name: found.name, ...compared };
  return found.kind === kind ? planned : addLaunchFromDifference(planned, found.kind, kind);
}

function planGroup(spec: ClusterSpec, { group, launchSource }: ExistingResources): PlannedResource {
  const { name, fields } = spec.group;
  const compared = compareFields('group', spec, fields, group?.fields);
  const planned = { kind: 'group', name: group?.name ?? name, ...compared } as const;
  if (group === undefined || launchSource !== undefined) return planned;
  return addLaunchFromDifference(planned, 'another kind of launch source', spec.launchSource.kind);
}

function addLaunchFromDifference(planned: PlannedResource, is: string, wanted: string): PlannedResource {
  const difference = { field: 'launchFrom', is, wanted };
  return { ...planned, state: 'differs', differences: [difference, ...planned.differences] };
}

/** The fields in the form of the file, compared with those of the existing resource, if there is one. */
function compareFields(
  part: Parameters<typeof mapToFileKeys>[0],
  spec: ClusterSpec,
  wantedFields: object,
  existingFields: object | undefined,
): Pick<PlannedResource, 'state' | 'differences' | 'fields'> {
  const wanted = mapToFileKeys(part, wantedFields, spec);
  const fields = formatFields(wanted);
  if (existingFields === undefined) return { state: 'missing', differences: [], fields };
  const differences = findDifferences(mapToFileKeys(part, existingFields, spec), wanted);
  return { state: differences.length === 0 ? 'exists' : 'differs', differences, fields };
}

/**
 * Compares a cluster file with the account. Changes nothing.
 *
 * @param userData base64
 * @throws RollError as `readExisting` does
 */
export async function planCluster(
  { cloud, creation }: CreationEngine,
  file: ClusterFile,
  userData: string,
): Promise<CreationPlan> {
  const rootDevice = file.rootVolume && (await creation.findRootDevice(file.image));
  const spec = buildClusterSpec(file, { userData, rootDevice });
  return planCreation(spec, await readExisting(cloud, creation, spec));
}

/**
 * Finds the group, whatever its name since the last roll, its launch source and the load balancer.
 *
 * @throws RollError of kind `refused` if a roll is in progress, several groups match, or the group is being deleted
 */
async function readExisting(cloud: Cloud, creation: Creation, spec: ClusterSpec): Promise<ExistingResources> {
  const [name, balancer] = await Promise.all([
    findGroupName(cloud, spec.cluster),
    spec.balancer && creation.findLoadBalancer(spec.balancer.name),
  ]);
  const group = name === undefined ? undefined : await creation.findGroup(name);
  if (name === undefined || group === undefined) {
    const { kind, name: wanted } = spec.launchSource;
    return { loadBalancer: balancer, launchSource: await creation.findLaunchSource(kind, wanted), group: undefined };
  }
  const { launchSource: used } = group;
  const version = used && asLaunchTemplate(used)?.version;
  const launchSource = used && (await creation.findLaunchSource(used.kind, used.name, version));
  return { loadBalancer: balancer, launchSource, group: { ...group, name } };
}

async function findGroupName(cloud: Cloud, cluster: string): Promise<string | undefined> {
  const found = await findGroup(cloud, cluster);
  if (found?.deleting) throw groupBeingDeleted(found);
  return found?.name;
}

async function findGroup(cloud: Cloud, cluster: string): Promise<Group | undefined> {
  try {
    const { group, rollId } = await findOnlyGroup(cloud, cluster);
    if (rollId !== undefined) throw rollInProgress(cluster, rollId);
    return group;
  } catch (thrown) {
    if (thrown instanceof RollError && thrown.code === 'cluster-not-found') return undefined;
    throw thrown;
  }
}

function rollInProgress(cluster: string, rollId: string): RollError {
  return new RollError({
    code: 'roll-under-way',
    message: `Roll ${rollId} of the cluster ${cluster} is in progress, so its group cannot be compared with the file.`,
    kind: 'refused',
    next: `see its progress: consul-roll status ${formatFlag('cluster', cluster)}`,
  });
}

function groupBeingDeleted({ name }: Group): RollError {
  return new RollError({
    code: 'group-being-deleted',
    message: `The group ${name} is still being deleted.`,
    kind: 'refused',
    next: 'wait until it is deleted, then run the same command again',
  });
}

/** Scripts are not shown, because they may contain secrets. */
const HIDDEN_FIELDS: readonly string[] = ['boot', 'userDataFile'];

function findDifferences(is: object, wanted: object): Difference[] {
  const fields = [...new Set([...Object.keys(wanted), ...Object.keys(is)])];
  return fields
    .filter((field) => !isDeepStrictEqual(Reflect.get(is, field), Reflect.get(wanted, field)))
    .map((field) => {
      if (HIDDEN_FIELDS.includes(field)) return { field, is: undefined, wanted: undefined };
      return {
        field,
        is: formatFieldValue(Reflect.get(is, field)),
        wanted: formatFieldValue(Reflect.get(wanted, field)),
      };
    });
}

/** Every field that is set, as text; of hidden ones only the size. */
function formatFields(fields: object): Record<string, string> {
  const set = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    set.map(([field, value]) => [field, HIDDEN_FIELDS.includes(field) ? formatSize(value) : formatFieldValue(value)]),
  );
}

function formatSize(base64: unknown): string {
  return `${Buffer.byteLength(String(base64), 'base64')} bytes, not shown`;
}

function formatFieldValue(value: unknown): string {
  if (value === undefined) return 'not set';
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(formatFieldValue).join(', ');
  const entries = Object.entries(value);
  return entries.length === 0 ? 'none' : entries.map(([key, inner]) => `${key}=${formatFieldValue(inner)}`).join(' ');
}
