import { locate } from '../engine/observe/find-cluster.js';
import type { Blueprint, CreationPlan } from '../model/cluster-spec.js';
import { RollError } from '../model/errors.js';
import type { Group } from '../model/group.js';
import type { Facts } from '../model/observation.js';
import { EXIT } from '../model/outcome.js';
import type { Cloud, Creation, SeenBalancer } from '../ports.js';
import type { Seen } from './plan.js';

/** What is asked of the account before anything is made. */
export type AccountFacts = Pick<Facts, 'image' | 'architectures' | 'subnets' | 'quota'> & {
  /** The existing load balancers that the file names, by name; undefined for what is not there. */
  readonly existing: Readonly<Record<string, SeenBalancer | undefined>>;
};

/** What stands against it: what that is about, what was seen, and what to do. */
export interface Unfit {
  readonly subject: string;
  readonly saw: string;
  readonly remedy: string;
}

type Check = (facts: AccountFacts, plan: CreationPlan) => Unfit | undefined;

/** What stands against making a cluster; empty where nothing does. */
export function checkAccount(facts: AccountFacts, plan: CreationPlan): readonly Unfit[] {
  return CHECKS.flatMap((check) => check(facts, plan) ?? []);
}

const CHECKS: readonly Check[] = [
  imageExists,
  imageFits,
  subnetsExist,
  addressesFree,
  quotaAllows,
  balancersExist,
];

function imageExists({ image }: AccountFacts, { blueprint }: CreationPlan): Unfit | undefined {
  const subject = 'image';
  const { image: wanted } = blueprint.template.fields;
  if (image === undefined) {
    const remedy = 'check the id, the region, and that the image is shared with the account';
    return { subject, saw: `${wanted} is not visible to this account in this region`, remedy };
  }
  if (image.state === 'available') return undefined;
  return { subject, saw: `${wanted} is ${image.state}`, remedy: 'wait until the image is available' };
}

function imageFits({ image, architectures }: AccountFacts, { blueprint }: CreationPlan): Unfit | undefined {
  const { instanceType } = blueprint.template.fields;
  if (image === undefined || architectures === undefined || architectures.includes(image.architecture)) {
    return undefined;
  }
  return {
    subject: 'image',
    saw: `${image.id} is ${image.architecture}, ${instanceType} runs ${architectures.join(', ')}`,
    remedy: 'choose another instanceType, or build the image for this one',
  };
}

function subnetsExist({ subnets }: AccountFacts, { blueprint }: CreationPlan): Unfit | undefined {
  const found = subnets.map(({ id }) => id);
  const missing = subnetsOf(blueprint).filter((id) => !found.includes(id));
  if (missing.length === 0) return undefined;
  const saw = `${missing.join(', ')} not found in this region`;
  return { subject: 'subnets', saw, remedy: 'check subnets and region' };
}

function addressesFree({ subnets }: AccountFacts, { blueprint }: CreationPlan): Unfit | undefined {
  const own = subnets.filter(({ id }) => blueprint.group.fields.subnets.includes(id));
  const free = own.reduce((sum, { freeAddresses }) => sum + freeAddresses, 0);
  if (own.length === 0 || free >= blueprint.size) return undefined;
  return {
    subject: 'subnets',
    saw: `${free} free addresses for ${blueprint.size} servers`,
    remedy: 'free addresses, or name larger subnets',
  };
}

function quotaAllows({ quota }: AccountFacts, { resources }: CreationPlan): Unfit | undefined {
  if (quota === undefined) return undefined;
  const makes = (kind: string) => resources.some((one) => one.kind === kind && one.state === 'missing');
  const groups = makes('group') && quota.groupsLeft < 1;
  const templates = makes('launch-configuration') && quota.templatesLeft < 1;
  if (!groups && !templates) return undefined;
  return {
    subject: 'quota',
    saw: `no more ${groups ? 'groups' : 'launch configurations'} are allowed`,
    remedy: 'delete unused ones, or ask for a higher quota in Service Quotas',
  };
}

function balancersExist({ existing }: AccountFacts): Unfit | undefined {
  const missing = Object.keys(existing).filter((name) => existing[name] === undefined);
  if (missing.length === 0) return undefined;
  return {
    subject: 'load balancers',
    saw: `${missing.join(', ')} not found in this region`,
    remedy: 'check existing.loadBalancers, or describe one to be made under loadBalancer',
  };
}

/** Those of the servers and those of the load balancer. */
export function subnetsOf({ group, balancer }: Blueprint): readonly string[] {
  return [...new Set([...group.fields.subnets, ...(balancer?.fields.subnets ?? [])])];
}

/**
 * What is there of a cluster: its group, whatever a roll has called it since, what that launches from, and the load
 * balancer.
 *
 * @throws RollError exit 3 where a roll is under way, several groups are the cluster's, or one is being deleted
 */
export async function lookAround(cloud: Cloud, creation: Creation, blueprint: Blueprint): Promise<Seen> {
  const [name, balancer] = await Promise.all([
    groupNameOf(cloud, blueprint.cluster),
    blueprint.balancer && creation.balancer(blueprint.balancer.name),
  ]);
  const group = name === undefined ? undefined : await creation.group(name);
  if (name === undefined || group === undefined) {
    const { kind, name: wanted } = blueprint.template;
    return { balancer, template: await creation.template(kind, wanted), group: undefined };
  }
  const { launch } = group;
  const version = launch?.kind === 'launch-template' ? launch.version : undefined;
  const template = launch && (await creation.template(launch.kind, launch.name, version));
  return { balancer, template, group: { ...group, name } };
}

async function groupNameOf(cloud: Cloud, cluster: string): Promise<string | undefined> {
  const found = await located(cloud, cluster);
  if (found?.deleting) throw beingDeleted(found);
  return found?.name;
}

async function located(cloud: Cloud, cluster: string): Promise<Group | undefined> {
  try {
    const { old, recorded } = await locate(cloud, cluster, undefined);
    if (recorded !== undefined) throw underRoll(cluster, recorded.rollId);
    return old;
  } catch (thrown) {
    if (thrown instanceof RollError && thrown.code === 'cluster-not-found') return undefined;
    throw thrown;
  }
}

function underRoll(cluster: string, rollId: string): RollError {
  return new RollError({
    code: 'roll-under-way',
    message: `Roll ${rollId} of the cluster ${cluster} is under way, so its group cannot be held against the file.`,
    exitCode: EXIT.refused,
    next: `see where it is: consul-roll status --cluster ${cluster}`,
  });
}

function beingDeleted({ name }: Group): RollError {
  return new RollError({
    code: 'group-being-deleted',
    message: `The group ${name} is still being deleted.`,
    exitCode: EXIT.refused,
    next: 'wait until it is gone, then run the same command again',
  });
}
