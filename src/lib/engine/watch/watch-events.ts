import type { Action } from '../../model/action.js';
import { buildWaitKey, type Phase, type Step, type Wait } from '../../model/decision.js';
import type { EventPayload, RollEvent } from '../../model/events.js';
import type { Intent, Limits } from '../../model/intent.js';
import type { Knowledge, Memory } from '../../model/memory.js';
import type { Observation } from '../../model/observation.js';
import type { ClusterStatus } from '../../model/plan.js';
import { parseHost, type Server } from '../../model/server.js';
import type { StopReason } from '../../model/stop-reason.js';
import { buildTags } from '../../model/tags.js';
import { updateMemoryWithObservation } from '../decide/memory.js';
import { isTerminating } from '../decide/servers.js';
import { planToEnd } from '../plan/fold.js';
import { isRolled, isSameRun, type RunnerState, updateRunnerState } from './watch.js';
import {
  advanceThroughRollback,
  advanceWatch,
  findUnseenRollbackSteps,
  startWatchState,
  type WatchState,
  type WatchUpdate,
} from './watch-state.js';

/** What is known once a look was taken. */
export interface WatchSnapshot {
  readonly status: ClusterStatus;
  /** What its looks add up to, as a run of the roll counts them. */
  readonly memory: Memory;
  /** Undefined while no roll is going on, or none whose end could be told yet. */
  readonly watchState: WatchState | undefined;
  /** The last leader that all agreed on, `ip:8300`. */
  readonly leader: string | undefined;
  /** Steps told of so far. */
  readonly steps: number;
  readonly leaderChanges: number;
  /** The run of the roll that is going on, or was last; undefined before there was one. */
  readonly runner: RunnerState | undefined;
  /** Of them, those that were told while the lock was in the hands it is in. */
  readonly runSteps: number;
  /** The wait that was told last, by its key. */
  readonly reportedWait: string | undefined;
  /** Why it was turned back, where it was and that is known. */
  readonly rollbackReason: StopReason | undefined;
}

/**
 * What a roll run by somebody else has done since the last look, as it would have told it itself. Pure: what is known
 * goes in, and comes out with this look in it.
 *
 * @param before undefined at the first look
 */
export function buildEventsBetween(
  before: WatchSnapshot | undefined,
  status: ClusterStatus,
  limits: Limits,
): { readonly events: readonly RollEvent[]; readonly seen: WatchSnapshot } {
  const { steps = [], watchState: story } = findStepsBetween(before, status, limits);
  const counted = before?.steps ?? 0;
  const leader = status.observation.raft?.leader ?? before?.leader;
  const memory = { ...updateStreaksSeen(before, status, limits), leaveRequests: story?.leaveRequests ?? {} };
  const known = { ...status, memory };
  const wait = findNewWait(before, known);
  const run = updateRunnerState(before, status);
  const changes = buildLeaderEvents(before?.leader, leader);
  const told: EventPayload[] = [
    ...(status.intent === undefined || isSameRoll(before?.status, status)
      ? []
      : [buildStartedEvent(status.intent, run, before !== undefined)]),
    ...buildPauseEvents(before?.runner, run),
    ...steps.flatMap((step, n) => buildStepEvents(step, counted + n + 1)),
    ...changes,
    ...buildObservedEvents(known, wait),
  ];
  const { atMs } = status.observation;
  return {
    events: told.map((said) => ({ ...said, atMs })),
    seen: {
      status,
      memory,
      watchState: story,
      leader,
      steps: counted + steps.length,
      leaderChanges: (before?.leaderChanges ?? 0) + changes.length,
      runSteps: isRunBefore(before?.status, status) ? (before?.runSteps ?? 0) + steps.length : 0,
      runner: run,
      reportedWait: wait === undefined ? before?.reportedWait : buildWaitKey(wait.for),
      rollbackReason:
        steps.map(findRollbackReason).find((reason) => reason !== undefined) ?? before?.rollbackReason,
    },
  };
}

function isSameRoll(before: ClusterStatus | undefined, after: ClusterStatus): boolean {
  return before?.intent !== undefined && before.intent.rollId === after.intent?.rollId;
}

/** Whoever runs it now ran it at the look before; a roll that was none then is run by who has begun it. */
function isRunBefore(before: ClusterStatus | undefined, after: ClusterStatus): boolean {
  return before !== undefined && (before.intent === undefined || isSameRun(before.lock, after.lock));
}

function findRollbackReason({ action }: Step): StopReason | undefined {
  return action.kind === 'start-rollback' ? action.reason : undefined;
}

function buildStartedEvent(intent: Intent, run: RunnerState | undefined, isNew: boolean): EventPayload {
  const watched = { holder: run?.lock?.holder, sinceMs: run?.sinceMs ?? intent.startedAtMs };
  return { kind: 'started', intent, resumed: !isNew, watched };
}

function buildStepEvents(step: Step, number: number): EventPayload[] {
  return [
    { kind: 'phase', phase: step.phase },
    { kind: 'step-started', step, number },
    { kind: 'step-done', step, number, elapsedMs: undefined },
  ];
}

