import { type Phase, type Step, type Wait, waitKey } from '../model/decision.js';
import type { RollEvent, Said } from '../model/event.js';
import type { Intent, Limits } from '../model/intent.js';
import type { Status } from '../model/plan.js';
import type { Refusal } from '../model/refusal.js';
import type { History } from '../model/survey.js';
import { rowsWith } from './rows.js';
import { type Run, runWith } from './run.js';
import { isSameRun } from './runner.js';
import { stepsBetween } from './steps-between.js';
import type { Story } from './story.js';

/** What is known once a look was taken. */
export interface Seen {
  readonly status: Status;
  /** What its looks add up to, as a run of the roll counts them. */
  readonly history: History;
  /** Undefined while no roll is going on, or none whose end could be told yet. */
  readonly story: Story | undefined;
  /** The last leader that all agreed on, `ip:8300`. */
  readonly leader: string | undefined;
  /** Steps told of so far. */
  readonly steps: number;
  readonly leaderChanges: number;
  /** The run of the roll that is going on, or was last; undefined before there was one. */
  readonly run: Run | undefined;
  /** Of them, those that were told while the lock was in the hands it is in. */
  readonly runSteps: number;
  /** The wait that was told last, by its key. */
  readonly waitTold: string | undefined;
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
  const history = { ...rowsWith(before, status, limits), leaves: story?.leaves ?? {} };
  const known = { ...status, survey: { ...status.survey, history } };
  const wait = newWait(before, known);
  const run = runWith(before, status);
  const changes = leaderChange(before?.leader, leader);
  const told: Said[] = [
    ...(status.intent === undefined || isSameRoll(before?.status, status)
      ? []
      : [started(status.intent, run, before !== undefined)]),
    ...pauseAsked(before?.run, run),
    ...steps.flatMap((step, n) => stepTold(step, counted + n + 1)),
    ...changes,
    ...looked(known, wait),
  ];
  const { atMs } = status.survey;
  return {
    events: told.map((said) => ({ ...said, atMs })),
    seen: {
      status,
      history,
      story,
      leader,
      steps: counted + steps.length,
      leaderChanges: (before?.leaderChanges ?? 0) + changes.length,
      runSteps: isRunBefore(before?.status, status) ? (before?.runSteps ?? 0) + steps.length : 0,
      run,
      waitTold: wait === undefined ? before?.waitTold : waitKey(wait.for),
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

function started(intent: Intent, run: Run | undefined, isNew: boolean): Said {
  const watched = { holder: run?.lock?.holder, sinceMs: run?.sinceMs ?? intent.startedAtMs };
  return { kind: 'started', intent, resumed: !isNew, watched };
}

function stepTold(step: Step, number: number): Said[] {
  return [
    { kind: 'phase', phase: step.phase },
    { kind: 'step-started', step, number },
    { kind: 'step-done', step, number, elapsedMs: undefined },
  ];
}

function pauseAsked(before: Run | undefined, run: Run | undefined): Said[] {
  const by = run?.pausedBy;
  return by === undefined || by === before?.pausedBy ? [] : [{ kind: 'pause-requested', by }];
}

function leaderChange(from: string | undefined, to: string | undefined): Said[] {
  return from === undefined || to === undefined || from === to ? [] : [{ kind: 'leader-changed', from, to }];
}

function looked({ survey, next }: Status, wait: Wait | undefined): Said[] {
  if (next === undefined) return [];
  const phase = phaseOf(next);
  return [
    ...(phase === undefined ? [] : [{ kind: 'phase', phase } as const]),
    { kind: 'looked', survey, decision: next },
    ...(wait === undefined ? [] : [{ kind: 'waiting', wait } as const]),
  ];
}

/**
 * A wait that was not told yet. Servers that were ready at the look before may just flicker, and whoever runs the roll
 * need not have seen that: so it is told at the second look that shows it.
 */
function newWait(before: Seen | undefined, { next }: Status): Wait | undefined {
  if (next?.kind !== 'wait') return undefined;
  const { wait } = next;
  const key = waitKey(wait.for);
  const last = before?.status.next;
  const isOn = last?.kind === 'wait' && waitKey(last.wait.for) === key;
  if (isOn) return before?.waitTold === key ? undefined : wait;
  return wait.for.kind === 'ready' && wereReady(before, wait.for.instanceIds) ? undefined : wait;
}

function wereReady(before: Seen | undefined, instanceIds: readonly string[]): boolean {
  return before !== undefined && instanceIds.every((id) => before.history.proved.includes(id));
}

function phaseOf(next: NonNullable<Status['next']>): Phase | undefined {
  if (next.kind === 'act') return next.step.phase;
  return next.kind === 'wait' ? next.wait.phase : undefined;
}
