import type { Engine } from '../engine/engine.js';
import type { CreationEvent, CreationPlan, CreationResult, PlannedResource } from '../model/cluster-spec.js';
import { RollError } from '../model/errors.js';
import type { LaunchSource } from '../model/launch-source.js';
import { listBalancers } from '../model/load-balancer.js';
import type { Clock, Creation } from '../ports.js';
import { type WaitLimits, waitForCluster } from './await-cluster.js';

/**
 * Creates the missing resources of a plan and waits until the cluster is complete.
 *
 * @throws RollError if AWS refuses to create one
 */
export async function createCluster(
  engine: CreationEngine,
  plan: CreationPlan,
  replan: () => Promise<CreationPlan>,
  limits: WaitLimits,
  emit: (event: CreationEvent) => void,
): Promise<CreationResult> {
  const { clock, creation } = engine;
  const sinceMs = clock.now();
  for (const resource of plan.resources) emit({ kind: 'found', atMs: sinceMs, resource });
  const existed = plan.resources.every(({ state }) => state === 'exists');
  await createMissingResources({ creation, clock, replan }, plan, limits.signal, emit);
  if (limits.signal.aborted) {
    const elapsedMs = clock.now() - sinceMs;
    return { outcome: 'interrupted', plan, dnsName: undefined, unmetConditions: [], observation: undefined, elapsedMs };
  }
  const { cluster, group, balancer, size } = plan.spec;
  const groupName = plan.resources.find(({ kind }) => kind === 'group')?.name ?? group.name;
  const expected = { cluster, group: groupName, balancers: listBalancers(group.fields), size };
  const { observation, unmetConditions, interrupted } = await waitForCluster(engine, expected, limits, emit);
  const created = balancer && (await creation.findLoadBalancer(balancer.name));
  return {
    outcome: interrupted ? 'interrupted' : toCreationOutcome(unmetConditions.length === 0, existed),
    plan,
    dnsName: created?.dnsName,
    unmetConditions,
    observation,
    elapsedMs: clock.now() - sinceMs,
  };
}

function toCreationOutcome(isComplete: boolean, existed: boolean): CreationResult['outcome'] {
  if (!isComplete) return 'missing';
  return existed ? 'existing' : 'created';
}

export interface CreationEngine extends Engine {
  readonly creation: Creation;
}

interface CreateContext {
  readonly creation: Creation;
  readonly clock: Clock;
  /** Plans again, from the resources that exist now. */
  replan(): Promise<CreationPlan>;
}

/**
 * Creates what is missing: the load balancer, the launch source, the group. A run that dies between two of them can be
 * repeated.
 *
 * @throws RollError if AWS refuses to create one
 */
export async function createMissingResources(
  { creation, clock, replan }: CreateContext,
  plan: CreationPlan,
  signal: AbortSignal,
  emit: (event: CreationEvent) => void,
): Promise<void> {
  let { launchSource } = plan;
  for (const resource of plan.resources) {
    if (resource.state === 'exists' || resource.state === 'differs') continue;
    if (signal.aborted) return;
    emit({ kind: 'making', atMs: clock.now(), resource });
    launchSource =
      (await ignoreIfCreatedMeanwhile(resource, replan, () =>
        createResource(creation, plan, resource, launchSource),
      )) ?? launchSource;
  }
}

/** Returns the launch source that it created, which the group needs. */
async function createResource(
  creation: Creation,
  { spec }: CreationPlan,
  { kind }: PlannedResource,
  launchSource: LaunchSource | undefined,
): Promise<LaunchSource | undefined> {
  const { balancer, group, cluster } = spec;
  if (kind === 'load-balancer' && balancer) await creation.createLoadBalancer(balancer.name, balancer.fields);
  if (kind === spec.launchSource.kind) {
    return creation.createLaunchSource(spec.launchSource);
  }
  if (kind === 'group' && launchSource) {
    await creation.createGroup(group.name, group.fields, launchSource, cluster);
  }
  return undefined;
}

/** After a lost response the SDK repeats the call, which then finds what the first one created. */
async function ignoreIfCreatedMeanwhile(
  resource: PlannedResource,
  replan: () => Promise<CreationPlan>,
  create: () => Promise<LaunchSource | undefined>,
): Promise<LaunchSource | undefined> {
  try {
    return await create();
  } catch (thrown) {
    if (!(thrown instanceof RollError) || thrown.code !== 'made-meanwhile') throw thrown;
    const { resources, launchSource } = await replan();
    const now = resources.find(({ kind, name }) => kind === resource.kind && name === resource.name);
    if (now?.state !== 'exists') throw thrown;
    return launchSource;
  }
}
