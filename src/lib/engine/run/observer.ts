import type { MissingState, NotCompared, StateKind } from '../../model/comparison.js';
import { messageOf, RollError, remedyOf } from '../../model/errors.js';
import type { EventPayload } from '../../model/events.js';
import { EMPTY_MEMORY, type Knowledge, type Memory } from '../../model/memory.js';
import type { Observation } from '../../model/observation.js';
import { findGaps, type Gap, measureObservedMs } from '../../model/observed-time.js';
import type { RollOptions } from '../../model/plan.js';
import { retry } from '../../model/retry.js';
import { parseHost, type Refusal, type Server, type Side } from '../../model/server.js';
import { isLaunchedInRoll } from '../../model/servers.js';
import type { StopReason } from '../../model/stop-reason.js';
import { readIntent } from '../../model/tags.js';
import { findFailedGates, type Gate } from '../decide/gates.js';
import { updateMemoryWithCrashes, updateMemoryWithObservation } from '../decide/memory.js';
import type { Engine } from '../engine.js';
import { compareStates } from '../observe/compare-state.js';
import { chooseRecord, type ObservationTarget, observe } from '../observe/observe.js';
import { probeServers } from '../observe/probe-servers.js';
import type { ConvergenceKeeper } from './convergence-keeper.js';
import type { RunStart } from './start.js';

type ObserverEvent = Extract<EventPayload, { readonly kind: 'observation-failed' | 'leader-changed' | 'warning' }>;

/** Expired credentials and missing permissions rarely come back by themselves: reading stops after this time. */
const DENIED_RETRY_MS = 30_000;

type Unreadable = Extract<StopReason, { readonly kind: 'unreadable' }>;

/**
 * The observations of one run, and the memory of them. An observation that fails, for instance because AWS throttles,
 * is repeated for up to `awsTimeoutMs`. A Consul server that does not respond is not a failure.
 */
export class Observer {
  readonly #engine: Engine;
  readonly #options: RollOptions;
  readonly #convergence: ConvergenceKeeper;
  readonly #emit: (event: ObserverEvent) => void;
  readonly #signal: AbortSignal;
  readonly #findGateAnswer: (instanceId: string) => Server['operatorGate'];
  readonly #keepLock: (observation: Observation, during: Promise<unknown>) => Promise<unknown>;
  #target: ObservationTarget;
  readonly #isRollback: boolean;
  #memory = EMPTY_MEMORY;
  #firstObservation: Observation | undefined;
  #leader: string | undefined;
  /** What servers of the roll lack of the leader's state, by instance; without an entry until they were compared. */
  readonly #missing = new Map<string, MissingState | undefined>();
  /** Why new servers would refuse to leave, by instance; without an entry until they said. */
  readonly #leaveRefusals = new Map<string, Refusal | undefined>();
  /** Kinds of state that could not be compared, as last reported. */
  #reportedNotCompared = '';
  /** Of the last observation that counted, so that it is about one interval old. */
  #commitIndex: number | undefined;
  #leaderChanges = 0;
  #hasRepeated = false;
  #endsByMs = Infinity;

  constructor(
    engine: Engine,
    options: RollOptions,
    start: RunStart,
    convergence: ConvergenceKeeper,
    emit: (event: ObserverEvent) => void,
    signal: AbortSignal,
    findGateAnswer: (instanceId: string) => Server['operatorGate'],
    keepLock: (observation: Observation, during: Promise<unknown>) => Promise<unknown>,
  ) {
    this.#engine = engine;
    this.#keepLock = keepLock;
    this.#findGateAnswer = findGateAnswer;
    this.#options = options;
    this.#convergence = convergence;
    this.#emit = emit;
    this.#signal = signal;
    this.#target = start.target;
    this.#isRollback = start.intent.direction === 'rollback';
    this.#firstObservation = start.observation;
    this.#leader = start.observation.raft?.leader;
  }

  get leaderChanges(): number {
    return this.#leaderChanges;
  }

  /** The last observation succeeded at a later attempt, an interval or more after the first. */
  get hasRepeated(): boolean {
    return this.#hasRepeated;
  }

