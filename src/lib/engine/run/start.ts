import { RollError } from '../../model/errors.js';
import type { Group } from '../../model/group.js';
import type { Intent } from '../../model/intent.js';
import type { PreviousLaunchSource } from '../../model/launch-source.js';
import { listBalancers } from '../../model/load-balancer.js';
import type { Observation } from '../../model/observation.js';
import { isLockHolderAlive, type LockHolder, type RollOptions } from '../../model/plan.js';
import { parseHost } from '../../model/server.js';
import type { Engine } from '../engine.js';
import { findCluster, rollInProgressError } from '../observe/find-cluster.js';
import {
  buildLaunchTemplateQuery,
  chooseNextLaunchSource,
  listLaunchConfigurations,
  toPreviousLaunchSource,
} from '../observe/launch-sources.js';
import { type ObservationTarget, observe } from '../observe/observe.js';
import { readPreflightFacts } from '../observe/preflight-facts.js';
import { readLock } from './lock.js';
import { retryRead } from './retry.js';

/** Everything a roll or a plan starts from. */
export interface RunStart {
  readonly intent: Intent;
  readonly target: ObservationTarget;
  /** The first look, with the facts in it where no roll has begun. */
  readonly observation: Observation;
  readonly resumed: boolean;
}

/**
 * Finds the cluster, takes up the roll that is recorded on it or makes a new intent of the order, and looks.
 *
 * @throws RollError exit 3 when the cluster is not found or ambiguous, another roll is recorded on it, or it cannot
 *   be read; exit 5 in place of that where a roll is under way, and exit 7 where somebody seems to be running the other
 */
export async function startRun(
  engine: Engine,
  options: RollOptions,
  signal?: AbortSignal,
): Promise<RunStart> {
  const read = <Found>(what: () => Promise<Found>) =>
    retryRead(engine.clock, options.intervalMs, what, signal);
  const cluster = await read(() => findCluster(engine.cloud, options.cluster, options.group)).catch(
    (thrown) => {
      throw options.kind !== 'upgrade' ? rollInProgressError(thrown, options.cluster, undefined) : thrown;
    },
  );
  const { old, new: group, recorded } = cluster;
  const otherImage = recorded && findOtherImage(recorded, options);
  if (recorded !== undefined && otherImage !== undefined) {
    const holder = await readLockHolder(engine, buildObservationTarget(recorded, [old, group])).catch(
      () => undefined,
    );
    throw otherImageError(
      recorded,
      otherImage,
      holder && isLockHolderAlive(holder, engine.clock.now()) ? holder : undefined,
    );
  }
  const intent = recorded
    ? resumeIntent(recorded, options)
    : buildIntent(options, old, engine.newRollId(), engine.clock.now());
  const target = buildObservationTarget(intent, [old, group]);
  const observation = await read(() => observe(engine, target)).catch((thrown) => {
    throw recorded === undefined ? thrown : rollInProgressError(thrown, options.cluster, recorded);
  });
  if (recorded !== undefined || observation.old === undefined) {
    return { intent, target, observation, resumed: true };
  }
  const begun = observation.old;
  const facts = await read(() => readPreflightFacts(engine, begun, intent, observation));
  const fromVersion = findLeaderVersion(observation);
  return {
    intent: {
      ...intent,
      fromVersion,
      previousLaunchSource: addDefaultVersion(intent.previousLaunchSource, observation),
    },
    target: { ...target, preflightFacts: facts },
    observation: { ...observation, preflightFacts: facts },
    resumed: false,
  };
}

function addDefaultVersion(
  launchSource: PreviousLaunchSource,
  { launchTemplate }: Observation,
): PreviousLaunchSource {
  if (launchSource.kind !== 'launch-template') return launchSource;
  return { ...launchSource, defaultVersion: launchTemplate?.defaultVersion ?? 0 };
}

function findLeaderVersion(observation: Observation): string | undefined {
  const leader = observation.servers.find((server) => server.peer?.leader);
  return leader?.agent.kind === 'up' ? leader.agent.version : undefined;
}

