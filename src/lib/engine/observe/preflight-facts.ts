import type { Group } from '../../model/group.js';
import type { Intent } from '../../model/intent.js';
import { listOverrides } from '../../model/launch-source.js';
import { listBalancers } from '../../model/load-balancer.js';
import type { Observation, PreflightFacts, StrayInstance } from '../../model/observation.js';
import { parseHost, type Refusal } from '../../model/server.js';
import { findOrphanPeers } from '../../model/servers.js';
import type { ProbedRequest } from '../../ports.js';
import type { Engine } from '../engine.js';
import { launchSourceOf } from '../launch-source/launch-sources.js';
import { findExtendedTemplate } from '../launch-source/version-alias.js';
import { findBootstrapSetting } from './bootstrap-setting.js';
import { probeServers } from './probe-servers.js';

/** What the preflight checks need and no later observation does: read once, in parallel. */
export async function readPreflightFacts(
  engine: Engine,
  group: Group,
  intent: Intent,
  observation: Observation,
): Promise<PreflightFacts> {
  const { cloud } = engine;
  const { imageFacts, ...read } = await awaitAll({
    imageFacts: readImageFacts(engine, group, intent.imageId),
    refreshInProgress: cloud.isRefreshInProgress(group.name),
    subnets: cloud.countFreeAddresses(group.subnets),
    quota: cloud.readQuota(),
    autopilot: readAutopilotSettings(engine, observation),
    targetGroups: cloud.describeTargetGroups(listBalancers(group)),
    healthyAfterMs: cloud.readHealthyAfterMs(listBalancers(group)),
    zonalBalancers: cloud.listZonalBalancers(listBalancers(group)),
    snapshotProblem: engine.files.findProblem(),
    leaveRefusals: findRefusals(engine, observation, 'leave'),
    peerRemovalRefusals: findRefusals(engine, observation, 'remove-peer'),
  });
  return {
    ...read,
    ...imageFacts,
    ...(await readLaunchSourceFacts(engine, intent)),
    strays: await findStrays(engine, observation),
    lifecycleHooks: await cloud.readLifecycleHooks(group.name),
    notCopied: await cloud.listNotCopied(group.name),
    bootstrap: findBootstrapSetting(await cloud.readUserData(intent.previousLaunchSource), intent.oldGroup),
  };
}

/** The values of promises that run side by side, by the same names. */
async function awaitAll<Values extends object>(
  pending: {
    readonly [Name in keyof Values]: Promise<Values[Name]>;
  },
): Promise<Values> {
  const entries = Object.entries<Promise<unknown>>(pending).map(async ([name, value]) => [name, await value] as const);
  return Object.fromEntries(await Promise.all(entries)) as Values;
}

/** What decides whether servers can be launched from an image. */
export async function readImageFacts(
  engine: Engine,
  group: Group,
  imageId: string,
): Promise<Pick<PreflightFacts, 'image' | 'architectures'>> {
  const [image, architectures] = await Promise.all([engine.cloud.findImage(imageId), readArchitectures(engine, group)]);
  return { image, architectures };
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

async function findRefusals(
  engine: Engine,
  { servers }: Observation,
  request: ProbedRequest,
): Promise<readonly Refusal[]> {
  const up = servers.filter(({ agent }) => agent.kind === 'up');
  const results = [...(await probeServers(engine, up, request)).values()];
  return results.filter((result) => result !== 'accepted');
}
