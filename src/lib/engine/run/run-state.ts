import type { Action, ActionKind } from '../../model/action.js';
import { type Decision, type DecisionInput, PHASES, type Step, type StopOutcome } from '../../model/decision.js';
import type { Intent, PausePoint } from '../../model/intent.js';
import { EMPTY_MEMORY, type Knowledge } from '../../model/memory.js';
import type { Observation } from '../../model/observation.js';
import type { ChangeExtent, RollEnd } from '../../model/outcome.js';
import type { RollOptions } from '../../model/plan.js';
import type { Server } from '../../model/server.js';
import type { StopReason } from '../../model/stop-reason.js';
import { decideStop, hasChangedAnything } from '../decide/decisions.js';
import { listLeaving } from '../decide/leave.js';
import { findEffectiveIntent, findPauseRequest, findRecordedIntent, isOnlyRecorded } from '../plan/fold.js';
import type { RunStart } from './start.js';

/** What was read of tags names what the store says, so that nothing else is observed. */
function hasSameNames(one: Intent, other: Intent): boolean {
  const listNames = ({ cluster, oldGroup, newGroup, previousLaunchSource, nextLaunchSource }: Intent) =>
    JSON.stringify([cluster, oldGroup, newGroup, previousLaunchSource, nextLaunchSource]);
  return listNames(one) === listNames(other);
}

/** Steps that a stop for an operator does not put off: they end what is dead or dangerous, or write the record. */
const REPAIRS: readonly ActionKind[] = [
  'complete-lifecycle-hooks',
  'forget-member',
  'remove-peer',
  'terminate',
  'write-intent',
  'write-record',
];

/** What a run knows and what it intends: the input of each decision, and of the result. */
export class RunState {
  #input: DecisionInput;
  #pausedBy: string | undefined;
  /** A pause that was requested before this run began does not pause it. */
  readonly #ignoredPause: string | undefined;
  #rollbackReason: StopReason | undefined;
  #hasAttemptedChange = false;
  readonly #terminated = new Set<string>();
  #dropped: readonly string[] = [];

  #isConfirmed: boolean;

  constructor({ intent, observation, isConfirmed }: RunStart, options: RollOptions) {
    this.#isConfirmed = isConfirmed;
    this.#input = { observation, memory: EMPTY_MEMORY, intent, limits: options.limits };
    this.#ignoredPause = findPauseRequest(observation);
    this.#rollbackReason = options.kind === 'rollback' ? { kind: 'operator-request' } : undefined;
  }

  get input(): DecisionInput {
    return this.#input;
  }

  /** Who requested a pause, by a tag on the group. */
  get pausedBy(): string | undefined {
    return this.#pausedBy;
  }

  /** False while only tags tell of the roll: the store, which has the record, was not read yet. */
  get isConfirmed(): boolean {
    return this.#isConfirmed;
  }

  /** Instances that this run has terminated; AWS may show the old state of one. */
  get terminated(): ReadonlySet<string> {
    return this.#terminated;
  }

  /** New servers that had not joined, and that their group has let go although none was seen being terminated; each once. */
  takeDropped(): readonly string[] {
    const dropped = this.#dropped;
    this.#dropped = [];
    return dropped;
  }

