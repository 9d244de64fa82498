import { runLaunchChecks } from '../engine/checks/account.js';
import { type CheckDefinition, type CheckOutcome, fail, pass, runDefinition } from '../engine/checks/check.js';
import type { CheckResult } from '../model/check.js';
import type { ClusterSpec, CreationPlan } from '../model/cluster-spec.js';
import { formatFlag, RollError } from '../model/errors.js';
import type { PreflightFacts } from '../model/observation.js';
import type { ExistingLoadBalancer } from '../ports.js';
import type { CreationEngine } from './create.js';

/** What is read of the account before anything is created. */
type CreationFacts = Pick<PreflightFacts, 'image' | 'architectures' | 'subnets' | 'quota'> & {
  /** The existing load balancers that the file names; undefined for a missing one. */
  readonly existing: Readonly<Record<string, ExistingLoadBalancer | undefined>>;
};

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
  const failed = runChecks(facts, plan).filter(({ status }) => status === 'fail');
  if (failed.length === 0) return;
  throw new RollError({
    code: 'account-unfit',
    message: failed.map(({ subject, observed }) => `${subject}: ${observed}`).join('; '),
    kind: 'refused',
    next: failed.flatMap(({ remedy }) => remedy ?? []).join('; '),
  });
}

async function readAccountFacts({ cloud, creation }: CreationEngine, plan: CreationPlan): Promise<CreationFacts> {
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
    message: ['Existing resources differ from the file:', ...differing],
    kind: 'refused',
    state: 'Nothing was changed: create only adds missing resources, and never changes an existing one.',
    next: onlyImage
      ? `roll it onto the image of the file: consul-roll upgrade ${formatFlag('cluster', cluster)} --ami ${launchSource.fields.image}`
      : 'change the file to match the resources, or change the resources by hand',
  });
}

interface NamedResources {
  readonly facts: CreationFacts;
  readonly spec: ClusterSpec;
}

/** The resources that the file only names. */
const NAMED_RESOURCE_CHECKS: readonly CheckDefinition<NamedResources, undefined>[] = [
  {
    id: 'subnets-exist',
    subject: 'subnets',
    about: 'The subnets of the file exist in this region.',
    run: ({ facts, spec }) =>
      reportMissing(listSubnets(spec).filter((id) => !facts.subnets.some((one) => one.id === id))),
    remedy: 'check subnets and region',
  },
  {
    id: 'load-balancers-exist',
    subject: 'load balancers',
    about: 'The existing load balancers of the file exist in this region.',
    run: ({ facts: { existing } }) =>
      reportMissing(Object.keys(existing).filter((name) => existing[name] === undefined)),
    remedy: 'check existing.loadBalancers, or describe a new one under loadBalancer',
  },
];

function reportMissing(missing: readonly string[]): CheckOutcome {
  return missing.length === 0 ? pass('all found') : fail(`${missing.join(', ')} not found in this region`);
}

function runChecks(facts: CreationFacts, { spec, resources }: CreationPlan): readonly CheckResult[] {
  const { image: imageId, instanceType } = spec.launchSource.fields;
  const creates = (kind: string) => resources.some((one) => one.kind === kind && one.state === 'missing');
  const subnets = facts.subnets.filter(({ id }) => spec.group.fields.subnets.includes(id));
  const launch = runLaunchChecks({
    facts: { ...facts, subnets },
    imageId,
    instanceType,
    servers: spec.size,
    createsGroup: creates('group'),
    createsLaunchConfiguration: creates('launch-configuration'),
  });
  return [...launch, ...NAMED_RESOURCE_CHECKS.map((check) => runDefinition(check, { facts, spec }))];
}

/** The subnets of the servers and of the load balancer. */
function listSubnets({ group, balancer }: ClusterSpec): readonly string[] {
  return [...new Set([...group.fields.subnets, ...(balancer?.fields.subnets ?? [])])];
}
