import { type Phase, type Step, waitKey } from '../model/decision.js';
import type { RollEvent, Said } from '../model/event.js';
import type { Intent, Limits } from '../model/intent.js';
import type { LockHolder, Status } from '../model/plan.js';
import type { Refusal } from '../model/refusal.js';
import { isSameRun } from './runner.js';
import { stepsBetween } from './steps-between.js';
import type { Story } from './story.js';

/** What is known once a look was taken. */
export interface Seen {
  readonly status: Status;
  /** Undefined while no roll is going on, or none whose end could be told yet. */
  readonly story: Story | undefined;
  /** The last leader that all agreed on, `ip:8300`. */
  readonly leader: string | undefined;
  /** Steps told of so far. */
  readonly steps: number;
  readonly leaderChanges: number;
  /** Of them, those that were told while the lock was in the hands it is in. */
  readonly runSteps: number;
  /** Why it was turned back, where it was and that is known. */
  readonly turnedBack: Refusal | undefined;
}

/**
 * What a roll run by somebody else has done since the last look, as it would have told it itself. Pure: what is known
 * goes in, and comes out with this look in it.
 *
 * @param before undefined at the first look
 */
export function eventsBetween(
  before: Seen | undefined,
  status: Status,
  limits: Limits,
): { readonly events: readonly RollEvent[]; readonly seen: Seen } {
  const { steps = [], story } = stepsBetween(before, status, limits);
  const counted = before?.steps ?? 0;
  const leader = status.survey.raft?.leader ?? before?.leader;
  const changes = leaderChange(before?.leader, leader);
  const told: Said[] = [
    ...(status.intent === undefined || isSameRoll(before?.status, status)
      ? []
      : [started(status.intent, status.lock, before !== undefined)]),
    ...steps.flatMap((step, n) => stepTold(step, counted + n + 1)),
    ...changes,
    ...looked(before?.status, knowing(status, story)),
  ];
  const { atMs } = status.survey;
  return {
    events: told.map((said) => ({ ...said, atMs })),
    seen: {
      status,
      story,
      leader,
      steps: counted + steps.length,
      leaderChanges: (before?.leaderChanges ?? 0) + changes.length,
      runSteps: isRunBefore(before?.status, status) ? (before?.runSteps ?? 0) + steps.length : 0,
      turnedBack: steps.map(reasonOfTurn).find((reason) => reason !== undefined) ?? before?.turnedBack,
    },
  };
}

function isSameRoll(before: Status | undefined, after: Status): boolean {
  return before?.intent !== undefined && before.intent.rollId === after.intent?.rollId;
}

/** Whoever runs it now ran it at the look before; a roll that was none then is run by who has begun it. */
function isRunBefore(before: Status | undefined, after: Status): boolean {
  return before !== undefined && (before.intent === undefined || isSameRun(before.lock, after.lock));
}

function reasonOfTurn({ action }: Step): Refusal | undefined {
  return action.kind === 'turn-back' ? action.reason : undefined;
}

function started(intent: Intent, lock: LockHolder | undefined, isNew: boolean): Said {
  return { kind: 'started', intent, resumed: !isNew, watched: { holder: lock?.holder } };
}

function stepTold(step: Step, number: number): Said[] {
  return [
    { kind: 'phase', phase: step.phase },
    { kind: 'step-started', step, number },
    { kind: 'step-done', step, number, elapsedMs: 0 },
  ];
}

function leaderChange(from: string | undefined, to: string | undefined): Said[] {
  return from === undefined || to === undefined || from === to ? [] : [{ kind: 'leader-changed', from, to }];
}

function looked(before: Status | undefined, { survey, next }: Status): Said[] {
  if (next === undefined) return [];
  const phase = phaseOf(next);
  const isNewWait =
    next.kind === 'wait' &&
    !(before?.next?.kind === 'wait' && waitKey(before.next.wait.for) === waitKey(next.wait.for));
  return [
    ...(phase === undefined ? [] : [{ kind: 'phase', phase } as const]),
    { kind: 'looked', survey, decision: next },
    ...(isNewWait ? [{ kind: 'waiting', wait: next.wait } as const] : []),
  ];
}

/** What is shown of a look knows who has left, which is not to be seen of a new server. */
function knowing(status: Status, story: Story | undefined): Status {
  const history = { ...status.survey.history, leaves: story?.leaves ?? {} };
  return { ...status, survey: { ...status.survey, history } };
}

function phaseOf(next: NonNullable<Status['next']>): Phase | undefined {
  if (next.kind === 'act') return next.step.phase;
  return next.kind === 'wait' ? next.wait.phase : undefined;
}
