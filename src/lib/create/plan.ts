import { isDeepStrictEqual } from 'node:util';
import type { ClusterFile } from '../config/cluster-file.js';
import type {
  Blueprint,
  CreationPlan,
  Difference,
  PlannedResource,
  ResourceKind,
} from '../model/cluster-spec.js';
import { RollError } from '../model/errors.js';
import { EXIT } from '../model/outcome.js';
import type { ExistingLaunchSource, SeenBalancer, SeenGroup } from '../ports.js';
import { type AccountFacts, checkAccount, lookAround, subnetsOf } from './checks.js';
import { type ByFileKey, blueprintOf, byFileKey } from './cluster-spec.js';
import type { CreationEngine } from './create.js';

/** What is there of a cluster. */
export interface Seen {
  readonly balancer: SeenBalancer | undefined;
  readonly template: ExistingLaunchSource | undefined;
  readonly group: (SeenGroup & { readonly name: string }) | undefined;
}

/** The file held against what is there: equal stays, missing is made, different is refused. In order of the making. */
export function planCreation(blueprint: Blueprint, seen: Seen): CreationPlan {
  const { balancer } = blueprint;
  return {
    blueprint,
    resources: [
      ...(balancer === undefined ? [] : [plannedBalancer(balancer, seen.balancer, blueprint)]),
      plannedTemplate(blueprint, seen),
      plannedGroup(blueprint, seen),
    ],
    launch: seen.template?.launch,
  };
}

function plannedBalancer(
  { name, fields }: NonNullable<Blueprint['balancer']>,
  seen: SeenBalancer | undefined,
  blueprint: Blueprint,
): PlannedResource {
  const [wanted, is] = bothByFileKey('balancer', blueprint, fields, seen?.fields);
  const planned = held('load-balancer', name, wanted, is);
  return seen?.unfinished ? { ...planned, state: 'unfinished', differences: [] } : planned;
}

/** A roll gives a group another launch configuration, so that of the group is what counts where there is one. */
function plannedTemplate(blueprint: Blueprint, { template }: Seen): PlannedResource {
  const { kind, name, fields } = blueprint.template;
  const found = template?.launch;
  const [wanted, is] = bothByFileKey('template', blueprint, fields, template?.fields);
  const planned = held(found?.kind ?? kind, found?.name ?? name, wanted, is);
  if (found === undefined || found.kind === kind) return planned;
  const difference = { field: 'launchFrom', is: found.kind, wanted: kind };
  return { ...planned, state: 'differs', differences: [difference, ...planned.differences] };
}

function plannedGroup(blueprint: Blueprint, { group, template }: Seen): PlannedResource {
  const { name, fields } = blueprint.group;
  const [wanted, is] = bothByFileKey('group', blueprint, fields, group?.fields);
  const planned = held('group', group?.name ?? name, wanted, is);
  if (group === undefined || template !== undefined) return planned;
  const difference = { field: 'launchFrom', is: 'nothing that create makes', wanted: 'a template' };
  return { ...planned, state: 'differs', differences: [difference, ...planned.differences] };
}

function bothByFileKey(
  part: Parameters<typeof byFileKey>[0],
  blueprint: Blueprint,
  wanted: object,
  seen: object | undefined,
): readonly [ByFileKey, ByFileKey | undefined] {
  return [byFileKey(part, wanted, blueprint), seen && byFileKey(part, seen, blueprint)];
}

function held(
  kind: ResourceKind,
  name: string,
  wanted: ByFileKey,
  seen: ByFileKey | undefined,
): PlannedResource {
  const fields = fieldsAsText(wanted);
  if (seen === undefined) return { kind, name, state: 'missing', differences: [], fields };
  const differences = differencesOf(seen, wanted);
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
  const rootDevice = file.rootVolume && (await creation.rootDevice(file.image));
  const blueprint = blueprintOf(file, { userData, rootDevice });
  return planCreation(blueprint, await lookAround(cloud, creation, blueprint));
}

/**
 * What stands against a plan, before anything is made: something is there and different, or the account cannot hold
 * the cluster.
 *
 * @throws RollError exit 3
 */
export async function refuseUnfit(engine: CreationEngine, plan: CreationPlan): Promise<void> {
  const different = plan.resources.filter(({ state }) => state === 'differs');
  if (different.length > 0) throw differs(plan);
  if (plan.resources.every(({ state }) => state === 'exists')) return;
  const failed = checkAccount(await askAccount(engine, plan), plan);
  if (failed.length === 0) return;
  throw new RollError({
    code: 'account-unfit',
    message: failed.map(({ subject, saw }) => `${subject}: ${saw}`).join('; '),
    exitCode: EXIT.refused,
    next: failed.map(({ remedy }) => remedy).join('; '),
  });
}

async function askAccount({ cloud, creation }: CreationEngine, plan: CreationPlan): Promise<AccountFacts> {
  const { template, group, balancer } = plan.blueprint;
  const others = group.fields.balancers.filter((name) => name !== balancer?.name);
  const [image, architectures, subnets, quota, existing] = await Promise.all([
    cloud.image(template.fields.image),
    cloud.architectures(template.fields.instanceType),
    cloud.freeAddresses(subnetsOf(plan.blueprint)),
    cloud.quota(),
    Promise.all(others.map(async (name) => [name, await creation.balancer(name)] as const)),
  ]);
  return { image, architectures, subnets, quota, existing: Object.fromEntries(existing) };
}

/** `create` never changes what is there. */
function differs({ blueprint, resources }: CreationPlan): RollError {
  const { cluster, template } = blueprint;
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
    exitCode: EXIT.refused,
    state: 'Nothing was changed: create makes what is missing, and changes nothing that is there.',
    next: onlyImage
      ? `roll it onto the image of the file: consul-roll upgrade --cluster ${cluster} --ami ${template.fields.image}`
      : 'write into the file what is there, or change what is there by hand',
  });
}

/** Scripts: shown to nobody, for they may hold more than they should. */
const HIDDEN: readonly string[] = ['boot', 'userDataFile'];

/** The fields in which what is there is not what is wanted. */
export function differencesOf(is: object, wanted: object): Difference[] {
  const fields = [...new Set([...Object.keys(wanted), ...Object.keys(is)])];
  return fields
    .filter((field) => !isDeepStrictEqual(Reflect.get(is, field), Reflect.get(wanted, field)))
    .map((field) => {
      if (HIDDEN.includes(field)) return { field, is: undefined, wanted: undefined };
      return { field, is: shown(Reflect.get(is, field)), wanted: shown(Reflect.get(wanted, field)) };
    });
}

/** Every field that is set as text, by name; of what is shown to nobody, how much it is. */
export function fieldsAsText(fields: object): Record<string, string> {
  const set = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    set.map(([field, value]) => [field, HIDDEN.includes(field) ? sized(value) : shown(value)]),
  );
}

function sized(base64: unknown): string {
  return `${Buffer.byteLength(String(base64), 'base64')} bytes, not shown`;
}

function shown(value: unknown): string {
  if (value === undefined) return 'not set';
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(shown).join(', ');
  const entries = Object.entries(value);
  return entries.length === 0 ? 'none' : entries.map(([key, inner]) => `${key}=${shown(inner)}`).join(' ');
}
