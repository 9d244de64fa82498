import { balancersOf } from '../model/balancer.js';
import type { CreationEvent, CreationPlan, CreationResult } from '../model/creation.js';
import { awaitCluster, type Patience } from './await.js';
import type { CreationEngine } from './engine.js';
import { makeMissing } from './make.js';

/**
 * Makes what is missing of a plan and waits until the cluster is whole.
 *
 * @throws RollError exit 3 where AWS refuses to make something
 */
export async function createCluster(
  engine: CreationEngine,
  plan: CreationPlan,
  replan: () => Promise<CreationPlan>,
  patience: Patience,
  emit: (event: CreationEvent) => void,
): Promise<CreationResult> {
  const { clock, creation } = engine;
  const sinceMs = clock.now();
  for (const resource of plan.resources) emit({ kind: 'found', atMs: sinceMs, resource });
  const complete = plan.resources.every(({ state }) => state === 'exists');
  await makeMissing({ creation, clock, replan }, plan, patience.signal, emit);
  if (patience.signal.aborted) {
    const elapsedMs = clock.now() - sinceMs;
    return { outcome: 'interrupted', plan, dnsName: undefined, lacking: [], survey: undefined, elapsedMs };
  }
  const { cluster, group, balancer, size } = plan.blueprint;
  const groupName = plan.resources.find(({ kind }) => kind === 'group')?.name ?? group.name;
  const expected = { cluster, group: groupName, balancers: balancersOf(group.fields), size };
  const { survey, lacking, interrupted } = await awaitCluster(engine, expected, patience, emit);
  const seen = balancer && (await creation.balancer(balancer.name));
  return {
    outcome: interrupted ? 'interrupted' : outcomeOf(lacking.length === 0, complete),
    plan,
    dnsName: seen?.dnsName,
    lacking,
    survey,
    elapsedMs: clock.now() - sinceMs,
  };
}

function outcomeOf(whole: boolean, complete: boolean): CreationResult['outcome'] {
  if (!whole) return 'lacking';
  return complete ? 'there-already' : 'created';
}
