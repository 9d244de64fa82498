import type { EmitEvent } from '../../model/events.js';
import { buildSentinelKey } from '../../model/intent.js';
import type { Knowledge } from '../../model/memory.js';
import type { Observation } from '../../model/observation.js';
import type { RollOptions } from '../../model/plan.js';
import type { Server } from '../../model/server.js';
import { countTowardsDesired, isLaunchedInRoll, sumDesired } from '../../model/servers.js';
import { findFounder } from '../decide/founders.js';
import type { Engine } from '../engine.js';
import { ConvergenceKeeper } from './convergence-keeper.js';
import { EventStream } from './event-stream.js';
import { FailureRecorder } from './failure-recorder.js';
import { HookRunner } from './hook-runner.js';
import { JournalWriter } from './journal.js';
import { findLeaderHost, LockKeeper } from './lock-keeper.js';
import { Observer } from './observer.js';
import { RetryTracker } from './retry.js';
import { RunState } from './run-state.js';
import type { RunStart } from './start.js';

/** The parts of one run of a roll. */
export interface RollRun {
  readonly engine: Engine;
  readonly options: RollOptions;
  readonly stopSignal: StopSignal;
  readonly startedAtMs: number;
  /** An earlier process has begun the roll. */
  readonly resumed: boolean;
  /** The image of the old group as this run found it. */
  readonly from: string | undefined;
  readonly state: RunState;
  readonly observer: Observer;
  readonly lockKeeper: LockKeeper;
  readonly retries: RetryTracker;
  readonly hookRunner: HookRunner;
  readonly events: EventStream;
  readonly journal: JournalWriter;
  readonly convergence: ConvergenceKeeper;
  readonly failures: FailureRecorder;
}

export function createRun(
  engine: Engine,
  options: RollOptions,
  start: RunStart,
  emit: EmitEvent,
  stopSignal: StopSignal,
): RollRun {
  const { intent, resumed } = start;
  const { signal } = stopSignal;
  const state = new RunState(start, options);
  const lockKeeper = new LockKeeper(engine, options, intent, combineStopSignals(stopSignal), (holder) =>
    events.emit({ kind: 'lock-held', holder }),
  );
  const journal = new JournalWriter(engine, intent, lockKeeper.sinceMs, () =>
    lockKeeper.isHeld ? findLeaderHost(state.input.observation) : undefined,
  );
  const events: EventStream = new EventStream(engine.clock, [emit, (event) => journal.record(event)]);
  const convergence = new ConvergenceKeeper(engine, intent, (event) => events.emit(event));
  const hookRunner = new HookRunner(engine, (event) => events.emit(event), signal);
  return {
    engine,
    options,
    stopSignal,
    startedAtMs: engine.clock.now(),
    resumed,
    from: start.observation.old?.imageId,
    state,
    observer: new Observer(
      engine,
      options,
      start,
      convergence,
      (event) => events.emit(event),
      signal,
      (instanceId) => hookRunner.findGateAnswer(instanceId),
      (known, during) => lockKeeper.keepDuring(known, during),
    ),
    lockKeeper,
    retries: new RetryTracker(),
    hookRunner,
    events,
    journal,
    convergence,
    failures: new FailureRecorder(engine, options.lockTtlMs, (event) => events.emit(event)),
  };
}

/** How often servers of the roll that have not passed their gates are looked at between two observations. */
const WATCH_MS = 250;
/** Observations that follow each other as fast as this need no looks between them. */
const SHORT_MS = 1000;
/** How often Raft is read between two observations, while servers leave it or it elects. */
const RAFT_WATCH_MS = 500;
/** An instance that is being launched has an address within this time, and boots for longer. */
const LAUNCH_MS = 2000;

interface Expected {
  /** A group launches servers that AWS does not show yet. */
  readonly hasJustScaled?: boolean;
  /** Ends the wait at once, as a second Ctrl-C does. */
  readonly over?: AbortSignal;
}

/**
 * Waits until it is time for the next observation: sooner if Raft has let a server go or has elected, or if a server that
 * the roll launched bootstraps a cluster of its own. One that crashes is up again within a second, which observations alone
 * may miss.
 */
