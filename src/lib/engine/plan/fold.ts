import { buildWaitKey, type Decision, type DecisionInput, type PlannedMove, type Step } from '../../model/decision.js';
import type { Intent } from '../../model/intent.js';
import type { Knowledge } from '../../model/memory.js';
import type { Observation } from '../../model/observation.js';
import { toPrintable } from '../../model/printable.js';
import { isRecorded, PAUSE_TAG, readIntent } from '../../model/tags.js';
import { decide } from '../decide/decide.js';
import { hasChangedAnything } from '../decide/decisions.js';
import { updateMemoryWithDecision } from '../decide/memory.js';
import { simulateAction } from './simulate-action.js';
import { simulateWait } from './simulate-wait.js';

/** More decisions than any roll takes: reaching this limit is a bug. */
const MAX_DECISIONS = 2_000;

/** The decisions from here to the end. */
export interface FoldedPlan {
  readonly steps: readonly Step[];
  /** The steps, and the waits between them. */
  readonly moves: readonly PlannedMove[];
  readonly end: Decision;
}

/**
 * The steps from here to the end if nothing fails: `decide` folded over simulated effects. What a roll waits for
 * happens, except what no simulation can repair (a server that does not answer, no leader): there the wait reaches its
 * limit, and the plan shows the decision after it.
 */
export function foldPlan(input: DecisionInput): FoldedPlan {
  const steps: Step[] = [];
  const moves: PlannedMove[] = [];
  let now = input;
  for (let n = 0; n < MAX_DECISIONS; n += 1) {
    now = { ...now, intent: findEffectiveIntent(now.observation, now.intent) };
    const decision = decide(now);
    if (decision.kind === 'done' || decision.kind === 'stop') return { steps, moves, end: decision };
    moves.push(decision);
    if (decision.kind === 'act') steps.push(decision.step);
    now = { ...now, ...simulateMove(now, decision) };
  }
  throw new Error(`the plan does not end: it is at ${JSON.stringify(steps.at(-1))}`);
}

/** What is known after the next move, when nothing goes wrong. A wait that is decided twice in a row times out. */
function simulateMove(input: DecisionInput, move: PlannedMove): Knowledge {
  const { observation, memory, intent } = input;
  if (move.kind === 'act') {
    const after = simulateAction(input, intent, move.step.action);
    return {
      observation: { ...after.observation, atMs: observation.atMs + 1 },
      memory: updateMemoryWithDecision(after, move),
    };
  }
  const { wait } = move;
  const key = buildWaitKey(wait.for);
  const expired = memory.currentWait?.key === key;
  const after = expired
    ? { observation: { ...observation, atMs: wait.sinceMs + wait.limitMs + 1 }, memory }
    : simulateWait(input, wait.for, intent);
  return { ...after, memory: { ...after.memory, currentWait: { key, sinceMs: wait.sinceMs } } };
}

/** The same if it reaches the intended outcome; undefined if it stops, rolls back or has nothing to do. */
export function planToEnd(input: DecisionInput): FoldedPlan | undefined {
  const plan = foldPlan(input);
  const wanted = input.intent.direction === 'rollback' ? 'rolled-back' : 'rolled';
  return plan.end.kind === 'done' && plan.end.outcome === wanted ? plan : undefined;
}

/**
 * The intent as of this observation: the recorded one. A process that was asked to roll back does so before the
 * rollback is recorded, too; and one that was asked to turn a rollback forward, until that is recorded.
 */
export function findEffectiveIntent(observation: Observation, wanted: Intent): Intent {
  if (wanted.direction === 'rollback') return wanted;
  const { direction, allowDowngrade } = findRecordedIntent(observation) ?? wanted;
  if (wanted.turnsForward && direction === 'rollback') return wanted;
  return { ...wanted, direction, allowDowngrade, turnsForward: undefined };
}

/** Who asked the roll to pause, by a tag on a group of it: anyone who may write tags. */
export function findPauseRequest(observation: Observation): string | undefined {
  const request = observation.old?.tags[PAUSE_TAG] ?? observation.new?.tags[PAUSE_TAG];
  return request === undefined ? undefined : toPrintable(request);
}

/** True if only the record was written: a rollback would have nothing else to undo. */
export function isOnlyRecorded(input: DecisionInput): boolean {
  const { observation, intent } = input;
  if (!hasChangedAnything(observation)) return false;
  const turn = { kind: 'start-rollback', groups: [intent.oldGroup], reason: { kind: 'operator-request' } } as const;
  const turned = simulateAction(input, intent, turn);
  const next = decide({ ...input, ...turned, intent: { ...intent, direction: 'rollback' } });
  return next.kind === 'act' && ['clear-record', 'delete-record'].includes(next.step.action.kind);
}

/** The intent in the record, which is what counts once a roll has begun; the tags are as the record last was. */
export function findRecordedIntent(observation: Observation): Intent | undefined {
  const record = observation.raft?.record;
  if (record !== undefined && record !== 'damaged') return record.intent;
  const group = [observation.old, observation.new].find((one) => isRecorded(one));
  return group && readIntent(group);
}