  /** Servers that were asked to leave and that Raft still counts. */
  get leaving(): readonly Server[] {
    return listLeaving(this.#input);
  }

  /** True while Raft still counts a server that this process has asked to leave: others may have asked more. */
  get isAwaitingLeave(): boolean {
    const { leaveRequests } = this.#input.memory;
    return this.leaving.some(({ instanceId }) => leaveRequests[instanceId] !== undefined);
  }

  /** True for a leave of a server that was not asked before, or has left. */
  beginsLeave(action: Action): boolean {
    if (action.kind !== 'leave') return false;
    return action.servers.some((asked) => !this.leaving.some(({ instanceId }) => instanceId === asked.instanceId));
  }

  /** Adds an observation. Returns a decision to stop if another roll has been recorded since this run began. */
  update({ observation, memory }: Knowledge): Decision | undefined {
    this.#dropped = [...this.#dropped, ...this.#findDropped(observation)];
    this.#input = { ...this.#input, observation, memory };
    const intent = this.#confirm(observation);
    const recorded = findRecordedIntent(observation);
    if (recorded !== undefined && recorded.rollId !== intent.rollId) {
      const change = { kind: 'other-roll', rollId: recorded.rollId } as const;
      return decideStop('stopped', { kind: 'changed-externally', change });
    }
    this.#input = { ...this.#input, intent: findEffectiveIntent(observation, intent) };
    const pausedBy = findPauseRequest(observation);
    this.#pausedBy = pausedBy === this.#ignoredPause ? undefined : pausedBy;
    return undefined;
  }

  #findDropped(next: Observation): readonly string[] {
    const { servers } = this.#input.observation;
    const isListed = (id: string) => next.servers.some(({ instanceId }) => instanceId === id);
    return servers
      .filter(
        ({ side, peer, lifecycle }) => side === 'new' && peer === undefined && !lifecycle.startsWith('Terminating'),
      )
      .map(({ instanceId }) => instanceId)
      .filter((id) => !isListed(id) && !this.#terminated.has(id));
  }

  /** The intent, with the nonce that only the store has. */
  #confirm({ raft }: Observation): Intent {
    const { intent } = this.#input;
    const record = raft?.record;
    if (this.#isConfirmed || record === undefined || record === 'damaged') return intent;
    this.#isConfirmed = record.intent.rollId === intent.rollId && hasSameNames(record.intent, intent);
    const { direction, allowDowngrade } = intent.direction === 'rollback' ? intent : record.intent;
    const { turnsForward } = intent;
    const pauseAfter = intent.pauseAfter ?? record.intent.pauseAfter;
    return this.#isConfirmed ? { ...record.intent, direction, allowDowngrade, turnsForward, pauseAfter } : intent;
  }

  /** Notes that an action is about to be executed, whether or not it succeeds. */
  recordAttempt({ kind }: Action): void {
    this.#hasAttemptedChange ||= kind !== 'save-snapshot';
  }

  recordSuccess(action: Action): void {
    if (action.kind === 'start-rollback') this.#rollbackReason = action.reason;
    if (action.kind === 'terminate') this.#terminated.add(action.instanceId);
  }

  /** The end of the roll, as decided. */
  buildEnd(decision: Extract<Decision, { readonly kind: 'done' | 'stop' }>): RollEnd {
    if (decision.kind === 'stop') return this.buildStop(decision.reason, decision.outcome);
    return decision.outcome === 'rolled-back'
      ? { outcome: decision.outcome, reason: this.#rollbackReason }
      : { outcome: decision.outcome };
  }

  /** Before the first change a roll is refused, after it a roll is stopped. */
  get stopOutcome(): StopOutcome {
    return hasChangedAnything(this.#input.observation) ? 'stopped' : 'refused';
  }

  buildStop(reason: StopReason, outcome = this.stopOutcome): RollEnd {
    return { outcome, reason, changed: outcome === 'refused' ? 'nothing' : this.#changed };
  }

  /** The phase after which the roll stops for an operator, if this step would go beyond it. */
  findDuePause({ phase, action }: Step): PausePoint | undefined {
    const { pauseAfter, direction } = this.#input.intent;
    const isBeyond = pauseAfter !== undefined && PHASES.indexOf(phase) > PHASES.indexOf(pauseAfter);
    const waits = isBeyond && direction === 'forward' && phase !== 'rollback' && !REPAIRS.includes(action.kind);
    return waits ? pauseAfter : undefined;
  }

  /** From now on the roll does not stop there again. */
  dropPause(): void {
    this.#input = { ...this.#input, intent: { ...this.#input.intent, pauseAfter: undefined } };
  }

  buildInterruption(pausedAfter?: PausePoint): RollEnd {
    return { outcome: 'interrupted', changed: this.#changed, pausedBy: this.#pausedBy, pausedAfter };
  }

  get #changed(): ChangeExtent {
    if (!this.#hasAttemptedChange && !hasChangedAnything(this.#input.observation)) return 'nothing';
    return isOnlyRecorded(this.#input) ? 'record' : 'cluster';
  }
}
