import { type Phase, type Step, waitKey } from '../model/decision.js';
import type { RollEvent, RollResult } from '../model/event.js';
import type { Intent, Limits } from '../model/intent.js';
import type { Status } from '../model/plan.js';
import type { Survey } from '../model/survey.js';
import { asAtOneMoment, type Sight, sightOf, stepsBetween } from './steps-between.js';

type Told = RollEvent extends infer E ? (E extends RollEvent ? Omit<E, 'atMs'> : never) : never;

/** What is known once a look was taken. */
export interface Seen {
  readonly status: Status;
  /** The last look at the roll that could tell what was left of it. */
  readonly sight: Sight | undefined;
  /** The last leader that all agreed on, `ip:8300`. */
  readonly leader: string | undefined;
}

/** What is known once this look was taken too. */
export function seenWith(before: Seen | undefined, status: Status, limits: Limits): Seen {
  const earlier = isSameRoll(before?.status, status) ? before?.sight : undefined;
  const now = sightOf(status, limits);
  const leader = status.survey.raft?.leader ?? before?.leader;
  return { status, leader, sight: earlier && now ? asAtOneMoment(earlier, now) : (now ?? earlier) };
}

/**
 * What a roll run by somebody else has done between two looks, as it would have told it itself. Pure.
 *
 * @param before undefined at the first look
 * @param counted steps told of before, for their numbers
 */
export function eventsBetween(
  before: Seen | undefined,
  after: Seen,
  limits: Limits,
  counted = 0,
): readonly RollEvent[] {
  const { status } = after;
  const { atMs } = status.survey;
  const same = isSameRoll(before?.status, status);
  const from =
    before && (same || before.sight !== undefined ? before.sight : unbegun(before.status, status, limits));
  const over = from?.intent.rollId !== status.intent?.rollId;
  const steps = from === undefined ? [] : stepsBetween(from, over ? undefined : after.sight);
  const told: Told[] = [
    ...(status.intent === undefined || same ? [] : [started(status.intent, before !== undefined)]),
    ...turned(before?.status, status),
    ...steps.flatMap((step, n) => stepTold(step, counted + n + 1)),
    ...leaderChange(before?.leader, after.leader),
    ...(status.intent === undefined ? [] : looked(before?.status, status)),
  ];
  return told.map((event) => ({ ...event, atMs }) as RollEvent);
}

/** A roll that began after the look before: what was there then, with what has been recorded on it since. */
function unbegun(before: Status, after: Status, limits: Limits): Sight | undefined {
  const { old } = before.survey;
  const tags = after.survey.old?.tags;
  if (old === undefined || tags === undefined) return undefined;
  return sightOf({ survey: { ...before.survey, old: { ...old, tags } }, intent: after.intent }, limits);
}

function isSameRoll(before: Status | undefined, after: Status): boolean {
  return before?.intent !== undefined && before.intent.rollId === after.intent?.rollId;
}

/** How a roll ended that is recorded no more; by what the servers run, for it may have turned back unseen. */
export function endOf(intent: Intent, { survey }: Status, leaderChanges: number): RollResult {
  const isRolled = survey.servers.every(({ imageId }) => imageId === intent.imageId);
  return {
    outcome: isRolled ? 'rolled' : 'rolled-back',
    intent,
    reason: undefined,
    survey: isRolled ? asNew(survey) : survey,
    elapsedMs: Math.max(0, survey.atMs - intent.startedAtMs),
    leaderChanges,
  };
}

function started(intent: Intent, isNew: boolean): Told {
  return { kind: 'started', intent, resumed: !isNew };
}

/** Only the look before can know why it was turned back. */
function turned(before: Status | undefined, after: Status): Told[] {
  if (before?.intent?.direction !== 'forward' || after.intent?.direction !== 'back') return [];
  const { next } = before;
  const known = next?.kind === 'act' && next.step.action.kind === 'turn-back';
  return [{ kind: 'phase', phase: 'back' }, ...(known ? stepTold(next.step, 0).slice(1) : [])];
}

function stepTold(step: Step, number: number): Told[] {
  return [
    { kind: 'phase', phase: step.phase },
    { kind: 'step-started', step, number },
    { kind: 'step-done', step, number, elapsedMs: 0 },
  ];
}

function leaderChange(from: string | undefined, to: string | undefined): Told[] {
  return from === undefined || to === undefined || from === to ? [] : [{ kind: 'leader-changed', from, to }];
}

function looked(before: Status | undefined, { survey, next }: Status): Told[] {
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

function phaseOf(next: NonNullable<Status['next']>): Phase | undefined {
  if (next.kind === 'act') return next.step.phase;
  return next.kind === 'wait' ? next.wait.phase : undefined;
}

/** A look at a cluster without a roll knows one side only; to whoever followed the roll it is the new one. */
function asNew(survey: Survey): Survey {
  const servers = survey.servers.map((server) => ({ ...server, side: 'new' as const }));
  return { ...survey, old: undefined, new: survey.new ?? survey.old, servers };
}
