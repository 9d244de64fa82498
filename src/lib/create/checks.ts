import type { ClusterSpec, CreationPlan } from '../model/cluster-spec.js';
import { RollError } from '../model/errors.js';
import type { PreflightFacts } from '../model/observation.js';
import type { ExistingLoadBalancer } from '../ports.js';
import type { CreationEngine } from './create.js';

/** What is read of the account before anything is created. */
type AccountFacts = Pick<PreflightFacts, 'image' | 'architectures' | 'subnets' | 'quota'> & {
  /** The existing load balancers that the file names; undefined for a missing one. */
  readonly existing: Readonly<Record<string, ExistingLoadBalancer | undefined>>;
};

interface FailedAccountCheck {
  readonly subject: string;
  readonly observed: string;
  readonly remedy: string;
}

/**
 * Refuses a plan before anything is created: an existing resource differs, or the account cannot hold the cluster.
 *
 * @throws RollError `resource-differs` or `account-unfit`
 */
export async function assertCreatable(engine: CreationEngine, plan: CreationPlan): Promise<void> {
  const different = plan.resources.filter(({ state }) => state === 'differs');
  if (different.length > 0) throw clusterDiffersError(plan);
  if (plan.resources.every(({ state }) => state === 'exists')) return;
  const facts = await readAccountFacts(engine, plan);
  const failed = ACCOUNT_CHECKS.flatMap((check) => check(facts, plan) ?? []);
  if (failed.length === 0) return;
  throw new RollError({
    code: 'account-unfit',
    message: failed.map(({ subject, observed }) => `${subject}: ${observed}`).join('; '),
    kind: 'refused',
    next: failed.map(({ remedy }) => remedy).join('; '),
  });
}

async function readAccountFacts({ cloud, creation }: CreationEngine, plan: CreationPlan): Promise<AccountFacts> {
  const { launchSource, group, balancer } = plan.spec;
  const others = group.fields.balancers.filter((name) => name !== balancer?.name);
  const [image, architectures, subnets, quota, existing] = await Promise.all([
    cloud.findImage(launchSource.fields.image),
    cloud.findArchitectures(launchSource.fields.instanceType),
    cloud.countFreeAddresses(listSubnets(plan.spec)),
    cloud.readQuota(),
    Promise.all(others.map(async (name) => [name, await creation.findLoadBalancer(name)] as const)),
  ]);
  return { image, architectures, subnets, quota, existing: Object.fromEntries(existing) };
}

/** `create` never changes an existing resource. */
function clusterDiffersError({ spec, resources }: CreationPlan): RollError {
  const { cluster, launchSource } = spec;
  const differing = resources.flatMap(({ kind, name, differences }) =>
    differences.map(({ field, is, wanted }) => {
      const how = is === undefined ? 'differs' : `is ${is}, the file says ${wanted}`;
      return `${kind.replace('-', ' ')} ${name}: ${field} ${how}`;
    }),
  );
  const onlyImage = resources.every(({ differences }) => differences.every(({ field }) => field === 'image'));
  return new RollError({
    code: 'resource-differs',
    message: ['Existing resources differ from the file:', ...differing].join('\n'),
    kind: 'refused',
    state: 'Nothing was changed: create only adds missing resources, and never changes an existing one.',
    next: onlyImage
      ? `roll it onto the image of the file: consul-roll upgrade --cluster ${cluster} --ami ${launchSource.fields.image}`
      : 'change the file to match the resources, or change the resources by hand',
  });
}

type AccountCheck = (facts: AccountFacts, plan: CreationPlan) => FailedAccountCheck | undefined;

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
    const remedy = 'check the id and the region, and share the image with the account';
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

function checkSubnetsExist({ subnets }: AccountFacts, { spec }: CreationPlan): FailedAccountCheck | undefined {
  const found = subnets.map(({ id }) => id);
  const missing = listSubnets(spec).filter((id) => !found.includes(id));
  if (missing.length === 0) return undefined;
  const observed = `${missing.join(', ')} not found in this region`;
  return { subject: 'subnets', observed, remedy: 'check subnets and region' };
}

function checkFreeAddresses({ subnets }: AccountFacts, { spec }: CreationPlan): FailedAccountCheck | undefined {
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
  const configurations = makes('launch-configuration') && quota.launchConfigurationsLeft < 1;
  if (!groups && !configurations) return undefined;
  return {
    subject: 'quota',
    observed: `no more ${groups ? 'groups' : 'launch configurations'} are allowed`,
    remedy: 'delete unused ones, or request a higher quota in Service Quotas',
  };
}

function checkLoadBalancersExist({ existing }: AccountFacts): FailedAccountCheck | undefined {
  const missing = Object.keys(existing).filter((name) => existing[name] === undefined);
  if (missing.length === 0) return undefined;
  return {
    subject: 'load balancers',
    observed: `${missing.join(', ')} not found in this region`,
    remedy: 'check existing.loadBalancers, or describe a new one under loadBalancer',
  };
}

/** The subnets of the servers and of the load balancer. */
function listSubnets({ group, balancer }: ClusterSpec): readonly string[] {
  return [...new Set([...group.fields.subnets, ...(balancer?.fields.subnets ?? [])])];
}
