import type { Phase } from '../../model/decision.js';
import { isInPlace } from '../../model/intent.js';
import type { Plan } from '../../model/plan.js';
import { columnsOf } from '../print.js';
import type { ToneLine } from '../server-lines.js';
import { capitalized, counted, wrapped } from '../text.js';
import { headingOf } from './heading.js';
import { changeOfLeader, endOfTheOld, expectedIn, firstLeave, planReport } from './plan.js';
import { remarkLines } from './remarks.js';
import { trafficLines } from './traffic.js';

const WIDEST = 100;
/** Of what the time goes into. */
const MOST_SHARES = 3;
const TITLES = 'Stage     steps    voters  spare  ';

/**
 * The plan as it is shown on this stream: a screenful on a terminal, every step elsewhere.
 *
 * @param verbose every step was asked for
 */
export function planLines(plan: Plan, stream: NodeJS.WriteStream, verbose: boolean): ToneLine[] {
  const columns = columnsOf(stream);
  return stream.isTTY && !verbose ? planOverview(plan, columns) : planReport(plan, columns);
}

/**
 * The plan on one screen: a line a stage, how long it may take, and from which step on going back is another matter. One
 * that would not go to its end is shown step by step.
 */
export function planOverview(plan: Plan, columns: number): ToneLine[] {
  if (plan.end.kind !== 'done' || plan.steps.length === 0) return planReport(plan, columns);
  const width = Math.min(columns, WIDEST);
  const phases = [...new Set(plan.steps.map(({ phase }) => phase))];
  const plain = (text: string) =>
    wrapped(text, width).map((line): ToneLine => ({ text: line, tone: 'plain' }));
  return [
    ...headingOf(plan, width),
    ...trafficLines(plan, width),
    ...remarkLines(plan, width),
    { text: '', tone: 'plain' },
    { text: TITLES.trimEnd(), tone: 'faint' },
    ...phases.flatMap((phase) => stageLines(plan, phase, width)),
    { text: '', tone: 'plain' },
    ...marksOf(plan).flatMap((mark) =>
      wrapped(mark, width).map((text): ToneLine => ({ text, tone: 'busy' })),
    ),
    ...plain(`${counted(plan.steps.length, 'step')}${expectedIn(plan, MOST_SHARES)}. Each step: --verbose`),
  ];
}

function stageLines(plan: Plan, phase: Phase, width: number): ToneLine[] {
  const numbered = plan.steps.map((step, n) => ({ step, number: n + 1 }));
  const own = numbered.filter(({ step }) => step.phase === phase);
  const budgets = own.flatMap(({ step }) => step.budget ?? []);
  const numbers = own.map(({ number }) => number);
  const cells = [
    capitalized(phase).padEnd(8),
    rangeOf(numbers).padStart(7),
    changeIn(budgets.map(({ voters }) => voters)).padStart(10),
    String(budgets.length === 0 ? '' : Math.min(...budgets.map(({ spare }) => spare))).padStart(7),
  ].join('');
  const [first = '', ...rest] = wrapped(purposeOf(plan, phase), Math.max(20, width - TITLES.length));
  const indentation = ' '.repeat(TITLES.length);
  return [`${cells}  ${first}`, ...rest.map((line) => indentation + line)].map((text) => ({
    text,
    tone: 'plain',
  }));
}

function rangeOf(numbers: readonly number[]): string {
  const [first, last] = [numbers[0], numbers.at(-1)];
  return first === last ? String(first) : `${first}-${last}`;
}

/** `10 to 5`; the voters before the first step of a stage and before its last. */
function changeIn(voters: readonly number[]): string {
  const [first, last] = [voters[0], voters.at(-1)];
  if (first === undefined) return '';
  return first === last ? String(first) : `${first} to ${last}`;
}

function purposeOf({ intent, steps }: Plan, phase: Phase): string {
  const leaving = steps.filter((step) => step.phase === phase && step.action.kind === 'leave').length;
  switch (phase) {
    case 'snapshot':
      return "Consul's state, saved and verified";
    case 'prepare':
      return isInPlace(intent)
        ? 'the group frozen, on a new template'
        : 'a new group like the old, both frozen';
    case 'canary':
      return 'one new server must prove the image';
    case 'grow':
      return 'the rest, each through every gate';
    case 'drain':
      return `${counted(leaving, 'old server')} leave, one at a time`;
    case 'finish':
      return intent.keepOld ? 'the old group stays, empty' : 'what was there before goes';
    case 'back':
      return 'the new servers leave, one at a time';
  }
}

/** From where on going back is another matter. */
function marksOf(plan: Plan): string[] {
  const from = (index: number, what: string) => (index < 0 ? [] : [`From step ${index + 1} on ${what}.`]);
  return [
    ...from(firstLeave(plan), 'a failure pauses the roll: going back is for a person to choose'),
    ...from(changeOfLeader(plan), 'going back is a downgrade, if the image has a newer Consul'),
    ...from(endOfTheOld(plan), 'there is no way back'),
  ];
}
