import type { Engine } from '../engine/engine.js';
import type { CreationEvent, CreationPlan, CreationResult, PlannedResource } from '../model/cluster-spec.js';
import { RollError } from '../model/errors.js';
import type { LaunchSource } from '../model/launch-source.js';
import { listBalancers } from '../model/load-balancer.js';
import type { Clock, Creation } from '../ports.js';
import { type WaitLimits, waitForCluster } from './await-cluster.js';

/**
 * Makes what is missing of a plan and waits until the cluster is whole.
 *
 * @throws RollError exit 3 where AWS refuses to make something
 */
export async function createCluster(
  engine: CreationEngine,
  plan: CreationPlan,
  replan: () => Promise<CreationPlan>,
  patience: WaitLimits,
  emit: (event: CreationEvent) => void,
): Promise<CreationResult> {
  const { clock, creation } = engine;
  const sinceMs = clock.now();
  for (const resource of plan.resources) emit({ kind: 'found', atMs: sinceMs, resource });
  const complete = plan.resources.every(({ state }) => state === 'exists');
  await createMissingResources({ creation, clock, replan }, plan, patience.signal, emit);
  if (patience.signal.aborted) {
    const elapsedMs = clock.now() - sinceMs;
    return {
      outcome: 'interrupted',
      plan,
      dnsName: undefined,
      unmetConditions: [],
      observation: undefined,
      elapsedMs,
    };
  }
  const { cluster, group, balancer, size } = plan.spec;
  const groupName = plan.resources.find(({ kind }) => kind === 'group')?.name ?? group.name;
  const expected = { cluster, group: groupName, balancers: listBalancers(group.fields), size };
  const {
    survey: observation,
    missing: unmetConditions,
    interrupted,
  } = await waitForCluster(engine, expected, patience, emit);
  const seen = balancer && (await creation.findLoadBalancer(balancer.name));
  return {
    outcome: interrupted ? 'interrupted' : toCreationOutcome(unmetConditions.length === 0, complete),
    plan,
    dnsName: seen?.dnsName,
    unmetConditions,
    observation,
    elapsedMs: clock.now() - sinceMs,
  };
}

function toCreationOutcome(whole: boolean, complete: boolean): CreationResult['outcome'] {
  if (!whole) return 'missing';
  return complete ? 'existing' : 'created';
}

/** What `create` needs of the outside. */
export interface CreationEngine extends Engine {
  readonly creation: Creation;
}

/** What is needed to make what is missing. */
export interface CreateContext {
  readonly creation: Creation;
  readonly clock: Clock;
  /** The plan again, from what is there by now. */
  replan(): Promise<CreationPlan>;
}

/**
 * Makes what is missing, in order: the load balancer, what is launched from, the group. Dying between two of them is
 * no harm: the next run finds what there is.
 *
 * @throws RollError exit 3 where AWS refuses one of them
 */
export async function createMissingResources(
  { creation, clock, replan }: CreateContext,
  plan: CreationPlan,
  signal: AbortSignal,
  emit: (event: CreationEvent) => void,
): Promise<void> {
  let { launchSource: launch } = plan;
  for (const resource of plan.resources) {
    if (resource.state === 'exists' || resource.state === 'differs') continue;
    if (signal.aborted) return;
    emit({ kind: 'making', atMs: clock.now(), resource });
    launch =
      (await ignoreIfCreatedMeanwhile(resource, replan, () =>
        createResource(creation, plan, resource, launch),
      )) ?? launch;
    emit({ kind: 'made', atMs: clock.now(), resource });
  }
}

/** What a group can launch from is handed on to the making of the group. */
async function createResource(
  creation: Creation,
  { spec }: CreationPlan,
  { kind }: PlannedResource,
  launch: LaunchSource | undefined,
): Promise<LaunchSource | undefined> {
  const { balancer, launchSource: template, group, cluster } = spec;
  if (kind === 'load-balancer' && balancer) await creation.createLoadBalancer(balancer.name, balancer.fields);
  if (kind === 'launch-template' || kind === 'launch-configuration')
    return creation.createLaunchSource(template);
  if (kind === 'group' && launch) await creation.createGroup(group.name, group.fields, launch, cluster);
  return undefined;
}

/** An answer that got lost makes the SDK ask again, and then what it has made itself is in its way. */
async function ignoreIfCreatedMeanwhile(
  resource: PlannedResource,
  replan: () => Promise<CreationPlan>,
  making: () => Promise<LaunchSource | undefined>,
): Promise<LaunchSource | undefined> {
  try {
    return await making();
  } catch (thrown) {
    if (!(thrown instanceof RollError) || thrown.code !== 'made-meanwhile') throw thrown;
    const { resources, launchSource: launch } = await replan();
    const now = resources.find(({ kind, name }) => kind === resource.kind && name === resource.name);
    if (now?.state !== 'exists') throw thrown;
    return launch;
  }
}
