import type { Action, ActionKind } from '../model/action.js';
import { RollError } from '../model/errors.js';
import type { Group } from '../model/group.js';
import { buildSentinelKey, buildVersionDescription, type Intent } from '../model/intent.js';
import type { Memory, Observation } from '../model/observation.js';
import { parseHost, type Side } from '../model/server.js';
import { buildTags, listRecordKeys, readIntent, readRecordedSide } from '../model/tags.js';
import type { Engine } from './engine.js';

/** Where an action takes place: the outside, the look it was checked against, and what the roll wants. */
export interface EffectContext {
  readonly engine: Engine;
  readonly observation: Observation;
  readonly intent: Intent;
}

/**
 * Carries out one kind of action: one effect, that can be repeated with the same end. It may hand back what only
 * it has learned, for the history.
 */
export type Effect<K extends ActionKind> = (
  stage: EffectContext,
  action: Extract<Action, { readonly kind: K }>,
) => Promise<Partial<Memory> | undefined>;

/** The address of the leader this look agreed on. */
export function requireLeaderHost({ observation }: EffectContext): string {
  if (observation.raft !== undefined) return parseHost(observation.raft.leader);
  throw new RollError({
    code: 'no-leader',
    message: 'There is no leader to carry this out.',
    kind: 'quorum-at-risk',
    state: 'Nothing was changed by this step.',
    next: 'look again: consul-roll status',
  });
}

/** The error of an account in which AWS makes no launch configuration, however often it is asked. */
const LAUNCH_CONFIGURATIONS_REFUSED = 'launch-configurations-refused';

/** Makes a template; where AWS will never make it in this account, that is remembered and decides what is next. */
export async function createUnlessRefused(make: () => Promise<void>): Promise<Partial<Memory> | undefined> {
  try {
    await make();
    return undefined;
  } catch (error) {
    if (!(error instanceof RollError) || error.code !== LAUNCH_CONFIGURATIONS_REFUSED) throw error;
    return { launchSourceRefused: error.message };
  }
}

/** Attaches the load balancers to the group, so that what it launches later is registered by itself. */
export const executeAttachLoadBalancers: Effect<'attach-load-balancers'> = async (
  { engine },
  { group, balancers },
) => {
  await engine.cloud.attachLoadBalancers(group, balancers);
  return undefined;
};

/** Makes a template of the other kind with what the old one says, and the new image. */
export const executeConvertLaunchSource: Effect<'convert-launch-source'> = (
  { engine, intent },
  { from, to, imageId },
) =>
  createUnlessRefused(() =>
    engine.cloud.convertLaunchSource(from, to, buildVersionDescription(intent), imageId),
  );

/** Gives the new group the warm pool that the old one has. */
export const executeCopyWarmPool: Effect<'copy-warm-pool'> = async ({ engine }, { from, group }) => {
  await engine.cloud.copyWarmPool(from, group);
  return undefined;
};

/** Copies the group whole, empty, with the roll recorded on it from its first moment. */
export const executeCreateGroup: Effect<'create-group'> = async (
  { engine, intent },
  { from, name, launchSource },
) => {
  await engine.cloud.createGroup(from, name, launchSource, buildTags(intent, 'new'));
  return undefined;
};

/** Copies the launch configuration with the new image. Its name is unique, so two rolls cannot both make it. */
export const executeCreateLaunchConfiguration: Effect<'create-launch-configuration'> = (
  { engine },
  { from, name, imageId },
) => createUnlessRefused(() => engine.cloud.createLaunchConfiguration(from, name, imageId));

/** Adds a version with the new image to the old group's launch template. */
export const executeCreateLaunchTemplateVersion: Effect<'create-launch-template-version'> = async (
  { engine, intent },
  { launchSource: template, imageId },
) => {
  await engine.cloud.createLaunchTemplateVersion(
    { id: template.id, version: template.resolved },
    buildVersionDescription(intent),
    imageId,
  );
  return undefined;
};

/** Deletes an empty group. */
export const executeDeleteGroup: Effect<'delete-group'> = async ({ engine }, { group }) => {
  await engine.cloud.deleteGroup(group);
  return undefined;
};

/** Deletes the launch template that the roll made. */
export const executeDeleteLaunchTemplate: Effect<'delete-launch-template'> = async ({ engine }, { id }) => {
  await engine.cloud.deleteLaunchTemplate(id);
  return undefined;
};

/** Deletes the sentinel key through the leader. */
export const executeDeleteSentinel: Effect<'delete-sentinel'> = async (stage) => {
  await stage.engine.consul.deleteKey(requireLeaderHost(stage), buildSentinelKey(stage.intent.cluster));
  return undefined;
};