  /** When the run must have ended: nothing is read again or waited for after it. */
  get endsByMs(): number {
    return this.#endsByMs;
  }

  endBy(ms: number): void {
    this.#endsByMs = ms;
  }

  /** An observation that counts for the streaks in memory. The first one is that which the run started from. */
  async observe(): Promise<Knowledge | Unreadable> {
    const first = this.#firstObservation;
    this.#firstObservation = undefined;
    const read = first === undefined ? await this.#read() : this.#addAnswers(first);
    if ('kind' in read) return read;
    const asking = this.#askOnce(read);
    // A big state takes minutes to compare.
    await this.#keepLock(read, asking);
    const observation = await asking;
    const { limits, intervalMs } = this.#options;
    this.#memory = updateMemoryWithObservation({ observation, memory: this.#memory }, limits, intervalMs);
    if (this.#memory.lastCountedAtMs === observation.atMs) {
      this.#commitIndex = observation.raft?.commitIndex ?? this.#commitIndex;
    }
    return this.#record(observation);
  }

  /** The observation with what is asked of new servers once, and with what others have. */
  async #askOnce(read: Observation): Promise<Observation> {
    const compared = await this.#compareStates(await this.#probeLeaves(read));
    await this.#convergence.compare(compared, this.#findArrivingSide(compared) === 'new' ? 'old' : 'new');
    return { ...compared, convergence: this.#convergence.latest };
  }

  /** An observation for the safety check of one step; it leaves the streaks as they are. */
  async observeForSafety(): Promise<Knowledge | Unreadable> {
    const read = await this.#read();
    return 'kind' in read ? read : this.#record({ ...read, convergence: this.#convergence.latest });
  }

  /** Counts the crashes of servers of the roll that a read between two observations shows. */
  noteCrashes(observation: Observation): void {
    this.#memory = updateMemoryWithCrashes({ observation, memory: this.#memory });
  }

  updateMemory(memory: Memory): void {
    this.#memory = memory;
  }

