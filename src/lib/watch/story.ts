import type { Action, ActionKind } from '../model/action.js';
import type { Step } from '../model/decision.js';
import type { Limits } from '../model/intent.js';
import type { Status } from '../model/plan.js';
import type { History, Survey } from '../model/survey.js';
import { isPlainlyDone, seenDone, tellingOf, toldAtFirst } from './seen-done.js';
import { type Sight, sightOf } from './sight.js';

/**
 * A roll in one direction as its watcher has followed it so far. Pure data: each look makes a new one of the last.
 *
 * A look is not taken at one moment: AWS is asked call by call, and Consul after it. So of two steps taken meanwhile the
 * later one may show alone, and the next look may show a step as still to come that this one showed as done. What was
 * told is therefore remembered, and what seems out of order is held back until the next look, which began after it.
 */
export interface Story extends Sight {
  /** Steps of `left` that seemed to have been taken at the last look. */
  readonly held: readonly Step[];
  /** What was told of servers, by `tellingOf`. */
  readonly told: ReadonlySet<string>;
  /** Servers that were seen to leave, and when. */
  readonly leaves: History['leaves'];
}

/** What came of a look: the steps that can be told now, in order, and the story with them. */
export interface Chapter {
  readonly steps: readonly Step[];
  readonly story: Story;
}

/** The story of a roll from here on. */
export function beginStory(sight: Sight, leaves: History['leaves'] = {}): Story {
  return { ...sight, held: [], told: new Set(toldAtFirst(sight.survey)), leaves };
}

/**
 * The steps that were taken since the last look, in order: those that were left and are no more, as far as their effect
 * shows. Both times that is what the roll itself would say, for it plans with the same function.
 */
export function continued(story: Story, now: Pick<Status, 'survey' | 'intent'>, limits: Limits): Chapter {
  const leaves = withLeaves(story, now.survey);
  const sight = sightOf(now, limits, leaves);
  if (sight === undefined) return plainChapter(story, now.survey);
  const left = sight.left.filter(({ action }) => !isTold(story.told, action));
  const gone = goneFrom(story.left, left);
  let next: Story = { ...sight, left, held: [], told: story.told, leaves };
  const steps: Step[] = [];
  for (const step of gone) {
    const done = seenDone(step, sight.survey, next.told);
    const taken = gone.filter((one) => !next.held.includes(one));
    const place = placeOf(step, story.left, taken, next.left);
    const wasHeld = story.held.includes(step);
    if (done !== undefined && (wasHeld || place === 0)) {
      steps.push(done);
      next = { ...next, told: new Set([...next.told, ...tellingOf(done.action)]) };
    } else if (!wasHeld) {
      next = { ...next, left: next.left.toSpliced(place, 0, step), held: [...next.held, step] };
    }
  }
  return { steps, story: next };
}

/**
 * Where among the steps that are left now one of before would be: behind the last that came before it, unless that has
 * come to be behind what came after it. In front of all where nothing is left of what came before it.
 */
function placeOf(step: Step, before: readonly Step[], taken: readonly Step[], left: readonly Step[]): number {
  const at = before.indexOf(step);
  const isLeft = (one: Step) => one !== step && !taken.includes(one);
  const earlier = before.slice(0, at).filter(isLeft).map(keyOf);
  const later = before.slice(at).filter(isLeft).map(keyOf);
  let place = 0;
  for (const [n, one] of left.entries()) {
    const alike = earlier.indexOf(keyOf(one));
    if (alike >= 0) {
      earlier.splice(alike, 1);
      place = n + 1;
    } else if (later.includes(keyOf(one))) break;
  }
  return place;
}

/** Where what is left cannot be told: the next steps, as far as each was plainly done. */
function plainChapter(story: Story, survey: Survey): Chapter {
  const first = story.left.findIndex((step) => !isPlainlyDone(step, survey));
  const steps = story.left.slice(0, Math.max(0, first));
  if (steps.length === 0) return { steps, story };
  return {
    steps,
    story: {
      ...story,
      left: story.left.slice(steps.length),
      told: new Set([...story.told, ...steps.flatMap(({ action }) => tellingOf(action))]),
      leaves: { ...story.leaves, ...leavesAmong(steps, survey.atMs) },
    },
  };
}

/** What a roll does to a server once is not told twice; what is about no server may come again. */
function isTold(told: ReadonlySet<string>, action: Action): boolean {
  const tellings = tellingOf(action);
  return tellings.length > 0 && tellings.every((each) => told.has(each));
}

/** Who has left by this look, in the order in which they were to. */
function withLeaves({ left, leaves, told }: Story, survey: Survey): History['leaves'] {
  const seen = left.filter((step) => step.action.kind === 'leave' && seenDone(step, survey, told));
  return { ...leavesAmong(seen, survey.atMs), ...leaves };
}

/** The leaves among steps that a look found taken, each a moment after the one before it. */
function leavesAmong(steps: readonly Step[], atMs: number): History['leaves'] {
  const leaves = steps.flatMap(({ action }, n) =>
    action.kind === 'leave'
      ? [[action.instanceId, { count: 1, lastMs: atMs - steps.length + n }] as const]
      : [],
  );
  return Object.fromEntries(leaves);
}

/** The steps of one list that another has no more. */
function goneFrom(before: readonly Step[], after: readonly Step[]): readonly Step[] {
  const left = new Map<string, number>();
  for (const step of after) left.set(keyOf(step), (left.get(keyOf(step)) ?? 0) + 1);
  const gone: Step[] = [];
  // From the end: of two steps that are alike, the later one is what is left.
  for (const step of before.toReversed()) {
    const key = keyOf(step);
    const count = left.get(key) ?? 0;
    if (count > 0) left.set(key, count - 1);
    else gone.unshift(step);
  }
  return gone;
}

/** What makes a step the same one at two looks; a server that is not there yet has no name of its own. */
function keyOf({ action }: Step): string {
  const nameless: readonly ActionKind[] = ['grow', 'register', 'transfer-leadership', 'turn-back'];
  return nameless.includes(action.kind) ? action.kind : JSON.stringify(action);
}
