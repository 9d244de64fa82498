import { buildRollName } from '../../model/cluster-name.js';
import { formatFlag, formatRollFlags, RollError } from '../../model/errors.js';
import type { Group } from '../../model/group.js';
import { type Intent, MAX_CLUSTER_SIZE } from '../../model/intent.js';
import { asLaunchTemplate, type PreviousLaunchSource } from '../../model/launch-source.js';
import { listBalancers } from '../../model/load-balancer.js';
import type { Observation } from '../../model/observation.js';
import { isLockHolderAlive, type LockHolder, type RollOptions } from '../../model/plan.js';
import { NONCE } from '../../model/record.js';
import { isConfirmed as isConfirmedIn, listActiveServers } from '../../model/servers.js';
import { findImageFlaws } from '../checks/account.js';
import type { Engine } from '../engine.js';
import {
  chooseNextLaunchSource,
  launchSourceOf,
  listLaunchConfigurations,
  toPreviousLaunchSource,
} from '../launch-source/launch-sources.js';
import { rollInProgressError } from '../observe/cluster-errors.js';
import { type FoundCluster, type FoundRoll, findCluster } from '../observe/find-cluster.js';
import { type ObservationTarget, observe } from '../observe/observe.js';
import { readImageFacts, readPreflightFacts } from '../observe/preflight-facts.js';
import { readProtection } from '../strategy/protection.js';
import { STRATEGIES_BY_NAME } from '../strategy/strategies.js';
import { readLockThroughLeader } from './lock.js';
import { retryRead } from './retry.js';

/** What a roll or a plan starts from. */
export interface RunStart {
  readonly intent: Intent;
  readonly target: ObservationTarget;
  /** The first one; with the preflight facts where the roll is new. */
  readonly observation: Observation;
  /** The roll is recorded already. */
  readonly resumed: boolean;
  /** False while only tags tell of the roll, because no leader could be asked: nothing is changed then. */
  readonly isConfirmed: boolean;
}

/**
 * Finds the cluster, builds the intent from the recorded roll or from the options, and observes.
 *
 * @throws RollError of kind `refused` when the cluster is not found, is ambiguous or cannot be read, or another roll is
 * recorded on it; `stopped` instead when a roll is in progress; `locked` when a process runs the other roll
 */
export async function startRun(engine: Engine, options: RollOptions, signal?: AbortSignal): Promise<RunStart> {
  const { cluster, group: named } = options;
  const rollId = options.kind === 'upgrade' ? undefined : options.rollId;
  const read = <Value>(readOnce: () => Promise<Value>) => retryRead(engine.clock, options.intervalMs, readOnce, signal);
  const found = await read(() => findCluster(engine, { cluster, group: named, rollId })).catch((thrown) => {
    throw options.kind === 'upgrade' ? thrown : rollInProgressError(thrown, cluster, undefined);
  });
  const { old, roll } = found;
  if (roll !== undefined) {
    assertNamedRoll(roll.record.intent, options);
    await assertSameImage(engine, roll, found, options);
  }
  const intent = roll ? resumeIntent(roll.record.intent, options) : buildIntent(engine, options, old);
  const target = buildObservationTarget(intent, found);
  const observation = await read(() => observe(engine, target)).catch((thrown) => {
    throw roll === undefined ? thrown : rollInProgressError(thrown, cluster, roll);
  });
  const { old: observedOld } = observation;
  if (roll !== undefined || observedOld === undefined) {
    const isStored = roll?.kind === 'stored';
    const adopted = isStored ? intent : adoptNonce(engine, intent, observation);
    await assertImageFits(engine, adopted, observation, read);
    const isConfirmed = roll?.kind !== 'unasked' || isConfirmedIn(observation, intent);
    const begun = isStored ? adopted : undefined;
    return { intent: adopted, target: { ...target, begun }, observation, resumed: true, isConfirmed };
  }
  const preflightFacts = await read(() => readPreflightFacts(engine, observedOld, intent, observation));
  const begun = {
    ...intent,
    original: { ...intent.original, protection: readProtection(observation, observedOld) },
    fromVersion: findLeaderVersion(observation),
    previousLaunchSource: addDefaultVersion(intent.previousLaunchSource, observation),
  };
  return {
    intent: begun,
    target: { ...target, preflightFacts, begun },
    observation: { ...observation, preflightFacts },
    resumed: false,
    isConfirmed: true,
  };
}

/** A roll whose record was lost from the store keeps its sentinel, which new servers have already. */
function adoptNonce({ newNonce }: Engine, intent: Intent, { raft }: Observation): Intent {
  const written = raft?.sentinel?.replace(/ done$/, '');
  if (written === intent.rollId) return intent;
  return { ...intent, nonce: written !== undefined && NONCE.test(written) ? written : newNonce() };
}

