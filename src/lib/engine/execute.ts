import type { Action, ActionKind } from '../model/action.js';
import { RollError } from '../model/errors.js';
import type { Group } from '../model/group.js';
import { type Intent, markOf, sentinelKey } from '../model/intent.js';
import type { History, Survey } from '../model/observation.js';
import { EXIT } from '../model/outcome.js';
import { hostOf, type Side } from '../model/server.js';
import { intentOf, recordedSide, recordKeys, tagsOf } from '../model/tags.js';
import type { Engine } from './engine.js';

/** Where an action takes place: the outside, the look it was checked against, and what the roll wants. */
export interface Stage {
  readonly engine: Engine;
  readonly survey: Survey;
  readonly intent: Intent;
}

/**
 * Carries out one kind of action: one effect, that can be repeated with the same end. It may hand back what only
 * it has learned, for the history.
 */
export type Effect<K extends ActionKind> = (
  stage: Stage,
  action: Extract<Action, { readonly kind: K }>,
) => Promise<Partial<History> | undefined>;

/** The address of the leader this look agreed on. */
export function leaderHost({ survey }: Stage): string {
  if (survey.raft !== undefined) return hostOf(survey.raft.leader);
  throw new RollError({
    code: 'no-leader',
    message: 'There is no leader to carry this out.',
    exitCode: EXIT.quorumAtRisk,
    state: 'Nothing was changed by this step.',
    next: 'look again: consul-roll status',
  });
}

/** The error of an account in which AWS makes no launch configuration, however often it is asked. */
const NO_CONFIGURATIONS = 'launch-configurations-refused';

/** Makes a template; where AWS will never make it in this account, that is remembered and decides what is next. */
export async function unlessRefusedForGood(make: () => Promise<void>): Promise<Partial<History> | undefined> {
  try {
    await make();
    return undefined;
  } catch (error) {
    if (!(error instanceof RollError) || error.code !== NO_CONFIGURATIONS) throw error;
    return { templateRefused: error.message };
  }
}

/** Attaches the load balancers to the group, so that what it launches later is registered by itself. */
export const attach: Effect<'attach'> = async ({ engine }, { group, balancers }) => {
  await engine.cloud.attach(group, balancers);
  return undefined;
};

/** Makes a template of the other kind with what the old one says, and the new image. */
export const convertTemplate: Effect<'convert-template'> = ({ engine, intent }, { from, to, imageId }) =>
  unlessRefusedForGood(() => engine.cloud.convertTemplate(from, to, markOf(intent), imageId));

/** Gives the new group the warm pool that the old one has. */
export const copyWarmPool: Effect<'copy-warm-pool'> = async ({ engine }, { from, group }) => {
  await engine.cloud.copyWarmPool(from, group);
  return undefined;
};

/** Copies the group whole, empty, with the roll recorded on it from its first moment. */
export const createGroup: Effect<'create-group'> = async ({ engine, intent }, { from, name, template }) => {
  await engine.cloud.createGroup(from, name, template, tagsOf(intent, 'new'));
  return undefined;
};

/** Copies the launch configuration with the new image. Its name is unique, so two rolls cannot both make it. */
export const createTemplate: Effect<'create-template'> = ({ engine }, { from, name, imageId }) =>
  unlessRefusedForGood(() => engine.cloud.createTemplate(from, name, imageId));

/** Adds a version with the new image to the old group's launch template. */
export const createVersion: Effect<'create-version'> = async ({ engine, intent }, { template, imageId }) => {
  await engine.cloud.createVersion({ id: template.id, version: template.resolved }, markOf(intent), imageId);
  return undefined;
};

/** Deletes an empty group. */
export const deleteGroup: Effect<'delete-group'> = async ({ engine }, { group }) => {
  await engine.cloud.deleteGroup(group);
  return undefined;
};

/** Deletes the launch template that the roll made. */
export const deleteLaunchTemplate: Effect<'delete-launch-template'> = async ({ engine }, { id }) => {
  await engine.cloud.deleteLaunchTemplate(id);
  return undefined;
};

/** Deletes the sentinel key through the leader. */
export const deleteSentinel: Effect<'delete-sentinel'> = async (stage) => {
  await stage.engine.consul.delete(leaderHost(stage), sentinelKey(stage.intent.cluster));
  return undefined;
};