/** Deletes a launch configuration, or remembers that another group still launches from it. */
export const executeDeleteLaunchConfiguration: Effect<'delete-launch-configuration'> = async (
  { engine, observation },
  { name },
) => {
  const answer = await engine.cloud.deleteLaunchConfiguration(name);
  return answer === 'in-use'
    ? { launchConfigurationsInUse: [...observation.memory.launchConfigurationsInUse, name] }
    : undefined;
};

/** Deletes the version of a launch template that the roll made. */
export const executeDeleteLaunchTemplateVersion: Effect<'delete-launch-template-version'> = async (
  { engine },
  { id, version },
) => {
  await engine.cloud.deleteLaunchTemplateVersion(id, version);
  return undefined;
};

/** Deletes the warm pool of a group that has no servers any more. */
export const executeDeleteWarmPool: Effect<'delete-warm-pool'> = async ({ engine }, { group }) => {
  await engine.cloud.deleteWarmPool(group);
  return undefined;
};

/** Takes one server out of the load balancers, which let its open connections end. */
export const executeDeregister: Effect<'deregister'> = async ({ engine }, { instanceId, balancers }) => {
  await Promise.all(balancers.map((balancer) => engine.cloud.deregister(balancer, [instanceId])));
  return undefined;
};

/** Removes the roll's record from a group. */
export const executeClearRecord: Effect<'clear-record'> = async ({ engine, observation }, { group }) => {
  const recorded = [observation.old, observation.new].find((one) => one?.name === group);
  if (recorded !== undefined) await engine.cloud.untag(group, listRecordKeys(recorded));
  return undefined;
};

/** Suspends the processes with which a group would act on its own. */
export const executeSuspendProcesses: Effect<'suspend-processes'> = async (
  { engine },
  { group, processes },
) => {
  await engine.cloud.suspendProcesses(group, processes);
  return undefined;
};

/** Sets how many servers a group should have; Auto Scaling launches the missing ones. */
export const executeScaleOut: Effect<'scale-out'> = async ({ engine }, { group, to }) => {
  await engine.cloud.setSizes(group, { desired: to });
  return undefined;
};

/** Records that the group is the new one from here on. */
export const executeCompleteInPlace: Effect<'complete-in-place'> = async ({ engine, intent }, { group }) => {
  await engine.cloud.tag(group, buildTags(intent, 'new'));
  return undefined;
};

/** Asks one server, on its own address, to leave; whether it did is read from Raft at the next looks. */
export const executeLeave: Effect<'leave'> = async ({ engine }, { address }) => {
  await engine.consul.requestLeave(address);
  return undefined;
};

/** Lets a group shrink to nothing, one named instance at a time. */
export const executeSetMinSize: Effect<'set-min-size'> = async ({ engine }, { group }) => {
  await engine.cloud.setSizes(group, { minSize: 0 });
  return undefined;
};

/** Lets a group have more servers than the cluster has. */
export const executeSetMaxSize: Effect<'set-max-size'> = async ({ engine }, { group, to }) => {
  await engine.cloud.setSizes(group, { maxSize: to });
  return undefined;
};

/** Writes what the roll wants onto a group of it, the old one first, so that any machine with credentials can carry on. */
export const executeWriteIntent: Effect<'write-intent'> = async (
  { engine, intent },
  { group, side = 'old' },
) => {
  await engine.cloud.tag(group, buildTags(intent, side));
  return undefined;
};

/** Puts servers that passed every gate into the load balancers. */
export const executeRegister: Effect<'register'> = async ({ engine }, { instanceIds, balancers }) => {
  await Promise.all(balancers.map((balancer) => engine.cloud.register(balancer, instanceIds)));
  return undefined;
};

/** Has the leader strike a Raft peer whose instance is gone. */
export const executeRemovePeer: Effect<'remove-peer'> = async (stage, { peerId }) => {
  await stage.engine.consul.removePeer(requireLeaderHost(stage), peerId);
  return undefined;
};

/** Gives a group the sizes the cluster had before the roll. */
export const executeRestoreSize: Effect<'restore-size'> = async ({ engine }, { group, sizes }) => {
  await engine.cloud.setSizes(group, sizes);
  return undefined;
};

/** The group launches from another template from now on; the servers it has stay as they are. */
export const executeSetLaunchSource: Effect<'set-launch-source'> = async (
  { engine },
  { group, launchSource },
) => {
  await engine.cloud.setLaunchSource(group, launchSource);
  return undefined;
};

/** Saves a verified snapshot of Consul's state beside the operator, before the first change. */
export const executeSaveSnapshot: Effect<'save-snapshot'> = async (stage) => {
  const { engine, intent } = stage;
  const bytes = await engine.consul.takeSnapshot(requireLeaderHost(stage));
  const path = await engine.files.save(`${intent.cluster}-${intent.rollId}.snap`, bytes);
  return { snapshot: { path, bytes: bytes.byteLength } };
};

