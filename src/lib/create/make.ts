import { RollError } from '../errors.js';
import type { CreationEvent, CreationPlan, PlannedResource } from '../model/creation.js';
import type { LaunchFrom } from '../model/template.js';
import type { Creation } from '../ports/creation.js';
import type { Clock } from '../ports.js';

/** What is needed to make what is missing. */
export interface Workshop {
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
export async function makeMissing(
  { creation, clock, replan }: Workshop,
  plan: CreationPlan,
  signal: AbortSignal,
  emit: (event: CreationEvent) => void,
): Promise<void> {
  let { launch } = plan;
  for (const resource of plan.resources) {
    if (resource.state === 'exists' || resource.state === 'differs') continue;
    if (signal.aborted) return;
    emit({ kind: 'making', atMs: clock.now(), resource });
    launch =
      (await unlessThereByNow(resource, replan, () => make(creation, plan, resource, launch))) ?? launch;
    emit({ kind: 'made', atMs: clock.now(), resource });
  }
}

/** What a group can launch from is handed on to the making of the group. */
async function make(
  creation: Creation,
  { blueprint }: CreationPlan,
  { kind }: PlannedResource,
  launch: LaunchFrom | undefined,
): Promise<LaunchFrom | undefined> {
  const { balancer, template, group, cluster } = blueprint;
  if (kind === 'load-balancer' && balancer) await creation.createBalancer(balancer.name, balancer.fields);
  if (kind === 'launch-template' || kind === 'launch-configuration') return creation.createTemplate(template);
  if (kind === 'group' && launch) await creation.createGroup(group.name, group.fields, launch, cluster);
  return undefined;
}

/** An answer that got lost makes the SDK ask again, and then what it has made itself is in its way. */
async function unlessThereByNow(
  resource: PlannedResource,
  replan: () => Promise<CreationPlan>,
  making: () => Promise<LaunchFrom | undefined>,
): Promise<LaunchFrom | undefined> {
  try {
    return await making();
  } catch (thrown) {
    if (!(thrown instanceof RollError) || thrown.code !== 'made-meanwhile') throw thrown;
    const { resources, launch } = await replan();
    const now = resources.find(({ kind, name }) => kind === resource.kind && name === resource.name);
    if (now?.state !== 'exists') throw thrown;
    return launch;
  }
}
