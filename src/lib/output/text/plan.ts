import { leaderOf } from '../../engine/decide/servers.js';
import type { Phase, Step, StopOutcome } from '../../model/decision.js';
import { isInPlace } from '../../model/intent.js';
import {
  balancerNameOf,
  balancersOf,
  spokenBalancer,
  type TargetGroup,
  targetGroupNamed,
} from '../../model/load-balancer.js';
import type { Survey } from '../../model/observation.js';
import type { Plan } from '../../model/plan.js';
import type { ToneLine } from '../server-list.js';
import { columnsOf } from '../terminal/console.js';
import { describeAction } from './actions.js';
import { describeForecast, describeShares } from './estimate.js';
import { capitalized, counted, enumerated, headingOf, justified, wrapped } from './format.js';
import { remarkLines } from './notices.js';
import { describeRefusal, remediesOf } from './stop-reasons.js';

const NUMBER_WIDTH = 5;
const BUDGET_TITLES = 'voters  healthy  quorum  spare';
const MAX_PLAN_WIDTH = 120;

/**
 * The plan as a table: what, why, and the voters before each step, a heading a stage, and the points from which on
 * going back is another matter.
 */
export function planReport(plan: Plan, columns: number): ToneLine[] {
  const width = Math.min(columns, MAX_PLAN_WIDTH);
  return [
    ...headingOf(plan, width),
    ...trafficLines(plan, width),
    ...remarkLines(plan, width),
    ...plan.steps.flatMap((step, index) => [
      ...stageHeading(step, plan.steps[index - 1], width),
      ...stepLines(step, index + 1, width),
      ...marksAfter(plan, index, width),
    ]),
    { text: '', tone: 'plain' },
    ...ending(plan, width),
  ];
}

function stageHeading(step: Step, before: Step | undefined, width: number): ToneLine[] {
  if (before?.phase === step.phase) return [];
  const titles = before === undefined ? BUDGET_TITLES : '';
  return [
    { text: '', tone: 'plain' },
    { text: justified(capitalized(step.phase), titles, width).trimEnd(), tone: 'good' },
  ];
}

function stepLines(step: Step, number: number, width: number): ToneLine[] {
  const place = `${String(number).padStart(NUMBER_WIDTH - 2)}  `;
  const room = width - NUMBER_WIDTH;
  const [first = '', ...rest] = wrapped(describeAction(step.action), room - BUDGET_TITLES.length - 2);
  return [
    { text: justified(place + first, budgetCells(step), width), tone: 'plain' },
    ...rest.map((line): ToneLine => ({ text: indented(line), tone: 'plain' })),
    ...wrapped(step.why, room).map((line): ToneLine => ({ text: indented(line), tone: 'faint' })),
  ];
}

function indented(line: string): string {
  return `${' '.repeat(NUMBER_WIDTH)}${line}`;
}

function budgetCells({ budget }: Step): string {
  if (budget === undefined) return ''.padEnd(BUDGET_TITLES.length);
  const { voters, healthy, quorum, spare } = budget;
  const cell = (value: number, title: string) => String(value).padStart(title.length);
  return [
    cell(voters, 'voters'),
    cell(healthy, 'healthy'),
    cell(quorum, 'quorum'),
    cell(spare, 'spare'),
  ].join('  ');
}

const PAUSES = 'from here on a failure pauses the roll: going back is for a person to choose';
const NEW_LEADER = 'from here on a new server leads: if it runs a newer Consul, going back is a downgrade';

const NO_WAY_BACK = 'from here on there is no way back';

/** What is different once this step is done, where something is. */
function marksAfter(plan: Plan, index: number, width: number): ToneLine[] {
  const marks = [
    ...(index === firstLeave(plan) ? [PAUSES] : []),
    ...(index === changeOfLeader(plan) ? [NEW_LEADER] : []),
    ...(index === endOfTheOld(plan) ? [NO_WAY_BACK] : []),
  ];
  const lines = marks.flatMap((mark) => wrapped(`-- ${mark}`, width - NUMBER_WIDTH));
  return lines.map((line) => ({ text: indented(line), tone: 'busy' }));
}

/** The step with which the first old server leaves; -1 for none. In a roll that was begun before, the first leave may have been long ago. */
export function firstLeave({ steps, resumed }: Plan): number {
  return resumed ? -1 : steps.findIndex(({ action, phase }) => phase === 'drain' && action.kind === 'leave');
}

