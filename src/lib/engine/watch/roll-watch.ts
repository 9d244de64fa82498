import type { Phase } from '../../model/decision.js';
import type { EmitEvent, EventPayload } from '../../model/events.js';
import type { Intent, Limits } from '../../model/intent.js';
import type { Journal } from '../../model/journal.js';
import { findLeaderTimeoutMs } from '../../model/limits.js';
import { EMPTY_MEMORY, type Knowledge, type Memory } from '../../model/memory.js';
import type { Observation } from '../../model/observation.js';
import { measureObservedMs } from '../../model/observed-time.js';
import type { RollEnd, RollResult } from '../../model/outcome.js';
import type { ClusterStatus } from '../../model/plan.js';
import type { Server } from '../../model/server.js';
import { updateMemoryWithAction, updateMemoryWithObservation } from '../decide/memory.js';
import { JournalReader, type RecordedEnd } from './journal-reader.js';
import { isSameRun, type RunnerState, RunnerTracker, updateRunnerState } from './runner.js';

/** Follows one roll from one observation to the next: emits its events, and returns how it ended. */
export class RollWatch {
  readonly #limits: Limits;
  readonly #emit: EmitEvent;
  readonly #tracker = new RunnerTracker();
  readonly #reader: JournalReader;
  /** The roll as last recorded on the groups. */
  #intent: Intent | undefined;
  /** An observation has shown the cluster without a roll. */
  #wasIdle = false;
  #runner: RunnerState | undefined;
  #leader: string | undefined;
  #leaderChanges = 0;
  #ledAtMs = 0;
  #memory: Memory | undefined;

  constructor(limits: Limits, emit: EmitEvent) {
    this.#limits = limits;
    this.#emit = tidyEvents(emit);
    this.#reader = new JournalReader(this.#emit);
  }

  get isFollowing(): boolean {
    return this.#intent !== undefined;
  }

