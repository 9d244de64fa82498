import { type Decision, type Move, type Step, type Wait, waitKey } from '../../model/decision.js';
import { type Intent, isInPlace, type Limits } from '../../model/intent.js';
import type { Survey } from '../../model/observation.js';
import { intentOf, isRecorded, PAUSE_TAG } from '../../model/tags.js';
import { decide } from '../decide/decide.js';
import { predict } from './simulate-action.js';
import { settle } from './simulate-wait.js';

/** More decisions than any roll takes: a plan that gets there is a bug, not a plan. */
const MOST_DECISIONS = 2_000;

/** What is decided from here to the end. */
export interface FoldedPlan {
  readonly steps: readonly Step[];
  /** The steps, and the waits between them. */
  readonly moves: readonly Move[];
  readonly end: Decision;
}

/**
 * The steps from here to the end, when nothing goes wrong: `decide` folded over predicted effects. What a roll waits
 * for comes about, but for what no prediction can mend (a server that does not answer, no leader): there patience
 * runs out, and the plan shows what is decided then.
 */
export function foldPlan(survey: Survey, intent: Intent, limits: Limits): FoldedPlan {
  const steps: Step[] = [];
  const moves: Move[] = [];
  let now = survey;
  let wanted = intent;
  for (let n = 0; n < MOST_DECISIONS; n += 1) {
    wanted = wantedNow(now, wanted);
    const decision = decide(now, wanted, limits);
    if (decision.kind === 'done' || decision.kind === 'stop') return { steps, moves, end: decision };
    moves.push(decision);
    if (decision.kind === 'act') {
      steps.push(decision.step);
      const after = predict(now, wanted, decision.step.action);
      now = { ...after, atMs: now.atMs + 1, history: { ...after.history, waiting: undefined } };
    } else {
      const { wait } = decision;
      const key = waitKey(wait.for);
      now = now.history.waiting?.key === key ? outOfPatience(now, wait) : settle(now, wait.for, wanted);
      now = { ...now, history: { ...now.history, waiting: { key, sinceMs: wait.sinceMs } } };
    }
  }
  throw new Error(`the plan does not end: it is at ${JSON.stringify(steps.at(-1))}`);
}

/** The same where it leads to the end that is wanted; undefined where it stops, turns back or finds nothing to do. */
export function planToEnd(survey: Survey, intent: Intent, limits: Limits): FoldedPlan | undefined {
  const plan = foldPlan(survey, intent, limits);
  const wanted = intent.direction === 'back' ? 'rolled-back' : 'rolled';
  return plan.end.kind === 'done' && plan.end.outcome === wanted ? plan : undefined;
}

function outOfPatience(survey: Survey, wait: Wait): Survey {
  return { ...survey, atMs: wait.sinceMs + wait.limitMs + 1 };
}

/**
 * What the roll wants as of this look: what is recorded, whoever recorded it. But who was told to go back goes
 * back, also before that is recorded.
 */
export function wantedNow(survey: Survey, wanted: Intent): Intent {
  const recorded = recordedIn(survey) ?? wanted;
  if (wanted.direction === 'forward') return recorded;
  return { ...recorded, direction: 'back', allowDowngrade: wanted.allowDowngrade };
}

/** Who asked the roll to pause, by a tag on a group of it. */
export function pauseAskedIn(survey: Survey): string | undefined {
  return survey.old?.tags[PAUSE_TAG] ?? survey.new?.tags[PAUSE_TAG];
}

/** The record of the roll is all there is of it: turned back, it would have nothing else to undo. */
export function isOnlyRecorded(survey: Survey, intent: Intent, limits: Limits): boolean {
  if (survey.new !== undefined && !isInPlace(intent)) return false;
  if (!isRecorded(survey.old)) return false;
  const groups = [intent.oldGroup];
  const turned = predict(survey, intent, { kind: 'turn-back', groups, reason: { kind: 'asked' } });
  const next = decide(turned, { ...intent, direction: 'back' }, limits);
  return next.kind === 'act' && next.step.action.kind === 'forget';
}

/** The intent on the groups' tags, which is what counts once a roll has begun. */
export function recordedIn(survey: Survey): Intent | undefined {
  const group = [survey.old, survey.new].find((one) => isRecorded(one));
  return group && intentOf(group);
}
