import type { Group } from '../../model/group.js';
import type { Intent } from '../../model/intent.js';
import { listBalancers } from '../../model/load-balancer.js';
import type { Observation, PreflightFacts } from '../../model/observation.js';
import { parseHost } from '../../model/server.js';
import type { Engine } from '../engine.js';

/** What the preflight checks need and no later observation does: read once, in parallel. */
export async function readPreflightFacts(
  engine: Engine,
  group: Group,
  intent: Intent,
  observation: Observation,
): Promise<PreflightFacts> {
  const { cloud } = engine;
  const [account, image, architectures, refreshInProgress, subnets, quota, autopilot, targetGroups] = await Promise.all(
    [
      cloud.readAccountId(),
      cloud.findImage(intent.imageId),
      readArchitectures(engine, group),
      cloud.isRefreshInProgress(group.name),
      cloud.countFreeAddresses(group.subnets),
      cloud.readQuota(),
      readAutopilotSettings(engine, observation),
      cloud.describeTargetGroups(listBalancers(group)),
    ],
  );
  const read = { account, image, architectures, refreshInProgress, subnets, quota, autopilot, targetGroups };
  return {
    ...read,
    ...(await readLaunchSourceFacts(engine, intent)),
    notCopied: await cloud.listNotCopied(group.name),
  };
}

/** The architectures that every instance type of the group supports. */
async function readArchitectures({ cloud }: Engine, { launchSource, instanceType }: Group) {
  const overrides = launchSource.kind === 'mixed' ? launchSource.overrides : [];
  const types = new Set([instanceType, ...overrides.map((one) => one.instanceType)]);
  const supported = await Promise.all(
    [...types].map((type) => (type === undefined ? undefined : cloud.findArchitectures(type))),
  );
  const known = supported.filter((one) => one !== undefined);
  const [first] = known;
  return first?.filter((architecture) => known.every((one) => one.includes(architecture)));
}

async function readLaunchSourceFacts(
  { cloud }: Engine,
  { previousLaunchSource: from, nextLaunchSource: to }: Intent,
): Promise<Pick<PreflightFacts, 'launchTemplateUsers' | 'unsupportedSettings'>> {
  if (to.kind === 'launch-template-version')
    return { launchTemplateUsers: await cloud.listLaunchTemplateUsers(to.id), unsupportedSettings: [] };
  const isSameKind = from.kind === to.kind;
  return {
    launchTemplateUsers: [],
    unsupportedSettings: isSameKind ? [] : await cloud.findUnsupportedSettings(from, to.kind),
  };
}

async function readAutopilotSettings(
  { consul }: Engine,
  observation: Observation,
): Promise<PreflightFacts['autopilot']> {
  return observation.raft === undefined ? undefined : consul.readAutopilot(parseHost(observation.raft.leader));
}