/** Deletes a launch configuration, or remembers that another group still launches from it. */
export const deleteTemplate: Effect<'delete-template'> = async ({ engine, survey }, { name }) => {
  const answer = await engine.cloud.deleteTemplate(name);
  return answer === 'in-use' ? { templatesInUse: [...survey.history.templatesInUse, name] } : undefined;
};

/** Deletes the version of a launch template that the roll made. */
export const deleteVersion: Effect<'delete-version'> = async ({ engine }, { id, version }) => {
  await engine.cloud.deleteVersion(id, version);
  return undefined;
};

/** Deletes the warm pool of a group that has no servers any more. */
export const deleteWarmPool: Effect<'delete-warm-pool'> = async ({ engine }, { group }) => {
  await engine.cloud.deleteWarmPool(group);
  return undefined;
};

/** Takes one server out of the load balancers, which let its open connections end. */
export const deregister: Effect<'deregister'> = async ({ engine }, { instanceId, balancers }) => {
  await Promise.all(balancers.map((balancer) => engine.cloud.deregister(balancer, [instanceId])));
  return undefined;
};

/** Removes the roll's record from a group. */
export const forget: Effect<'forget'> = async ({ engine, survey }, { group }) => {
  const recorded = [survey.old, survey.new].find((one) => one?.name === group);
  if (recorded !== undefined) await engine.cloud.untag(group, recordKeys(recorded));
  return undefined;
};

/** Suspends the processes with which a group would act on its own. */
export const freeze: Effect<'freeze'> = async ({ engine }, { group, processes }) => {
  await engine.cloud.suspend(group, processes);
  return undefined;
};

/** Sets how many servers a group should have; Auto Scaling launches the missing ones. */
export const grow: Effect<'grow'> = async ({ engine }, { group, to }) => {
  await engine.cloud.setSizes(group, { desired: to });
  return undefined;
};

/** Records that the group is the new one from here on. */
export const handOver: Effect<'hand-over'> = async ({ engine, intent }, { group }) => {
  await engine.cloud.tag(group, tagsOf(intent, 'new'));
  return undefined;
};

/** Asks one server, on its own address, to leave; whether it did is read from Raft at the next looks. */
export const leave: Effect<'leave'> = async ({ engine }, { address }) => {
  await engine.consul.leave(address);
  return undefined;
};

/** Lets a group shrink to nothing, one named instance at a time. */
export const lowerMinimum: Effect<'lower-minimum'> = async ({ engine }, { group }) => {
  await engine.cloud.setSizes(group, { minSize: 0 });
  return undefined;
};

/** Lets a group have more servers than the cluster has. */
export const raiseMaximum: Effect<'raise-maximum'> = async ({ engine }, { group, to }) => {
  await engine.cloud.setSizes(group, { maxSize: to });
  return undefined;
};

/** Writes what the roll wants onto a group of it, the old one first, so that any machine with credentials can carry on. */
export const recordIntent: Effect<'record-intent'> = async ({ engine, intent }, { group, side = 'old' }) => {
  await engine.cloud.tag(group, tagsOf(intent, side));
  return undefined;
};

/** Puts servers that passed every gate into the load balancers. */
export const register: Effect<'register'> = async ({ engine }, { instanceIds, balancers }) => {
  await Promise.all(balancers.map((balancer) => engine.cloud.register(balancer, instanceIds)));
  return undefined;
};

/** Has the leader strike a Raft peer whose instance is gone. */
export const removePeer: Effect<'remove-peer'> = async (stage, { peerId }) => {
  await stage.engine.consul.removePeer(leaderHost(stage), peerId);
  return undefined;
};

/** Gives a group the sizes the cluster had before the roll. */
export const restoreSize: Effect<'restore-size'> = async ({ engine }, { group, sizes }) => {
  await engine.cloud.setSizes(group, sizes);
  return undefined;
};

/** The group launches from another template from now on; the servers it has stay as they are. */
export const retarget: Effect<'retarget'> = async ({ engine }, { group, template }) => {
  await engine.cloud.setTemplate(group, template);
  return undefined;
};