function buildPauseEvents(before: RunnerState | undefined, run: RunnerState | undefined): EventPayload[] {
  const by = run?.pausedBy;
  return by === undefined || by === before?.pausedBy ? [] : [{ kind: 'pause-requested', by }];
}

function buildLeaderEvents(from: string | undefined, to: string | undefined): EventPayload[] {
  return from === undefined || to === undefined || from === to ? [] : [{ kind: 'leader-changed', from, to }];
}

function buildObservedEvents(
  { observation, memory, next }: ClusterStatus,
  wait: Wait | undefined,
): EventPayload[] {
  if (next === undefined) return [];
  const phase = findPhase(next);
  return [
    ...(phase === undefined ? [] : [{ kind: 'phase', phase } as const]),
    { kind: 'observed', observation, memory, decision: next },
    ...(wait === undefined ? [] : [{ kind: 'waiting', wait } as const]),
  ];
}

/**
 * A wait that was not told yet. Servers that were ready at the look before may just flicker, and whoever runs the roll
 * need not have seen that: so it is told at the second look that shows it.
 */
function findNewWait(before: WatchSnapshot | undefined, { next }: ClusterStatus): Wait | undefined {
  if (next?.kind !== 'wait') return undefined;
  const { wait } = next;
  const key = buildWaitKey(wait.for);
  const last = before?.status.next;
  const isOn = last?.kind === 'wait' && buildWaitKey(last.wait.for) === key;
  if (isOn) return before?.reportedWait === key ? undefined : wait;
  return wait.for.kind === 'ready' && wereReady(before, wait.for.instanceIds) ? undefined : wait;
}

function wereReady(before: WatchSnapshot | undefined, instanceIds: readonly string[]): boolean {
  return before !== undefined && instanceIds.every((id) => before.memory.passedGates.includes(id));
}

function findPhase(next: NonNullable<ClusterStatus['next']>): Phase | undefined {
  if (next.kind === 'act') return next.step.phase;
  return next.kind === 'wait' ? next.wait.phase : undefined;
}

/**
 * The rows of looks: what is shown as proved has passed every gate as many looks in a row as the roll asks for, or was
 * proved before this watch; and whoever takes traffic was.
 */
export function updateStreaksSeen(
  before: { readonly memory: Memory } | undefined,
  { observation, memory }: Knowledge,
  limits: Limits,
): Memory {
  const { stabilizationMs } = memory;
  if (before === undefined) return memory;
  const rows = updateMemoryWithObservation({ observation, memory: before.memory }, limits, 0);
  const serving = observation.servers.filter(isRegistered).map(({ instanceId }) => instanceId);
  return { ...rows, passedGates: [...new Set([...rows.passedGates, ...serving])], stabilizationMs };
}

/**
 * The step with the names it had in the end, as far as its effect is to be seen; undefined where it is not. Where nothing
 * tells the effect of a step, that it is left no more does.
 *
 * @param before what was told of a server before, by `tellingOf`
 */
export function findVisibleStep(
  step: Step,
  observation: Observation,
  before: ReadonlySet<string>,
): Step | undefined {
  const { action } = step;
  const { servers } = observation;
  switch (action.kind) {
    case 'register': {
      const fresh = servers.filter((server) => isRegistered(server) && !before.has(buildRegisterKey(server)));
      const instanceIds = fresh.map(({ instanceId }) => instanceId);
      return instanceIds.length === 0 ? undefined : { ...step, action: { ...action, instanceIds } };
    }
    case 'transfer-leadership': {
      const leader = servers.find(({ peer }) => peer?.leader === true);
      if (leader?.peer === undefined || leader.side === findDepartingSide(step)) return undefined;
      return { ...step, action: { ...action, to: leader.instanceId, peerId: leader.peer.id } };
    }
    case 'deregister':
      return isRegistered(findServer(servers, action.instanceId)) ? undefined : step;
    case 'leave':
      return findServer(servers, action.instanceId)?.peer === undefined ? step : undefined;
    case 'terminate': {
      const server = findServer(servers, action.instanceId);
      return server === undefined || isTerminating(server) || server.lifecycle === 'Gone' ? step : undefined;
    }
    case 'suspend-processes':
      return action.processes.every((process) => isSuspended(observation, action.group, process))
        ? step
        : undefined;
    case 'resume-processes':
      return action.processes.some((process) => isSuspended(observation, action.group, process))
        ? undefined
        : step;
    default:
      return step;
  }
}

/**
 * Whether this was done, told by its effect alone: also while there is no leader to say who belongs to Raft. Servers keep
 * who crashed in their configuration, and drop who has left.
 */
export function isVisiblyDone({ action }: Step, { servers, raft }: Observation): boolean {
  if (action.kind !== 'leave' && action.kind !== 'deregister' && action.kind !== 'terminate') return false;
  const server = findServer(servers, action.instanceId);
  if (action.kind === 'terminate') return server === undefined || isTerminating(server);
  if (server === undefined) return false;
  if (action.kind === 'deregister') return !isRegistered(server);
  if (raft !== undefined) return server.peer === undefined;
  const lists = servers.flatMap(({ instanceId, agent }) =>
    instanceId === server.instanceId || agent.kind === 'down' || agent.peers.length === 0
      ? []
      : [agent.peers],
  );
  return lists.length > 0 && lists.every((peers) => !peers.some((one) => parseHost(one) === server.address));
}

