import { findCluster } from '../engine/observe/find-cluster.js';
import type { ClusterSpec, CreationPlan } from '../model/cluster-spec.js';
import { RollError } from '../model/errors.js';
import type { Group } from '../model/group.js';
import type { PreflightFacts } from '../model/observation.js';
import type { Cloud, Creation, ExistingLoadBalancer } from '../ports.js';
import type { ExistingResources } from './plan.js';

/** What is asked of the account before anything is made. */
export type AccountFacts = Pick<PreflightFacts, 'image' | 'architectures' | 'subnets' | 'quota'> & {
  /** The existing load balancers that the file names, by name; undefined for what is not there. */
  readonly existing: Readonly<Record<string, ExistingLoadBalancer | undefined>>;
};

/** What stands against it: what that is about, what was seen, and what to do. */
export interface FailedAccountCheck {
  readonly subject: string;
  readonly observed: string;
  readonly remedy: string;
}

type AccountCheck = (facts: AccountFacts, plan: CreationPlan) => FailedAccountCheck | undefined;

/** What stands against making a cluster; empty where nothing does. */
export function checkAccount(facts: AccountFacts, plan: CreationPlan): readonly FailedAccountCheck[] {
  return ACCOUNT_CHECKS.flatMap((check) => check(facts, plan) ?? []);
}

const ACCOUNT_CHECKS: readonly AccountCheck[] = [
  checkImageExists,
  checkImageArchitecture,
  checkSubnetsExist,
  checkFreeAddresses,
  checkQuota,
  checkLoadBalancersExist,
];

function checkImageExists({ image }: AccountFacts, { spec }: CreationPlan): FailedAccountCheck | undefined {
  const subject = 'image';
  const { image: wanted } = spec.launchSource.fields;
  if (image === undefined) {
    const remedy = 'check the id, the region, and that the image is shared with the account';
    return { subject, observed: `${wanted} is not visible to this account in this region`, remedy };
  }
  if (image.state === 'available') return undefined;
  return { subject, observed: `${wanted} is ${image.state}`, remedy: 'wait until the image is available' };
}

function checkImageArchitecture(
  { image, architectures }: AccountFacts,
  { spec }: CreationPlan,
): FailedAccountCheck | undefined {
  const { instanceType } = spec.launchSource.fields;
  if (image === undefined || architectures === undefined || architectures.includes(image.architecture)) {
    return undefined;
  }
  return {
    subject: 'image',
    observed: `${image.id} is ${image.architecture}, ${instanceType} runs ${architectures.join(', ')}`,
    remedy: 'choose another instanceType, or build the image for this one',
  };
}

function checkSubnetsExist(
  { subnets }: AccountFacts,
  { spec }: CreationPlan,
): FailedAccountCheck | undefined {
  const found = subnets.map(({ id }) => id);
  const missing = listSubnets(spec).filter((id) => !found.includes(id));
  if (missing.length === 0) return undefined;
  const saw = `${missing.join(', ')} not found in this region`;
  return { subject: 'subnets', observed: saw, remedy: 'check subnets and region' };
}

function checkFreeAddresses(
  { subnets }: AccountFacts,
  { spec }: CreationPlan,
): FailedAccountCheck | undefined {
  const own = subnets.filter(({ id }) => spec.group.fields.subnets.includes(id));
  const free = own.reduce((sum, { freeAddresses }) => sum + freeAddresses, 0);
  if (own.length === 0 || free >= spec.size) return undefined;
  return {
    subject: 'subnets',
    observed: `${free} free addresses for ${spec.size} servers`,
    remedy: 'free addresses, or name larger subnets',
  };
}

function checkQuota({ quota }: AccountFacts, { resources }: CreationPlan): FailedAccountCheck | undefined {
  if (quota === undefined) return undefined;
  const makes = (kind: string) => resources.some((one) => one.kind === kind && one.state === 'missing');
  const groups = makes('group') && quota.groupsLeft < 1;
  const templates = makes('launch-configuration') && quota.templatesLeft < 1;
  if (!groups && !templates) return undefined;
  return {
    subject: 'quota',
    observed: `no more ${groups ? 'groups' : 'launch configurations'} are allowed`,
    remedy: 'delete unused ones, or ask for a higher quota in Service Quotas',
  };
}

function checkLoadBalancersExist({ existing }: AccountFacts): FailedAccountCheck | undefined {
  const missing = Object.keys(existing).filter((name) => existing[name] === undefined);
  if (missing.length === 0) return undefined;
  return {
    subject: 'load balancers',
    observed: `${missing.join(', ')} not found in this region`,
    remedy: 'check existing.loadBalancers, or describe one to be made under loadBalancer',
  };
}

/** Those of the servers and those of the load balancer. */
export function listSubnets({ group, balancer }: ClusterSpec): readonly string[] {
  return [...new Set([...group.fields.subnets, ...(balancer?.fields.subnets ?? [])])];
}

/**
 * What is there of a cluster: its group, whatever a roll has called it since, what that launches from, and the load
 * balancer.
 *
 * @throws RollError exit 3 where a roll is under way, several groups are the cluster's, or one is being deleted
 */
export async function readExisting(
  cloud: Cloud,
  creation: Creation,
  spec: ClusterSpec,
): Promise<ExistingResources> {
  const [name, balancer] = await Promise.all([
    findGroupName(cloud, spec.cluster),
    spec.balancer && creation.findLoadBalancer(spec.balancer.name),
  ]);
  const group = name === undefined ? undefined : await creation.findGroup(name);
  if (name === undefined || group === undefined) {
    const { kind, name: wanted } = spec.launchSource;
    return {
      loadBalancer: balancer,
      launchSource: await creation.findLaunchSource(kind, wanted),
      group: undefined,
    };
  }
  const { launchSource: launch } = group;
  const version = launch?.kind === 'launch-template' ? launch.version : undefined;
  const template = launch && (await creation.findLaunchSource(launch.kind, launch.name, version));
  return { loadBalancer: balancer, launchSource: template, group: { ...group, name } };
}

async function findGroupName(cloud: Cloud, cluster: string): Promise<string | undefined> {
  const found = await findGroup(cloud, cluster);
  if (found?.deleting) throw groupBeingDeleted(found);
  return found?.name;
}

async function findGroup(cloud: Cloud, cluster: string): Promise<Group | undefined> {
  try {
    const { old, recorded } = await findCluster(cloud, cluster, undefined);
    if (recorded !== undefined) throw rollInProgress(cluster, recorded.rollId);
    return old;
  } catch (thrown) {
    if (thrown instanceof RollError && thrown.code === 'cluster-not-found') return undefined;
    throw thrown;
  }
}

function rollInProgress(cluster: string, rollId: string): RollError {
  return new RollError({
    code: 'roll-under-way',
    message: `Roll ${rollId} of the cluster ${cluster} is under way, so its group cannot be held against the file.`,
    kind: 'refused',
    next: `see where it is: consul-roll status --cluster ${cluster}`,
  });
}

function groupBeingDeleted({ name }: Group): RollError {
  return new RollError({
    code: 'group-being-deleted',
    message: `The group ${name} is still being deleted.`,
    kind: 'refused',
    next: 'wait until it is gone, then run the same command again',
  });
}
