import type { ClusterFile } from '../cluster-file/schema.js';
import { RollError } from '../errors.js';
import type { CreationPlan } from '../model/creation.js';
import { EXIT } from '../outcomes.js';
import { blueprintOf } from './blueprint.js';
import { type AccountFacts, checkAccount, subnetsOf } from './checks.js';
import type { CreationEngine } from './engine.js';
import { lookAround } from './look.js';
import { planCreation } from './plan.js';

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
