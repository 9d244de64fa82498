import type { Group } from '../../model/group.js';
import type { Intent } from '../../model/intent.js';
import { balancersOf } from '../../model/load-balancer.js';
import type { Facts, Survey } from '../../model/observation.js';
import { hostOf } from '../../model/server.js';
import type { Engine } from '../engine.js';

/** What the preflight wants to know and no later look needs: read once, side by side. */
export async function gatherFacts(
  engine: Engine,
  group: Group,
  intent: Intent,
  survey: Survey,
): Promise<Facts> {
  const { cloud } = engine;
  const [account, image, architectures, refreshInProgress, subnets, quota, autopilot, targetGroups] =
    await Promise.all([
      cloud.account(),
      cloud.image(intent.imageId),
      architecturesOf(engine, group),
      cloud.refreshInProgress(group.name),
      cloud.freeAddresses(group.subnets),
      cloud.quota(),
      autopilotOf(engine, survey),
      cloud.targetGroups(balancersOf(group)),
    ]);
  const read = { account, image, architectures, refreshInProgress, subnets, quota, autopilot, targetGroups };
  return { ...read, ...(await templateFacts(engine, intent)), notCopied: await cloud.notCopied(group.name) };
}

/** What every instance type of the group supports, where a mixed instances policy has several. */
async function architecturesOf({ cloud }: Engine, { template, instanceType }: Group) {
  const overrides = template.kind === 'mixed' ? template.overrides : [];
  const types = new Set([instanceType, ...overrides.map((one) => one.instanceType)]);
  const each = await Promise.all(
    [...types].map((type) => (type === undefined ? undefined : cloud.architectures(type))),
  );
  const known = each.filter((one) => one !== undefined);
  const [first] = known;
  return first?.filter((architecture) => known.every((one) => one.includes(architecture)));
}

async function templateFacts(
  { cloud }: Engine,
  { oldTemplate: from, newTemplate: to }: Intent,
): Promise<Pick<Facts, 'sharers' | 'inexpressible'>> {
  if (to.kind === 'launch-template-version')
    return { sharers: await cloud.sharers(to.id), inexpressible: [] };
  const kept = from.kind === to.kind;
  return { sharers: [], inexpressible: kept ? [] : await cloud.inexpressible(from, to.kind) };
}

async function autopilotOf({ consul }: Engine, survey: Survey): Promise<Facts['autopilot']> {
  return survey.raft === undefined ? undefined : consul.autopilot(hostOf(survey.raft.leader));
}
