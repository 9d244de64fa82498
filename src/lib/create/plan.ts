import { isDeepStrictEqual } from 'node:util';
import type { ClusterFile } from '../config/cluster-file.js';
import type {
  ClusterSpec,
  CreationPlan,
  Difference,
  PlannedResource,
  ResourceKind,
} from '../model/cluster-spec.js';
import { RollError } from '../model/errors.js';
import type { ExistingGroup, ExistingLaunchSource, ExistingLoadBalancer } from '../ports.js';
import { type AccountFacts, checkAccount, listSubnets, readExisting } from './checks.js';
import { type ByFileKey, buildClusterSpec, mapToFileKeys } from './cluster-spec.js';
import type { CreationEngine } from './create.js';

/** What is there of a cluster. */
export interface ExistingResources {
  readonly loadBalancer: ExistingLoadBalancer | undefined;
  readonly launchSource: ExistingLaunchSource | undefined;
  readonly group: (ExistingGroup & { readonly name: string }) | undefined;
}

/** The file held against what is there: equal stays, missing is made, different is refused. In order of the making. */
export function planCreation(spec: ClusterSpec, seen: ExistingResources): CreationPlan {
  const { balancer } = spec;
  return {
    spec,
    resources: [
      ...(balancer === undefined ? [] : [planLoadBalancer(balancer, seen.loadBalancer, spec)]),
      planLaunchSource(spec, seen),
      planGroup(spec, seen),
    ],
    launchSource: seen.launchSource?.launchSource,
  };
}

function planLoadBalancer(
  { name, fields }: NonNullable<ClusterSpec['balancer']>,
  seen: ExistingLoadBalancer | undefined,
  spec: ClusterSpec,
): PlannedResource {
  const [wanted, is] = mapBothToFileKeys('balancer', spec, fields, seen?.fields);
  const planned = compareWithExisting('load-balancer', name, wanted, is);
  return seen?.unfinished ? { ...planned, state: 'unfinished', differences: [] } : planned;
}

/** A roll gives a group another launch configuration, so that of the group is what counts where there is one. */
function planLaunchSource(spec: ClusterSpec, { launchSource: template }: ExistingResources): PlannedResource {
  const { kind, name, fields } = spec.launchSource;
  const found = template?.launchSource;
  const [wanted, is] = mapBothToFileKeys('template', spec, fields, template?.fields);
  const planned = compareWithExisting(found?.kind ?? kind, found?.name ?? name, wanted, is);
  if (found === undefined || found.kind === kind) return planned;
  const difference = { field: 'launchFrom', is: found.kind, wanted: kind };
  return { ...planned, state: 'differs', differences: [difference, ...planned.differences] };
}

function planGroup(spec: ClusterSpec, { group, launchSource: template }: ExistingResources): PlannedResource {
  const { name, fields } = spec.group;
  const [wanted, is] = mapBothToFileKeys('group', spec, fields, group?.fields);
  const planned = compareWithExisting('group', group?.name ?? name, wanted, is);
  if (group === undefined || template !== undefined) return planned;
  const difference = { field: 'launchFrom', is: 'nothing that create makes', wanted: 'a template' };
  return { ...planned, state: 'differs', differences: [difference, ...planned.differences] };
}

function mapBothToFileKeys(
  part: Parameters<typeof mapToFileKeys>[0],
  spec: ClusterSpec,
  wanted: object,
  seen: object | undefined,
): readonly [ByFileKey, ByFileKey | undefined] {
  return [mapToFileKeys(part, wanted, spec), seen && mapToFileKeys(part, seen, spec)];
}

function compareWithExisting(
  kind: ResourceKind,
  name: string,
  wanted: ByFileKey,
  seen: ByFileKey | undefined,
): PlannedResource {
  const fields = formatFields(wanted);
  if (seen === undefined) return { kind, name, state: 'missing', differences: [], fields };
  const differences = findDifferences(seen, wanted);
  return { kind, name, state: differences.length === 0 ? 'exists' : 'differs', differences, fields };
}

/**
 * A cluster file held against what is there. Changes nothing.
 *
 * @param userData base64
 * @throws RollError exit 3 where the cluster cannot be told apart, or a roll of it is under way
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
 * What stands against a plan, before anything is made: something is there and different, or the account cannot hold
 * the cluster.
 *
 * @throws RollError exit 3
 */
export async function assertCreatable(engine: CreationEngine, plan: CreationPlan): Promise<void> {
  const different = plan.resources.filter(({ state }) => state === 'differs');
  if (different.length > 0) throw clusterDiffersError(plan);
  if (plan.resources.every(({ state }) => state === 'exists')) return;
  const failed = checkAccount(await readAccountFacts(engine, plan), plan);
  if (failed.length === 0) return;
  throw new RollError({
    code: 'account-unfit',
    message: failed.map(({ subject, observed: saw }) => `${subject}: ${saw}`).join('; '),
    kind: 'refused',
    next: failed.map(({ remedy }) => remedy).join('; '),
  });
}

async function readAccountFacts(
  { cloud, creation }: CreationEngine,
  plan: CreationPlan,
): Promise<AccountFacts> {
  const { launchSource: template, group, balancer } = plan.spec;
  const others = group.fields.balancers.filter((name) => name !== balancer?.name);
  const [image, architectures, subnets, quota, existing] = await Promise.all([
    cloud.findImage(template.fields.image),
    cloud.findArchitectures(template.fields.instanceType),
    cloud.countFreeAddresses(listSubnets(plan.spec)),
    cloud.readQuota(),
    Promise.all(others.map(async (name) => [name, await creation.findLoadBalancer(name)] as const)),
  ]);
  return { image, architectures, subnets, quota, existing: Object.fromEntries(existing) };
}

/** `create` never changes what is there. */
function clusterDiffersError({ spec, resources }: CreationPlan): RollError {
  const { cluster, launchSource: template } = spec;
  const said = resources.flatMap(({ kind, name, differences }) =>
    differences.map(({ field, is, wanted }) => {
      const how = is === undefined ? 'is another' : `is ${is}, the file says ${wanted}`;
      return `${kind.replace('-', ' ')} ${name}: ${field} ${how}`;
    }),
  );
  const onlyImage = resources.every(({ differences }) => differences.every(({ field }) => field === 'image'));
  return new RollError({
    code: 'resource-differs',
    message: ['What is there is not what the file describes:', ...said].join('\n'),
    kind: 'refused',
    state: 'Nothing was changed: create makes what is missing, and changes nothing that is there.',
    next: onlyImage
      ? `roll it onto the image of the file: consul-roll upgrade --cluster ${cluster} --ami ${template.fields.image}`
      : 'write into the file what is there, or change what is there by hand',
  });
}

/** Scripts: shown to nobody, for they may hold more than they should. */
const HIDDEN_FIELDS: readonly string[] = ['boot', 'userDataFile'];

/** The fields in which what is there is not what is wanted. */
export function findDifferences(is: object, wanted: object): Difference[] {
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

/** Every field that is set as text, by name; of what is shown to nobody, how much it is. */
export function formatFields(fields: object): Record<string, string> {
  const set = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    set.map(([field, value]) => [
      field,
      HIDDEN_FIELDS.includes(field) ? formatSize(value) : formatFieldValue(value),
    ]),
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
  return entries.length === 0
    ? 'none'
    : entries.map(([key, inner]) => `${key}=${formatFieldValue(inner)}`).join(' ');
}