/** Moves what `$Default` of a launch template stands for. */
export const executeSetDefaultVersion: Effect<'set-default-version'> = async (
  { engine },
  { id, version },
) => {
  await engine.cloud.setDefaultLaunchTemplateVersion(id, version);
  return undefined;
};

/** Terminates one instance by name, and shrinks its group with it. */
export const executeTerminate: Effect<'terminate'> = async ({ engine }, { instanceId }) => {
  await engine.cloud.terminate(instanceId);
  return undefined;
};

/** Resumes processes that the roll had suspended. */
export const executeResumeProcesses: Effect<'resume-processes'> = async (
  { engine },
  { group, processes },
) => {
  await engine.cloud.resumeProcesses(group, processes);
  return undefined;
};

/** Asks the leader to hand over; one that cannot will leave, and the others elect. */
export const executeTransferLeadership: Effect<'transfer-leadership'> = async (stage, { peerId }) => {
  await stage.engine.consul.transferLeadership(requireLeaderHost(stage), peerId);
  return undefined;
};

/** A group that launches nothing wants no more servers than it has. */
export const executeLowerDesired: Effect<'lower-desired'> = async ({ engine }, { group, to }) => {
  await engine.cloud.setSizes(group, { desired: to });
  return undefined;
};

/** Records that the roll goes back from here; the next look reads it, on this machine or another. */
export const executeStartRollback: Effect<'start-rollback'> = async ({ engine, observation, intent }) => {
  const back = { ...intent, direction: 'rollback' } as const;
  const mark = async (group: Group | undefined, side: Side) => {
    // A process that died between the two has marked one of them.
    if (group === undefined || readIntent(group)?.direction === 'rollback') return;
    await engine.cloud.tag(group.name, buildTags(back, readRecordedSide(group) ?? side));
  };
  await mark(observation.old, 'old');
  await mark(observation.new, 'new');
  return undefined;
};

/** Writes the sentinel key through the leader. */
export const executeWriteSentinel: Effect<'write-sentinel'> = async (stage, { value }) => {
  await stage.engine.consul.writeKey(requireLeaderHost(stage), buildSentinelKey(stage.intent.cluster), value);
  return undefined;
};

/** Every kind of action and the file that carries it out. */
const EFFECTS: { readonly [K in ActionKind]: Effect<K> } = {
  'save-snapshot': executeSaveSnapshot,
  'write-intent': executeWriteIntent,
  'suspend-processes': executeSuspendProcesses,
  'create-launch-configuration': executeCreateLaunchConfiguration,
  'create-launch-template-version': executeCreateLaunchTemplateVersion,
  'convert-launch-source': executeConvertLaunchSource,
  'create-group': executeCreateGroup,
  'set-default-version': executeSetDefaultVersion,
  'write-sentinel': executeWriteSentinel,
  'scale-out': executeScaleOut,
  register: executeRegister,
  'set-min-size': executeSetMinSize,
  deregister: executeDeregister,
  'transfer-leadership': executeTransferLeadership,
  leave: executeLeave,
  'remove-peer': executeRemovePeer,
  terminate: executeTerminate,
  'attach-load-balancers': executeAttachLoadBalancers,
  'copy-warm-pool': executeCopyWarmPool,
  'delete-warm-pool': executeDeleteWarmPool,
  'delete-group': executeDeleteGroup,
  'delete-launch-configuration': executeDeleteLaunchConfiguration,
  'delete-launch-template-version': executeDeleteLaunchTemplateVersion,
  'delete-launch-template': executeDeleteLaunchTemplate,
  'restore-size': executeRestoreSize,
  'resume-processes': executeResumeProcesses,
  'delete-sentinel': executeDeleteSentinel,
  'clear-record': executeClearRecord,
  'complete-in-place': executeCompleteInPlace,
  'set-max-size': executeSetMaxSize,
  'set-launch-source': executeSetLaunchSource,
  'lower-desired': executeLowerDesired,
  'start-rollback': executeStartRollback,
};

/**
 * Carries out one action.
 *
 * @returns what only the effect has learned, for the history
 * @throws what AWS or Consul answers; the next look tells how far it got
 */
export function executeAction(stage: EffectContext, action: Action): Promise<Partial<Memory> | undefined> {
  return findEffect(action.kind)(stage, action);
}

/** The table's type ties each effect to its own action; looked up by a kind it takes any. */
function findEffect(kind: ActionKind): Effect<ActionKind> {
  return EFFECTS[kind] as Effect<ActionKind>;
}