  async #read(): Promise<Observation | Unreadable> {
    const { clock } = this.#engine;
    const startMs = clock.now();
    let lastMs = startMs;
    const gaps: Gap[] = [];
    let inARow = 0;
    const measureMs = () => {
      const nowMs = clock.now();
      gaps.push(...findGaps(lastMs, nowMs, this.#options.intervalMs));
      lastMs = nowMs;
      return measureObservedMs(gaps, startMs, nowMs);
    };
    const read = () =>
      observe(this.#engine, this.#target, this.#commitIndex).catch((thrown) => {
        inARow += 1;
        this.#emit({ kind: 'observation-failed', message: messageOf(thrown), inARow });
        throw thrown;
      });
    const pauseAfter = (thrown: unknown) => {
      const isOver = measureMs() > this.#getRetryLimitMs(thrown) || lastMs >= this.#endsByMs;
      return isOver ? undefined : Math.min(this.#options.intervalMs, this.#endsByMs - lastMs);
    };
    try {
      const observation = await retry(clock, read, pauseAfter, this.#signal);
      this.#hasRepeated = inARow > 0;
      const stored = observation.raft?.record;
      const record = chooseRecord(this.#target.record, stored);
      const unconfirmed = stored !== undefined && stored === record ? undefined : this.#target.unconfirmed;
      this.#target = { ...this.#target, record, unconfirmed };
      return this.#addAnswers(observation);
    } catch (thrown) {
      return { kind: 'unreadable', message: messageOf(thrown), forMs: measureMs(), remedy: remedyOf(thrown) };
    }
  }

  /** Each new server once, as soon as it is in the cluster: before it votes, where it can be. */
  async #probeLeaves(observation: Observation): Promise<Observation> {
    const due = observation.servers.filter((server) => isLeaveUnknown(observation, server));
    if (due.length === 0) return observation;
    for (const [instanceId, result] of await probeServers(this.#engine, due, 'leave')) {
      this.#leaveRefusals.set(instanceId, result === 'accepted' ? undefined : result);
    }
    return this.#addAnswers(observation);
  }

  /** Each server of the roll once, as soon as it passes every other gate: it can lead the cluster from then on. */
  async #compareStates(observation: Observation): Promise<Observation> {
    const { raft, servers } = observation;
    const due = servers.filter((server) => isOnlyStateUnknown(observation, server));
    const addresses = due.flatMap(({ address }) => address ?? []);
    if (raft === undefined || due.length === 0) return observation;
    const { byAddress, notCompared } = await compareStates(this.#engine, parseHost(raft.leader), addresses);
    const compared = due.filter(({ address = '' }) => byAddress.has(address));
    for (const { instanceId, address = '' } of compared) {
      const result = byAddress.get(address);
      this.#missing.set(instanceId, result === 'same' ? undefined : result);
    }
    this.#reportNotCompared(compared, notCompared);
    return this.#addAnswers(observation);
  }

  /** Once for the same kinds: the token is the same for every server. */
  #reportNotCompared(servers: readonly Server[], notCompared: readonly NotCompared<StateKind>[]): void {
    const reported = notCompared.map(({ kind, why }) => `${kind} ${why}`).join();
    if (servers.length === 0 || reported === this.#reportedNotCompared) return;
    this.#reportedNotCompared = reported;
    const instanceIds = servers.map(({ instanceId }) => instanceId);
    this.#emit({ kind: 'warning', warning: { kind: 'state-not-compared', instanceIds, notCompared } });
  }

  /** Of the servers that will lead: in a rollback, those of the old group that it launched, whose image is known to let them leave. */
  #addAnswers(observation: Observation): Observation {
    const arriving = this.#findArrivingSide(observation);
    const servers = observation.servers.map((server): Server => {
      const { instanceId, side } = server;
      if (side !== arriving || !isLaunchedInRoll(observation, server)) return server;
      const missing = getAnswer(this.#missing, instanceId);
      return {
        ...server,
        missing,
        ...(side === 'new' && {
          leaveRefusal: getAnswer(this.#leaveRefusals, instanceId),
          operatorGate: this.#findGateAnswer(instanceId),
        }),
      };
    });
    return { ...observation, servers };
  }

  #findArrivingSide({ old, new: group }: Observation): Side {
    const isRecordedRollback = [old, group].some((one) => one && readIntent(one)?.direction === 'rollback');
    return this.#isRollback || isRecordedRollback ? 'old' : 'new';
  }

  #getRetryLimitMs(thrown: unknown): number {
    const { awsTimeoutMs } = this.#options.limits;
    const isPassing = !(thrown instanceof RollError) || thrown.passing;
    return isPassing ? awsTimeoutMs : Math.min(awsTimeoutMs, DENIED_RETRY_MS);
  }

  /** An observation without a leader is left out: the next leader is compared with the last one. */
  #record(observation: Observation): Knowledge {
    const from = this.#leader;
    const to = observation.raft?.leader ?? from;
    if (to !== undefined && from !== undefined && from !== to) {
      this.#leaderChanges += 1;
      this.#emit({ kind: 'leader-changed', from, to });
    }
    this.#leader = to;
    return { observation, memory: this.#memory };
  }
}

function getAnswer<Answer>(answers: ReadonlyMap<string, Answer>, instanceId: string): Answer | 'pending' | undefined {
  return answers.has(instanceId) ? answers.get(instanceId) : 'pending';
}

/** Gates that a server may still fail that has joined and caught up. */
const LAST_GATES: readonly Gate[] = ['voter', 'autopilot', 'leave', 'state', 'operator'];

/** It has joined, and was not probed yet. */
function isLeaveUnknown(observation: Observation, server: Server): boolean {
  return (
    server.leaveRefusal === 'pending' && findFailedGates(observation, server).every((gate) => LAST_GATES.includes(gate))
  );
}

/** It passes every gate before it, and its state was not compared yet. */
function isOnlyStateUnknown(observation: Observation, server: Server): boolean {
  const failed = findFailedGates(observation, server).filter((gate) => gate !== 'operator');
  return server.missing === 'pending' && failed.join() === 'state';
}
