import { decide } from '../decide/decide.js';
import { recordTurn } from '../decide/turn.js';
import { type Decision, type Step, waitKey } from '../model/decision.js';
import type { Intent, Limits } from '../model/intent.js';
import type { Status } from '../model/plan.js';
import { tellingOf, toldAtFirst } from './seen-done.js';
import { recordedOn, sightOf } from './sight.js';
import { beginStory, type Chapter, continued, type Story } from './story.js';

/**
 * A roll that was turned back since the last look: the steps forward until then, the turn itself, and those of the way
 * back since then, which is planned from where the roll was last seen.
 */
export function turned(story: Story, before: Status, now: Status, limits: Limits): Partial<Chapter> {
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
export function turnedUnseen(story: Story, before: Status, now: Status, limits: Limits): readonly Step[] {
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
 * The step that turned it, as far as the reason can be known: it was about to be taken; or patience was about to end, of
 * a run that had held the lock for long enough to lose it; or else a person has asked for it.
 */
function turnOf(before: Status, now: Status, limits: Limits): readonly Step[] {
  const { intent, next } = before;
  if (intent === undefined || now.intent === undefined) return [];
  // A look may show the turn on the groups already, and not in what it says is recorded.
  const survey = recordedOn(before.survey, intent);
  const decisions = [
    next,
    mayLosePatience(before, now, limits) ? withoutPatience({ ...before, survey }, limits) : undefined,
    recordTurn(survey, now.intent, { kind: 'asked' }),
  ];
  return decisions.flatMap((one) => (isTurn(one) ? [one.step] : [])).slice(0, 1);
}

function mayLosePatience({ next }: Status, { lock }: Status, { leaderTimeoutMs }: Limits): boolean {
  if (next?.kind !== 'wait' || lock === undefined) return false;
  // Both by the clock of who holds it; who carries on with a roll waits as long as for a leader at least.
  return lock.renewedAtMs - lock.sinceMs >= Math.min(leaderTimeoutMs, next.wait.limitMs);
}

/** What is decided when what is waited for does not come about. */
function withoutPatience({ survey, intent, next }: Status, limits: Limits): Decision | undefined {
  if (intent === undefined || next?.kind !== 'wait') return undefined;
  const { sinceMs, limitMs, for: what } = next.wait;
  const history = { ...survey.history, waiting: { key: waitKey(what), sinceMs } };
  return decide({ ...survey, history, atMs: sinceMs + limitMs + 1 }, intent, limits);
}

function isTurn(decision: Decision | undefined): decision is Extract<Decision, { kind: 'act' }> {
  return decision?.kind === 'act' && decision.step.action.kind === 'turn-back';
}
