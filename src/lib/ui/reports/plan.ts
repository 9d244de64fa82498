import { leaderOf } from '../../decide/voters.js';
import type { Step, StopOutcome } from '../../model/decision.js';
import type { Plan } from '../../model/plan.js';
import { describeAction } from '../sentences/action.js';
import { describeForecast, describeShares } from '../sentences/forecast.js';
import { describeRefusal, remediesOf } from '../sentences/refusal.js';
import type { ToneLine } from '../server-lines.js';
import { capitalized, counted, justified, wrapped } from '../text.js';
import { headingOf } from './heading.js';
import { remarkLines } from './remarks.js';
import { trafficLines } from './traffic.js';

const NUMBER_WIDTH = 5;
const BUDGET_TITLES = 'voters  healthy  quorum  spare';
const WIDEST = 120;

/**
 * The plan as a table: what, why, and the voters before each step, a heading a stage, and the points from which on
 * going back is another matter.
 */
export function planReport(plan: Plan, columns: number): ToneLine[] {
  const width = Math.min(columns, WIDEST);
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