/** What is told of each server by an action, as far as a roll does that to a server once only in one direction. */
export function listEffectKeys(action: Action): readonly string[] {
  switch (action.kind) {
    case 'register':
      return action.instanceIds.map((instanceId) => buildRegisterKey({ instanceId }));
    case 'deregister':
    case 'leave':
    case 'terminate':
      return [`${action.kind} ${action.instanceId}`];
    default:
      return [];
  }
}

/** What need not be told: the servers that take traffic already. */
export function listInitialEffectKeys({ servers }: Observation): readonly string[] {
  return servers.filter(isRegistered).map(buildRegisterKey);
}

function buildRegisterKey({ instanceId }: Pick<Server, 'instanceId'>): string {
  return `register ${instanceId}`;
}

function isSuspended(observation: Observation, name: string, process: string): boolean {
  const group = [observation.old, observation.new].find((one) => one?.name === name);
  return group?.suspendedProcesses.includes(process) === true;
}

function findDepartingSide({ phase }: Step): Server['side'] {
  return phase === 'rollback' ? 'new' : 'old';
}

function findServer(servers: readonly Server[], instanceId: string): Server | undefined {
  return servers.find((server) => server.instanceId === instanceId);
}

/** A load balancer sends it traffic, or will. */
export function isRegistered(server: Server | undefined): boolean {
  const states = Object.values(server?.balancers ?? {});
  return states.some((state) => state !== 'absent' && state !== 'draining');
}

/** A roll as one look saw it, with the steps that were left to take. */
export interface ObservedRoll extends Knowledge {
  readonly intent: Intent;
  readonly remaining: readonly Step[];
}

/**
 * What is left of the roll that this look saw. Undefined where there is none, and where the steps to its end cannot be
 * told just then: amid an election, or while a server does not answer.
 *
 * @param leaves who has left, and when: the roll itself remembers it, and terminates in that order
 */
export function observeRoll(
  { observation, memory, intent }: Pick<ClusterStatus, 'observation' | 'memory' | 'intent'>,
  limits: Limits,
  leaves: Memory['leaveRequests'] = {},
): ObservedRoll | undefined {
  if (intent === undefined) return undefined;
  const plan = planToEnd({ observation, memory: { ...memory, leaveRequests: leaves }, intent, limits });
  return plan && { observation, memory, intent, remaining: plan.steps };
}

/** The same world with this recorded on it as its roll. */
export function addRecord(observation: Observation, intent: Intent): Observation {
  const { old, new: group } = observation;
  return {
    ...observation,
    old: old && { ...old, tags: { ...old.tags, ...buildTags(intent, 'old') } },
    new: group && { ...group, tags: { ...group.tags, ...buildTags(intent, 'new') } },
  };
}

/** The steps since the last look; none at the first one. */
export function findStepsBetween(
  before: Pick<WatchSnapshot, 'status' | 'watchState' | 'runSteps'> | undefined,
  status: ClusterStatus,
  limits: Limits,
): Partial<WatchUpdate> {
  const { intent } = status;
  const story = before?.watchState ?? (before && openUnstarted(before.status, intent, limits));
  if (before === undefined || story === undefined) return { watchState: openWatch(status, limits) };
  if (story.intent.rollId !== intent?.rollId) return { steps: findLastSteps(story, before, status, limits) };
  if (story.intent.direction === intent.direction) return advanceWatch(story, status, limits);
  const chapter = advanceThroughRollback(story, before, status, limits);
  return { ...chapter, watchState: chapter.watchState ?? openWatch(status, limits) };
}

function openWatch(status: ClusterStatus, limits: Limits): WatchState | undefined {
  const sight = observeRoll(status, limits);
  return sight && startWatchState(sight);
}

/** What was left of a roll that is over. */
function findLastSteps(
  story: WatchState,
  before: Pick<WatchSnapshot, 'status' | 'runSteps'>,
  status: ClusterStatus,
  limits: Limits,
): readonly Step[] {
  const isTurned = story.intent.direction === 'forward' && !isRolled(story.intent, status.observation);
  return isTurned ? findUnseenRollbackSteps(story, before, status, limits) : story.remaining;
}

/**
 * A roll that began after the look before: all of it lay ahead then. What Consul showed of it already was written while
 * that look was taken.
 */
function openUnstarted(
  { observation, memory, intent: other }: ClusterStatus,
  recorded: Intent | undefined,
  limits: Limits,
) {
  if (recorded === undefined || other !== undefined || observation.old?.name !== recorded.oldGroup)
    return undefined;
  const intent: Intent = { ...recorded, direction: 'forward' };
  const raft = observation.raft && { ...observation.raft, sentinel: undefined };
  const sight = observeRoll(
    { observation: addRecord({ ...observation, raft }, intent), memory, intent },
    limits,
  );
  return sight && startWatchState(sight);
}