/** The step after which a new server leads; -1 for none. */
export function changeOfLeader({ steps, survey }: Plan): number {
  const leader = leaderOf(survey);
  if (leader?.side !== 'old') return -1;
  return steps.findIndex(
    ({ action, phase }) =>
      phase === 'drain' &&
      (action.kind === 'transfer-leadership' ||
        (action.kind === 'leave' && action.instanceId === leader.instanceId)),
  );
}

/** The step with which the old group goes, and the way back; -1 for none. */
export function endOfTheOld({ intent, steps }: Plan): number {
  if (intent.direction === 'back') return -1;
  return steps.findIndex(({ action }) => action.kind === 'delete-group' && action.group === intent.oldGroup);
}

function ending(plan: Plan, width: number): ToneLine[] {
  const { end } = plan;
  const stopping = wrapped(describeEnd(plan), width);
  if (end.kind !== 'stop') return stopping.map((text) => ({ text, tone: 'plain' }));
  const remedies = remediesOf(end.reason).flatMap((remedy) => wrapped(`- ${remedy}`, width));
  return [
    ...stopping.map((text): ToneLine => ({ text, tone: 'bad' })),
    ...remedies.map((text): ToneLine => ({ text, tone: 'plain' })),
  ];
}

/** How a roll would end, and why it would not go to its end. */
export function describeEnd(plan: Plan): string {
  const { end } = plan;
  return end.kind === 'stop' ? `${STOPS[end.outcome]}: ${describeRefusal(end.reason)}` : arrivalOf(plan);
}

/** How a roll that goes to its end ends. */
function arrivalOf(plan: Plan): string {
  const { end, intent, steps } = plan;
  const { cluster, imageId } = intent;
  if (end.kind === 'done' && end.outcome === 'nothing-to-do')
    return `Nothing to do: every server of ${cluster} already runs ${imageId}.`;
  const arrived =
    end.kind === 'done' && end.outcome === 'rolled-back'
      ? `${cluster} is back on the image it had`
      : `every server of ${cluster} runs ${imageId}`;
  return `${counted(steps.length, 'step')}${expectedIn(plan)}; then ${arrived}.`;
}

/** `, about 5 m, an estimate: 5 drains 2 m 30 s, ...`; empty where the plan does not go to its end. */
export function expectedIn({ expected, steps }: Plan, most?: number): string {
  if (expected === undefined || steps.length === 0) return '';
  return `, ${describeForecast(expected)}: ${describeShares(expected, most)}`;
}

/** How a roll that would not go to its end is spoken of. */
const STOPS: Readonly<Record<StopOutcome, string>> = {
  refused: 'Refused',
  stopped: 'It would stop there, part-way',
  'quorum-at-risk': 'It would stop there, the quorum being at risk',
};

const MAX_OVERVIEW_WIDTH = 100;
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
  const width = Math.min(columns, MAX_OVERVIEW_WIDTH);
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

/** Where a plan's servers get their traffic from; nothing where no target group is. */
export function trafficLines({ survey }: Plan, width: number): ToneLine[] {
  const group = survey.old ?? survey.new;
  if (group === undefined || group.targetGroups.length === 0) return [];
  const known = survey.facts?.targetGroups ?? [];
  const sources = balancersOf(group).map((name) => {
    const found = known.find(({ arn }) => balancerNameOf(arn) === name);
    return `${spokenBalancer(name)}${found === undefined ? '' : behind(found)}`;
  });
  return wrapped(`traffic from ${enumerated(sources)}`, width).map((text) => ({ text, tone: 'plain' }));
}

/**
 * How many servers stand where, in each load balancer and target group; nothing where there is only a classic load
 * balancer, which the servers' own lines tell of.
 */
export function serviceLines({ servers }: Survey, width: number): ToneLine[] {
  const names = [...new Set(servers.flatMap((server) => Object.keys(server.balancers)))];
  if (names.every((name) => targetGroupNamed(name) === undefined) && names.length < 2) return [];
  return names.flatMap((name) => {
    const counts = new Map<string, number>();
    for (const { balancers } of servers) {
      const word = (balancers[name] ?? 'absent').replaceAll('-', ' ');
      counts.set(word, (counts.get(word) ?? 0) + 1);
    }
    const texts = [...counts].map(([word, count]) => `${count} ${word}`);
    return wrapped(`${spokenBalancer(name)}: ${texts.join(', ')}`, width).map(
      (text): ToneLine => ({ text, tone: 'plain' }),
    );
  });
}

/** ` (application load balancer web, internal)`. */
function behind({ loadBalancers }: TargetGroup): string {
  const texts = loadBalancers.map(({ name, type, scheme }) => `${type} load balancer ${name}, ${scheme}`);
  return texts.length === 0 ? ' (no load balancer)' : ` (${texts.join('; ')})`;
}