/** @throws RollError when the roll is another one than the operator named */
function assertNamedRoll({ rollId, cluster, imageId }: Intent, options: RollOptions): void {
  const wanted = options.kind === 'upgrade' ? undefined : options.rollId;
  if (wanted === undefined || wanted === rollId) return;
  throw new RollError({
    code: 'another-roll',
    message: `The roll in progress in cluster ${cluster} is ${rollId} onto ${imageId}, not ${wanted}.`,
    kind: 'refused',
    state: 'This command changed nothing.',
    next: `consul-roll status ${formatFlag('cluster', cluster)}`,
  });
}

/**
 * A resumed roll launches servers from its image as a new one does.
 *
 * @throws RollError `image-unfit` if it has servers to launch, and no instance of the group can be launched from the image
 */
async function assertImageFits(
  engine: Engine,
  intent: Intent,
  observation: Observation,
  read: <Value>(readOnce: () => Promise<Value>) => Promise<Value>,
): Promise<void> {
  const group = observation.old ?? observation.new;
  const isComplete = listActiveServers(observation, 'new').length >= intent.size;
  if (intent.direction === 'rollback' || isComplete || group === undefined) return;
  const facts = await read(() => readImageFacts(engine, group, intent.imageId));
  const [failed] = findImageFlaws(facts, intent.imageId, group.instanceType);
  if (failed === undefined) return;
  const { rollId } = intent;
  throw new RollError({
    code: 'image-unfit',
    message: `Roll ${rollId} cannot launch servers: ${failed.observed}.`,
    kind: 'stopped',
    state: `Roll ${rollId} is in progress (${intent.direction}); this command changed nothing.`,
    next: `${failed.remedy}; then consul-roll resume ${formatRollFlags(intent)}, or undo it: consul-roll rollback ${formatRollFlags(intent)}`,
  });
}

function addDefaultVersion(launchSource: PreviousLaunchSource, { launchTemplate }: Observation): PreviousLaunchSource {
  const previous = asLaunchTemplate(launchSource);
  return previous === undefined ? launchSource : { ...previous, defaultVersion: launchTemplate?.defaultVersion ?? 0 };
}

function findLeaderVersion(observation: Observation): string | undefined {
  const leader = observation.servers.find((server) => server.peer?.leader);
  return leader?.agent.kind === 'up' ? leader.agent.version : undefined;
}

/** What a roll observes; the load balancers are those that any of the groups is attached to. */
export function buildObservationTarget(intent: Intent, { old, new: group, roll }: FoundCluster): ObservationTarget {
  return {
    cluster: intent.cluster,
    oldGroup: intent.oldGroup,
    newGroup: intent.newGroup,
    next: { imageId: intent.imageId, launchSource: intent.nextLaunchSource },
    launchConfigurations: listLaunchConfigurations(intent),
    launchTemplate: launchSourceOf(intent).buildQuery(intent),
    balancers: [...new Set([old, group].flatMap((one) => (one === undefined ? [] : listBalancers(one))))],
    preflightFacts: undefined,
    record: roll?.record,
    unconfirmed: roll === undefined || roll.kind === 'stored' ? undefined : { believed: roll.believed },
  };
}

/** @throws RollError when the recorded roll is onto another image than the requested one */
async function assertSameImage(
  engine: Engine,
  { record: { intent: recorded } }: FoundRoll,
  found: FoundCluster,
  options: RollOptions,
): Promise<void> {
  const imageId = options.kind === 'rollback' ? undefined : options.imageId;
  if (imageId === undefined || imageId === recorded.imageId) return;
  const target = buildObservationTarget(recorded, found);
  const holder = await readLiveHolder(engine, target).catch(() => undefined);
  throw otherImageError(recorded, imageId, holder, found.old?.imageId === imageId);
}

/** The holder of the cluster's lock, if it still renews it. */
async function readLiveHolder(engine: Engine, target: ObservationTarget): Promise<LockHolder | undefined> {
  const holder = await readLockThroughLeader(engine, await observe(engine, target));
  return holder && isLockHolderAlive(holder, engine.clock.now()) ? holder : undefined;
}

/** The recorded roll, turned into a rollback, or forward again, or with a stop for an operator, if that is requested. */
function resumeIntent(recorded: Intent, options: RollOptions): Intent {
  const turnsForward = options.kind === 'resume' && options.forward === true && recorded.direction === 'rollback';
  if (turnsForward) return { ...recorded, direction: 'forward', turnsForward };
  // Whatever of it was done before: who asks for the stop does not want the roll to go past it.
  if (options.kind === 'upgrade' && options.pauseAfter !== undefined)
    return { ...recorded, pauseAfter: options.pauseAfter };
  if (options.kind !== 'rollback') return recorded;
  const allowDowngrade = options.allowDowngrade || recorded.allowDowngrade;
  return { ...recorded, direction: 'rollback', allowDowngrade };
}

