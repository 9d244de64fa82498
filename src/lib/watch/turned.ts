import { decide } from '../decide/decide.js';
import { recordTurn } from '../decide/turn.js';
import { type Decision, type Step, waitKey } from '../model/decision.js';
import type { Intent, Limits } from '../model/intent.js';
import type { LockHolder, Status } from '../model/plan.js';
import type { Seen } from './events-between.js';
import { isSameRun } from './runner.js';
import { tellingOf, toldAtFirst } from './seen-done.js';
import { recordedOn, sightOf } from './sight.js';
import { beginStory, type Chapter, continued, type Story } from './story.js';

/** The look before, and the steps that were told of the run that it saw. */
type Before = Pick<Seen, 'status' | 'runSteps'>;

/**
 * A roll that was turned back since the last look: the steps forward until then, the turn itself, and those of the way
 * back since then, which is planned from where the roll was last seen.
 */
export function turned(story: Story, before: Before, now: Status, limits: Limits): Partial<Chapter> {
  if (now.intent === undefined) return {};
  const back = wayBack(story, now.intent, limits);
  const forward = { intent: story.intent, survey: recordedOn(now.survey, story.intent) };
  // What may have been done on either way was done on the way back: a roll is turned when it has come to a halt.
  const until = continued(story, forward, limits).steps.filter((step) => !back?.left.some(isLike(step)));
  const since = back && continued(afterTurn(back, until, now), now, limits);
  const steps = [...until, ...turnOf(before, now, limits), ...(since?.steps ?? [])];
  return { steps, story: since?.story };
}

/** The way back of a roll that is over, and was last seen going forward. */
export function turnedUnseen(story: Story, before: Before, now: Status, limits: Limits): readonly Step[] {
  const intent: Intent = { ...story.intent, direction: 'back' };
  const back = wayBack(story, intent, limits);
  return [...turnOf(before, { ...now, intent }, limits), ...(back?.left ?? [])];
}

function wayBack({ survey, leaves }: Story, intent: Intent, limits: Limits): Story | undefined {
  const sight = sightOf({ survey: recordedOn(survey, intent), intent }, limits, leaves);
  return sight && beginStory(sight, leaves);
}

/** What took traffic and does no more has yet to be registered again. */
function afterTurn(back: Story, until: readonly Step[], { survey }: Status): Story {
  const listed = new Set(toldAtFirst(survey));
  const still = [...back.told].filter((telling) => listed.has(telling));
  return { ...back, told: new Set([...still, ...until.flatMap(({ action }) => tellingOf(action))]) };
}

function isLike({ action }: Step): (other: Step) => boolean {
  const text = JSON.stringify(action);
  return (other) => JSON.stringify(other.action) === text;
}

/**
 * The step that turned it, with the reason as far as it can be known: it was about to be taken; or somebody else has
 * taken over, whom a person has asked for it; or patience has ended, of who was seen to go forward.
 */
function turnOf(before: Before, now: Status, limits: Limits): readonly Step[] {
  const { intent, next, lock } = before.status;
  if (intent === undefined || now.intent === undefined) return [];
  // A look may show the turn on the groups already, and not in what it says is recorded.
  const survey = recordedOn(before.status.survey, intent);
  const isSame = isSameRun(lock, now.lock);
  const hasLostPatience = isSame && before.runSteps > 0;
  const isAsked = !isSame || (before.runSteps === 0 && isYoung(now.lock, limits));
  const decisions = [
    next,
    hasLostPatience ? impatient({ ...before.status, survey }, now, limits) : undefined,
    recordTurn(survey, now.intent, { kind: isAsked ? 'asked' : 'unseen' }),
  ];
  return decisions.flatMap((one) => (isTurn(one) ? [one.step] : [])).slice(0, 1);
}

/** It runs for less time than patience lasts, by its own clock: it cannot have lost any, so it was begun to turn the roll. */
function isYoung(lock: LockHolder | undefined, { healthTimeoutMs }: Limits): boolean {
  if (lock === undefined) return false;
  return lock.renewedAtMs - lock.sinceMs < Math.min(lock.ttlMs, healthTimeoutMs);
}

/** What is decided when what was waited for has not come about until now; its limit is whoever ran it to know. */
function impatient({ survey, intent, next }: Status, now: Status, limits: Limits): Decision | undefined {
  if (intent === undefined || next?.kind !== 'wait') return undefined;
  const { sinceMs, limitMs, for: what } = next.wait;
  const history = { ...survey.history, waiting: { key: waitKey(what), sinceMs } };
  const decided = decide({ ...survey, history, atMs: sinceMs + limitMs + 1 }, intent, limits);
  if (!isTurn(decided) || decided.step.action.kind !== 'turn-back') return undefined;
  const { action } = decided.step;
  if (action.reason.kind !== 'timed-out') return decided;
  const reason = { ...action.reason, limitMs: now.survey.atMs - sinceMs };
  return { ...decided, step: { ...decided.step, action: { ...action, reason } } };
}

function isTurn(decision: Decision | undefined): decision is Extract<Decision, { kind: 'act' }> {
  return decision?.kind === 'act' && decision.step.action.kind === 'turn-back';
}