export async function waitForNextObservation(run: RollRun, expected: Expected = {}): Promise<undefined> {
  const { engine, options, state, stopSignal, observer } = run;
  const { hasJustScaled = false, over } = expected;
  const { clock } = engine;
  const signal = over === undefined ? stopSignal.signal : AbortSignal.any([stopSignal.signal, over]);
  const { observation } = state.input;
  const watched = listWatched(state.input).filter(({ address }) => address !== undefined);
  const isLaunching = hasJustScaled || lacksServers(observation) || listWatched(state.input).length > watched.length;
  const leftMs = Math.max(0, observer.endsByMs - clock.now());
  const pauseMs = Math.min(isLaunching ? LAUNCH_MS : options.intervalMs, options.intervalMs, leftMs);
  const untilMs = clock.now() + pauseMs;
  const isRaftChanging = observation.raft === undefined || state.leaving.length > 0;
  const needsLooks = (watched.length > 0 || isRaftChanging) && pauseMs > SHORT_MS;
  if (!needsLooks) await clock.sleep(pauseMs, signal);
  while (clock.now() < untilMs && !signal.aborted) {
    await clock.sleep(Math.min(watched.length > 0 ? WATCH_MS : RAFT_WATCH_MS, untilMs - clock.now()), signal);
    const seen = await readAgain(engine, observation, watched);
    observer.noteCrashes(seen);
    if (findFounder(seen)?.isOutsider) return undefined;
    const isDue = isRaftChanging && untilMs - clock.now() <= pauseMs - SHORT_MS;
    if (isDue && (await hasRaftChanged(run))) return undefined;
  }
  return undefined;
}

/** Servers of the roll that have not passed their gates. */
export function listWatched({ observation, memory }: Knowledge): readonly Server[] {
  return observation.servers.filter(
    (server) =>
      isLaunchedInRoll(observation, server) &&
      (server.peer === undefined || !memory.passedGates.includes(server.instanceId)),
  );
}

/** A group has fewer servers than it wants, and launches the others. */
export function lacksServers(observation: Observation): boolean {
  return [observation.old, observation.new].some((group) => {
    const launches = group?.suspendedProcesses.includes('Launch') === false;
    return launches && sumDesired(observation, group.name) > countTowardsDesired(observation, group.name);
  });
}

/** Whether a server that stays names another leader than before, or another number of peers. */
async function hasRaftChanged({ engine, state }: RollRun): Promise<boolean> {
  const { observation } = state.input;
  const { raft } = observation;
  const { leaving } = state;
  const staying = observation.servers.filter((server) => !leaving.includes(server));
  const asked = staying.find(({ peer }) => peer?.leader === true) ?? staying.find(({ peer }) => peer) ?? staying[0];
  if (asked?.address === undefined || asked.agent.kind === 'down') return false;
  const claims = await engine.consul.readClaims(asked.address);
  if (claims === undefined) return false;
  return claims.leader !== asked.agent.leader || (raft !== undefined && claims.peers.length !== raft.peers.length);
}

/** The observation with what these servers say now. */
async function readAgain({ consul }: Engine, observation: Observation, some: readonly Server[]): Promise<Observation> {
  const key = buildSentinelKey(observation.cluster);
  const read = some.map(async (server) => {
    const denied = async () => ({ ...server.agent, ...(await consul.readClaims(server.address ?? '')) });
    const agent = await consul.readAgent(server.address ?? '', key).catch(denied);
    return [server.instanceId, { ...server, agent }] as const;
  });
  const fresh = new Map(await Promise.all(read));
  return { ...observation, servers: observation.servers.map((server) => fresh.get(server.instanceId) ?? server) };
}

/** How a roll is asked to stop: after the current step, or at once. */
export interface StopSignal {
  /** Aborted when the roll must stop at once. */
  readonly signal: AbortSignal;
  /** Aborted when the roll must stop after the current step: waiting for the lock ends at once. */
  readonly pauseSignal?: AbortSignal;
  isPauseRequested(): boolean;
}

/** Aborted when the roll is asked to stop in either way. */
function combineStopSignals({ signal, pauseSignal }: StopSignal): AbortSignal {
  return pauseSignal === undefined ? signal : AbortSignal.any([signal, pauseSignal]);
}