function buildIntent(engine: Engine, options: RollOptions, old: Group | undefined): Intent {
  if (options.kind !== 'upgrade') throw noRollError(options.cluster);
  if (old === undefined) throw new Error('a roll needs a group to start from');
  assertClusterSize(old, options.cluster);
  const rollId = engine.newRollId();
  const { minSize, maxSize, desired, suspendedProcesses: suspended } = old;
  const { launchesInOldGroup, defaultSurge } = STRATEGIES_BY_NAME[options.strategy];
  const previousLaunchSource = toPreviousLaunchSource(old.launchSource);
  const name = buildRollName(options.cluster, rollId);
  // If the last roll had the same id, its names are taken.
  const isTaken = [old.name, previousLaunchSource.name].includes(name);
  const newName = isTaken ? `${name}-2` : name;
  return {
    rollId,
    nonce: engine.newNonce(),
    cluster: options.cluster,
    direction: 'forward',
    imageId: options.imageId,
    size: desired,
    surge: options.surge ?? defaultSurge(desired),
    oldGroup: old.name,
    previousLaunchSource,
    newGroup: launchesInOldGroup ? old.name : newName,
    nextLaunchSource: chooseNextLaunchSource(previousLaunchSource, options.launchSource, newName),
    original: { minSize, maxSize, desired, suspended },
    keepOld: options.keepOld,
    ...(options.allowWeakerSecurity === true ? { allowWeakerSecurity: true } : {}),
    ...(options.skipCanary === true ? { skipCanary: true } : {}),
    ...(options.pauseAfter === undefined ? {} : { pauseAfter: options.pauseAfter }),
    startedAtMs: engine.clock.now(),
  };
}

/** @throws RollError `group-empty` or `group-too-large` for a group that has no servers, or more than a cluster has */
function assertClusterSize({ name, desired }: Group, cluster: string): void {
  if (desired > 0 && desired <= MAX_CLUSTER_SIZE) return;
  const has = desired === 0 ? 'at least one' : `at most ${MAX_CLUSTER_SIZE}`;
  throw new RollError({
    code: desired === 0 ? 'group-empty' : 'group-too-large',
    message: `The group ${name} has a desired capacity of ${desired}; a cluster of Consul servers has ${has}.`,
    kind: 'refused',
    state: 'This command changed nothing.',
    next: `check that ${cluster} is the name of the cluster: aws autoscaling describe-auto-scaling-groups ${formatFlag('auto-scaling-group-names', name)}`,
  });
}

/** The error that no roll can be resumed, rolled back or paused. */
export function noRollError(cluster: string): RollError {
  return new RollError({
    code: 'no-roll',
    message: `No roll is in progress in cluster ${cluster}.`,
    kind: 'refused',
    next: `consul-roll status ${formatFlag('cluster', cluster)}`,
  });
}

/**
 * @param holder who runs the recorded roll, if a run renews the lock
 * @param isOld the wanted image is the one that the roll replaces
 */
function otherImageError(recorded: Intent, wanted: string, holder: LockHolder | undefined, isOld: boolean): RollError {
  const { rollId, cluster, imageId, direction } = recorded;
  const roll = `Cluster ${cluster} is being rolled onto ${imageId}, not onto ${wanted}: roll ${rollId}`;
  const state = `That roll is in progress (${direction}); this command changed nothing.`;
  const undo = direction === 'rollback' ? '' : `, or undo it: consul-roll rollback ${formatRollFlags(recorded)}`;
  const back = `roll back to ${wanted}: consul-roll rollback ${formatRollFlags(recorded)}`;
  const finish =
    isOld && direction === 'forward'
      ? back
      : `finish it: consul-roll resume ${formatRollFlags(recorded)}${undo}; then consul-roll upgrade ${formatFlag('cluster', cluster)} --ami ${wanted}`;
  if (holder === undefined) {
    return new RollError({
      code: 'another-roll',
      message: `${roll} is recorded on its groups.`,
      kind: 'refused',
      state,
      next: finish,
    });
  }
  return new RollError({
    code: 'locked',
    message: `${roll}, run by ${holder.holder}.`,
    kind: 'locked',
    state,
    next: `wait for its end: consul-roll status ${formatFlag('cluster', cluster)} --watch, or stop it: consul-roll pause ${formatFlag('cluster', cluster)}; then ${finish}`,
  });
}