  /**
   * Takes an observation, and the journal as it was read after it.
   *
   * @returns how the roll ended, once it has
   */
  update(
    status: ClusterStatus,
    journal: Journal | undefined,
    stabilizationMs: number | undefined,
  ): RollResult | undefined {
    const { intent, observation } = status;
    if (observation.raft !== undefined || this.#ledAtMs === 0) this.#ledAtMs = observation.atMs;
    const followed = this.#intent ?? intent;
    this.#wasIdle ||= followed === undefined;
    if (followed === undefined) return undefined;
    const isOver = intent?.rollId !== followed.rollId;
    const own = journal?.rollId === followed.rollId ? journal : undefined;
    const before = this.#runner;
    if (!isOver) this.#runner = updateRunnerState(before, status);
    const startsWithRun = this.#reader.begin(own, !this.#wasIdle, status.lock, observation.atMs);
    if (this.#intent === undefined && !startsWithRun) this.#start(followed, status);
    if (!isOver) this.#intent = intent;
    this.#reader.emitEntries(own, this.#intent ?? followed, observation.atMs);
    const isWriting = isSameRun(status.lock, own);
    // After the lock was released, the last run is still the one that held it: the journal of an earlier run does not
    // describe it.
    const lock = status.lock ?? this.#runner?.lock;
    const hasJournal = own !== undefined && (lock === undefined || isSameRun(lock, own));
    if (!isOver) this.#emitObserved(before, status, hasJournal, stabilizationMs);
    this.#tracker.update(status);
    if (isOver) return this.#findEnd(followed, status, isWriting);
    return this.#findAbandoned(followed, status, hasJournal);
  }

  #start(intent: Intent, { observation, lock }: ClusterStatus): void {
    const sinceMs = this.#runner?.sinceMs ?? intent.startedAtMs;
    const watched = { holder: lock?.holder, sinceMs };
    this.#reader.setRun(lock);
    this.#emit({ kind: 'started', atMs: observation.atMs, intent, resumed: !this.#wasIdle, watched });
  }

  /** What the watcher observes itself. @param hasJournal the journal is of the run that is observed */
  #emitObserved(
    before: RunnerState | undefined,
    status: ClusterStatus,
    hasJournal: boolean,
    stabilizationMs: number | undefined,
  ): void {
    const { next } = status;
    const { atMs, raft } = status.observation;
    const emit = (payload: EventPayload) => this.#emit({ ...payload, atMs });
    const by = this.#runner?.pausedBy;
    if (by !== undefined && by !== before?.pausedBy) emit({ kind: 'pause-requested', by });
    const from = this.#leader;
    this.#leader = raft?.leader ?? from;
    if (from !== undefined && this.#leader !== undefined && from !== this.#leader) {
      this.#leaderChanges += 1;
      emit({ kind: 'leader-changed', from, to: this.#leader });
    }
    const { observation } = status;
    const memory = this.#remember(status);
    if (next === undefined) return;
    emit({ kind: 'observed', observation, memory, decision: next, isAssumed: !hasJournal, stabilizationMs });
  }

  /**
   * Servers count as ready after as many observations in a row as the roll requires, like in the roll itself. Those
   * that were ready at the first observation, or receive traffic, have passed that before.
   */
  #remember({ observation, memory: first }: Knowledge): Memory {
    const counted = updateMemoryWithObservation({ observation, memory: this.#memory ?? first }, this.#limits, 0);
    const serving = observation.servers.filter(isRegistered).map(({ instanceId }) => instanceId);
    const passedGates = [...new Set([...counted.passedGates, ...serving])];
    const leaves = this.#reader.takeActions().filter(({ kind }) => kind === 'leave');
    this.#memory = leaves.reduce<Memory>((memory, action) => updateMemoryWithAction({ observation, memory }, action), {
      ...counted,
      passedGates,
    });
    return this.#memory;
  }

  /** How a roll ended whose record is gone. Its runner may be about to write the end into the journal. */
  #findEnd(intent: Intent, { observation, lock }: ClusterStatus, isWriting: boolean): RollResult | undefined {
    const { end } = this.#reader;
    const isUnread = observation.raft === undefined && !this.#isLeaderless(observation);
    const mayFollow = isUnread || (isWriting && lock !== undefined && !this.#isRunnerGone(observation));
    if (end === undefined && mayFollow) return undefined;
    const isRolled = observation.servers.every(({ imageId }) => imageId === intent.imageId);
    if (isRolled) {
      const known = end?.end.outcome === 'rolled' ? end : undefined;
      return this.#buildResult(intent, relabelAsNew(observation), { outcome: 'rolled' }, known);
    }
    const known = end?.end.outcome === 'rolled-back' ? end : undefined;
    const reason = this.#reader.rollbackReason ?? { kind: 'unknown' };
    return this.#buildResult(intent, observation, known?.end ?? { outcome: 'rolled-back', reason }, known);
  }

  /** How a run ended that leaves the roll unfinished. @param hasJournal the journal is of that run */
  #findAbandoned(intent: Intent, { observation, lock }: ClusterStatus, hasJournal: boolean): RollResult | undefined {
    const { atMs } = observation;
    const released = lock === undefined;
    const recorded = hasJournal ? this.#reader.end : undefined;
    const build = (end: RollEnd) => this.#buildResult(intent, observation, end, recorded);
    if (this.#isLeaderless(observation)) {
      return build({ outcome: 'quorum-at-risk', reason: undefined, changed: 'cluster' });
    }
    if (!this.#isRunnerGone(observation)) return undefined;
    const isWhole = recorded?.end.outcome === 'rolled' || recorded?.end.outcome === 'rolled-back';
    // AWS may show the record for a while after it was removed.
    if (isWhole && atMs - recorded.readAtMs < this.#limits.awsTimeoutMs) return undefined;
    if (recorded !== undefined && !isWhole) return build(recorded.end);
    const isPaused = released && this.#runner?.pausedBy !== undefined;
    if (isPaused) return build({ outcome: 'interrupted', changed: 'cluster' });
    return build({ outcome: 'stopped', reason: { kind: 'runner-gone', released }, changed: 'cluster' });
  }

  #isRunnerGone({ atMs }: Observation): boolean {
    return this.#tracker.isGone(atMs, this.#memory?.gaps ?? []);
  }

  #isLeaderless(observation: Observation): boolean {
    const { gaps } = this.#memory ?? EMPTY_MEMORY;
    const forMs = measureObservedMs(gaps, this.#ledAtMs, observation.atMs);
    return forMs > findLeaderTimeoutMs({ observation, limits: this.#limits });
  }

  /** @param recorded the end in the journal, which has more detail */
  #buildResult(intent: Intent, observation: Observation, end: RollEnd, recorded: RecordedEnd | undefined): RollResult {
    const sinceMs = this.#runner?.sinceMs ?? intent.startedAtMs;
    return {
      ...end,
      intent,
      observation,
      memory: this.#memory ?? EMPTY_MEMORY,
      elapsedMs: recorded?.elapsedMs ?? Math.max(0, observation.atMs - sinceMs),
      leaderChanges: recorded?.leaderChanges ?? this.#leaderChanges,
    };
  }
}

/**
 * What is read in the journal is older than what was observed before that: so event times never decrease. Both show the
 * phase; a run enters it once.
 */
function tidyEvents(emit: EmitEvent): EmitEvent {
  let lastMs = 0;
  let phase: Phase | undefined;
  return (event) => {
    if (event.kind === 'observed') return emit(event);
    if (event.kind === 'phase' && event.phase === phase) return;
    if (event.kind === 'phase') phase = event.phase;
    else if (event.kind === 'started') phase = undefined;
    lastMs = Math.max(lastMs, event.atMs);
    emit({ ...event, atMs: lastMs });
  };
}

/** In service in a load balancer, or about to be. */
function isRegistered({ balancers }: Server): boolean {
  return Object.values(balancers).some((state) => state !== 'absent' && state !== 'draining');
}

/** An observation of a cluster without a roll knows one side only; for the watcher of the roll that is the new one. */
function relabelAsNew(observation: Observation): Observation {
  const servers = observation.servers.map((server) => ({ ...server, side: 'new' as const }));
  return { ...observation, old: undefined, new: observation.new ?? observation.old, servers };
}
