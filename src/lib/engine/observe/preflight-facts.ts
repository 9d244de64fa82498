import type { Group } from '../../model/group.js';
import type { Intent } from '../../model/intent.js';
import { listOverrides } from '../../model/launch-source.js';
import { listBalancers } from '../../model/load-balancer.js';
import type { Observation, PreflightFacts, StrayInstance } from '../../model/observation.js';
import { type LeaveRefusal, parseHost } from '../../model/server.js';
import { findOrphanPeers } from '../../model/servers.js';
import type { Engine } from '../engine.js';
import { launchSourceOf } from '../launch-source/launch-sources.js';
import { findExtendedTemplate } from '../launch-source/version-alias.js';
import { findBootstrapSetting } from './bootstrap-setting.js';

/** What the preflight checks need and no later observation does: read once, in parallel. */
export async function readPreflightFacts(
  engine: Engine,
  group: Group,
  intent: Intent,
  observation: Observation,
): Promise<PreflightFacts> {
  const { cloud } = engine;
  const [
    account,
    image,
    architectures,
    refreshInProgress,
    subnets,
    quota,
    autopilot,
    targetGroups,
    leaveRefusals,
    snapshotProblem,
  ] = await Promise.all([
    cloud.readAccountId(),
    cloud.findImage(intent.imageId),
    readArchitectures(engine, group),
    cloud.isRefreshInProgress(group.name),
    cloud.countFreeAddresses(group.subnets),
    cloud.readQuota(),
    readAutopilotSettings(engine, observation),
    cloud.describeTargetGroups(listBalancers(group)),
    probeLeaves(engine, observation),
    engine.files.findProblem(),
  ]);
  const read = {
    account,
    image,
    architectures,
    refreshInProgress,
    subnets,
    quota,
    autopilot,
    targetGroups,
    leaveRefusals,
    snapshotProblem,
  };
  return {
    ...read,
    ...(await readLaunchSourceFacts(engine, intent)),
    strays: await findStrays(engine, observation),
    lifecycleHooks: await cloud.readLifecycleHooks(group.name),
    notCopied: await cloud.listNotCopied(group.name),
    bootstrap: findBootstrapSetting(await cloud.readUserData(intent.previousLaunchSource)),
  };
}

/** The architectures that every instance type of the group supports. */
async function readArchitectures({ cloud }: Engine, { launchSource, instanceType }: Group) {
  const types = new Set([instanceType, ...listOverrides(launchSource).map((one) => one.instanceType)]);
  const supported = await Promise.all(
    [...types].map((type) => (type === undefined ? undefined : cloud.findArchitectures(type))),
  );
  const known = supported.filter((one) => one !== undefined);
  const [first] = known;
  return first?.filter((architecture) => known.every((one) => one.includes(architecture)));
}

async function readLaunchSourceFacts(
  { cloud }: Engine,
  intent: Intent,
): Promise<Pick<PreflightFacts, 'launchTemplateUsers' | 'unsupportedSettings'>> {
  const { previousLaunchSource: from } = intent;
  const extended = findExtendedTemplate(intent);
  const { resourceKind } = launchSourceOf(intent);
  return {
    launchTemplateUsers: extended === undefined ? [] : await cloud.listLaunchTemplateUsers(extended.id),
    unsupportedSettings: from.kind === resourceKind ? [] : await cloud.findUnsupportedSettings(from, resourceKind),
  };
}

async function readAutopilotSettings(
  { consul }: Engine,
  observation: Observation,
): Promise<PreflightFacts['autopilot']> {
  return observation.raft === undefined ? undefined : consul.readAutopilot(parseHost(observation.raft.leader));
}

async function findStrays({ cloud }: Engine, observation: Observation): Promise<readonly StrayInstance[]> {
  const addresses = findOrphanPeers(observation).map(({ address }) => parseHost(address));
  return addresses.length === 0 ? [] : cloud.findInstancesAt(addresses);
}

async function probeLeaves({ consul }: Engine, { servers }: Observation): Promise<readonly LeaveRefusal[]> {
  const up = servers.filter(({ agent }) => agent.kind === 'up');
  const found = await Promise.all(
    up.map(async ({ instanceId, address = '' }) => {
      const refusal = await consul.probeLeave(address);
      return refusal === undefined ? [] : [{ instanceId, ...refusal }];
    }),
  );
  return found.flat();
}