/** Saves a verified snapshot of Consul's state beside the operator, before the first change. */
export const saveSnapshot: Effect<'save-snapshot'> = async (stage) => {
  const { engine, intent } = stage;
  const bytes = await engine.consul.snapshot(leaderHost(stage));
  const path = await engine.files.save(`${intent.cluster}-${intent.rollId}.snap`, bytes);
  return { snapshot: { path, bytes: bytes.byteLength } };
};

/** Moves what `$Default` of a launch template stands for. */
export const setDefault: Effect<'set-default'> = async ({ engine }, { id, version }) => {
  await engine.cloud.setDefaultVersion(id, version);
  return undefined;
};

/** Terminates one instance by name, and shrinks its group with it. */
export const terminate: Effect<'terminate'> = async ({ engine }, { instanceId }) => {
  await engine.cloud.terminate(instanceId);
  return undefined;
};

/** Resumes processes that the roll had suspended. */
export const thaw: Effect<'thaw'> = async ({ engine }, { group, processes }) => {
  await engine.cloud.resume(group, processes);
  return undefined;
};

/** Asks the leader to hand over; one that cannot will leave, and the others elect. */
export const transferLeadership: Effect<'transfer-leadership'> = async (stage, { peerId }) => {
  await stage.engine.consul.transferLeadership(leaderHost(stage), peerId);
  return undefined;
};

/** A group that launches nothing wants no more servers than it has. */
export const trim: Effect<'trim'> = async ({ engine }, { group, to }) => {
  await engine.cloud.setSizes(group, { desired: to });
  return undefined;
};

/** Records that the roll goes back from here; the next look reads it, on this machine or another. */
export const turnBack: Effect<'turn-back'> = async ({ engine, survey, intent }) => {
  const back = { ...intent, direction: 'back' } as const;
  const mark = async (group: Group | undefined, side: Side) => {
    // A process that died between the two has marked one of them.
    if (group === undefined || intentOf(group)?.direction === 'back') return;
    await engine.cloud.tag(group.name, tagsOf(back, recordedSide(group) ?? side));
  };
  await mark(survey.old, 'old');
  await mark(survey.new, 'new');
  return undefined;
};

/** Writes the sentinel key through the leader. */
export const writeSentinel: Effect<'write-sentinel'> = async (stage, { value }) => {
  await stage.engine.consul.put(leaderHost(stage), sentinelKey(stage.intent.cluster), value);
  return undefined;
};

/** Every kind of action and the file that carries it out. */
const EFFECTS: { readonly [K in ActionKind]: Effect<K> } = {
  'save-snapshot': saveSnapshot,
  'record-intent': recordIntent,
  freeze: freeze,
  'create-template': createTemplate,
  'create-version': createVersion,
  'convert-template': convertTemplate,
  'create-group': createGroup,
  'set-default': setDefault,
  'write-sentinel': writeSentinel,
  grow: grow,
  register: register,
  'lower-minimum': lowerMinimum,
  deregister: deregister,
  'transfer-leadership': transferLeadership,
  leave: leave,
  'remove-peer': removePeer,
  terminate: terminate,
  attach: attach,
  'copy-warm-pool': copyWarmPool,
  'delete-warm-pool': deleteWarmPool,
  'delete-group': deleteGroup,
  'delete-template': deleteTemplate,
  'delete-version': deleteVersion,
  'delete-launch-template': deleteLaunchTemplate,
  'restore-size': restoreSize,
  thaw: thaw,
  'delete-sentinel': deleteSentinel,
  forget: forget,
  'hand-over': handOver,
  'raise-maximum': raiseMaximum,
  retarget: retarget,
  trim: trim,
  'turn-back': turnBack,
};

/**
 * Carries out one action.
 *
 * @returns what only the effect has learned, for the history
 * @throws what AWS or Consul answers; the next look tells how far it got
 */
export function apply(stage: Stage, action: Action): Promise<Partial<History> | undefined> {
  return effectOf(action.kind)(stage, action);
}

/** The table's type ties each effect to its own action; looked up by a kind it takes any. */
function effectOf(kind: ActionKind): Effect<ActionKind> {
  return EFFECTS[kind] as Effect<ActionKind>;
}