/** What to look at for a roll; the load balancers are those of whichever group is attached to them. */
export function buildObservationTarget(
  intent: Intent,
  groups: readonly (Group | undefined)[],
): ObservationTarget {
  return {
    cluster: intent.cluster,
    oldGroup: intent.oldGroup,
    newGroup: intent.newGroup,
    next: { imageId: intent.imageId, launchSource: intent.nextLaunchSource },
    launchConfigurations: listLaunchConfigurations(intent),
    launchTemplate: buildLaunchTemplateQuery(intent),
    balancers: [...new Set(groups.flatMap((group) => (group === undefined ? [] : listBalancers(group))))],
    preflightFacts: undefined,
  };
}

/** The image that is asked for, where the recorded roll is onto another one. */
function findOtherImage(recorded: Intent, options: RollOptions): string | undefined {
  const imageId = options.kind === 'rollback' ? undefined : options.imageId;
  return imageId === recorded.imageId ? undefined : imageId;
}

/** Who holds the lock of the cluster in this scene. */
async function readLockHolder(engine: Engine, target: ObservationTarget): Promise<LockHolder | undefined> {
  const { raft } = await observe(engine, target);
  return raft && readLock(engine, target.cluster, parseHost(raft.leader));
}

/** The recorded roll, turned back where that is asked for. */
function resumeIntent(recorded: Intent, options: RollOptions): Intent {
  if (options.kind !== 'rollback') return recorded;
  const allowDowngrade = options.allowDowngrade || recorded.allowDowngrade;
  return { ...recorded, direction: 'rollback', allowDowngrade };
}

function buildIntent(options: RollOptions, old: Group | undefined, rollId: string, nowMs: number): Intent {
  if (options.kind !== 'upgrade') throw noRollError(options.cluster);
  if (old === undefined) throw new Error('a roll needs a group to start from');
  const { minSize, maxSize, desired, suspendedProcesses: suspended } = old;
  const inPlace = options.strategy === 'in-place';
  const previousLaunchSource = toPreviousLaunchSource(old.launchSource);
  const name = `${options.cluster}-${rollId}`;
  // A roll id that happens to be the last one's must not make a group its own successor.
  const taken = [old.name, previousLaunchSource.name];
  const successor = taken.includes(name) ? `${name}-2` : name;
  return {
    rollId,
    cluster: options.cluster,
    direction: 'forward',
    imageId: options.imageId,
    size: desired,
    surge: options.surge ?? (inPlace ? 1 : desired),
    oldGroup: old.name,
    previousLaunchSource,
    newGroup: inPlace ? old.name : successor,
    nextLaunchSource: chooseNextLaunchSource(previousLaunchSource, options.launchSource, successor),
    original: { minSize, maxSize, desired, suspended },
    keepOld: options.keepOld,
    startedAtMs: nowMs,
  };
}

/** There is no roll to carry on with, to go back from or to pause. */
export function noRollError(cluster: string): RollError {
  return new RollError({
    code: 'no-roll',
    message: `No roll is going on in the cluster ${cluster}.`,
    kind: 'refused',
    next: `look at it: consul-roll status --cluster ${cluster}`,
  });
}

/** @param holder who runs the recorded roll, where somebody seems to */
function otherImageError(recorded: Intent, wanted: string, holder: LockHolder | undefined): RollError {
  const { rollId, cluster, imageId, direction } = recorded;
  const roll = `Roll ${rollId} of the cluster ${cluster}`;
  const state = `That roll is under way (going ${direction}); nothing was changed now.`;
  if (holder === undefined) {
    return new RollError({
      code: 'another-roll',
      message: `${roll} is onto ${imageId}, not ${wanted}.`,
      kind: 'refused',
      state,
      next: `carry on with it first: consul-roll resume --cluster ${cluster}`,
    });
  }
  return new RollError({
    code: 'locked',
    message: `${roll}, which ${holder.holder} is running, is onto ${imageId}, not ${wanted}.`,
    kind: 'locked',
    state,
    next: `watch it to its end: consul-roll status --cluster ${cluster} --watch, or have it stop: consul-roll pause --cluster ${cluster}; then roll onto ${wanted}`,
  });
}
