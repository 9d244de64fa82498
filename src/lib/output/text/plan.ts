import { findNotices } from '../../engine/checks/notices.js';
import { strategyOf } from '../../engine/strategy/strategies.js';
import { listDepartingInstances } from '../../model/action.js';
import type { Phase, Step, StopOutcome } from '../../model/decision.js';
import type { PathPart } from '../../model/estimate.js';
import type { Intent, StrategyName } from '../../model/intent.js';
import {
  buildTargetGroupName,
  formatBalancer,
  listBalancers,
  parseTargetGroupName,
  type TargetGroup,
} from '../../model/load-balancer.js';
import type { Observation } from '../../model/observation.js';
import type { RollPlan } from '../../model/plan.js';
import { findLeader } from '../../model/servers.js';
import { getColumns } from '../terminal/console.js';
import { describeAction } from './actions.js';
import { describeClusterState, listConsulVersions } from './cluster.js';
import {
  BLANK_LINE,
  capitalize,
  formatCount,
  formatLifecycleHooks,
  formatList,
  formatWholeDuration,
  hangText,
  justify,
  type StyledLine,
  styleLines,
  wrapText,
} from './format.js';
import { formatNotices } from './notices.js';
import { listRemedies } from './remedies.js';
import { describeImage, describeWhere, parseCallerName } from './roll-context.js';
import { describeStepReason } from './step-reasons.js';
import { describeStopReason } from './stop-reasons.js';
import { describeEstimate, describePathPart } from './waits.js';

const STEP_NUMBER_WIDTH = 5;
const MARGIN_TITLES = 'voters  healthy  quorum  margin';
const MAX_PLAN_WIDTH = 120;

const STRATEGY_WORDS: Readonly<Record<StrategyName, { readonly heading: string; readonly preparation: string }>> = {
  beside: { heading: '', preparation: 'a new group like the old, processes suspended' },
  'in-place': { heading: ' in place', preparation: 'processes suspended, new launch source' },
};

const PHASE_PURPOSES: Readonly<Record<Phase, (intent: Intent, leaving: number) => string>> = {
  snapshot: () => "Consul's state, saved and verified",
  prepare: (intent) => STRATEGY_WORDS[strategyOf(intent).name].preparation,
  canary: () => 'one new server must pass every gate',
  grow: ({ skipCanary }) => `${skipCanary ? 'the' : 'the other'} new servers, each through every gate`,
  drain: (_intent, leaving) => `${formatCount(leaving, 'old server')} leave; the quorum is kept`,
  finish: ({ keepOld }) => (keepOld ? 'the old group stays, empty and suspended' : 'what the roll replaced is deleted'),
  rollback: () => 'the new servers leave; the quorum is kept',
};

/**
 * The plan as a table: every step with its reason and the voters before it, a heading a phase, and the points after
 * which a rollback changes.
 */
export function formatPlan(plan: RollPlan, columns: number): StyledLine[] {
  const width = Math.min(columns, MAX_PLAN_WIDTH);
  return [
    ...formatPlanHeading(plan, width, (arn) => arn),
    ...formatLoadBalancers(plan, width),
    ...formatNotices(plan, width),
    ...plan.steps.flatMap((step, index) => [
      ...formatPhaseHeading(step, plan.steps[index - 1], width),
      ...formatStep(step, index + 1, width),
      ...formatMilestonesAfter(plan, index, width),
    ]),
    ...(plan.end.kind === 'done' ? [] : [BLANK_LINE]),
    ...formatPlanEnd(plan, width),
  ];
}

/** The cluster, its images, and its state. */
function formatPlanHeading(
  { intent, observation, context, resumed }: RollPlan,
  width: number,
  describeCaller: (arn: string) => string,
): StyledLine[] {
  const images = [...new Set(observation.servers.map((server) => server.imageId))];
  const versions = listConsulVersions(observation);
  const consul = versions.length === 0 ? 'Consul does not answer' : `Consul ${formatList(versions)}`;
  const aim = intent.direction === 'rollback' ? observation.old?.imageId : intent.imageId;
  const there = aim === undefined || (images.length === 1 && images.includes(aim));
  const known = [context.from, context.to];
  const name = (id: string) =>
    describeImage(
      id,
      known.find((image) => image?.id === id),
      observation.atMs,
    );
  const onto = there ? '' : `  ->  ${intent.direction === 'rollback' ? 'back to ' : ''}${name(aim)}`;
  const lines = [
    `Cluster ${intent.cluster}, ${formatCount(intent.size, 'server')}, roll ${intent.rollId}${STRATEGY_WORDS[strategyOf(intent).name].heading}, up to ${formatCount(intent.surge, 'extra server')} at a time`,
    `${images.length === 0 ? 'no servers' : formatList(images.map(name))}, ${consul}${onto}`,
    describeWhere(context, describeCaller),
    `now ${describeClusterState(observation)}`,
    ...(resumed ? ['this roll is in progress; only its remaining steps are shown'] : []),
  ];
  return lines.flatMap((line) => styleLines(line, width));
}

function formatPhaseHeading(step: Step, before: Step | undefined, width: number): StyledLine[] {
  if (before?.phase === step.phase) return [];
  const titles = before === undefined ? MARGIN_TITLES : '';
  return [BLANK_LINE, { text: justify(capitalize(step.phase), titles, width).trimEnd(), style: 'good' }];
}

function formatStep(step: Step, number: number, width: number): StyledLine[] {
  const place = `${String(number).padStart(STEP_NUMBER_WIDTH - 2)}  `;
  const room = width - STEP_NUMBER_WIDTH;
  const [first = '', ...rest] = wrapText(describeAction(step.action), room - MARGIN_TITLES.length - 2);
  return [
    { text: justify(place + first, formatMarginCells(step), width), style: 'plain' },
    ...rest.map((line): StyledLine => ({ text: indentLine(line), style: 'plain' })),
    ...hangText(indentLine(''), describeStepReason(step.reason), width, 'faint'),
  ];
}

function indentLine(line: string): string {
  return `${' '.repeat(STEP_NUMBER_WIDTH)}${line}`;
}

function formatMarginCells({ margin }: Step): string {
  if (margin === undefined) return ''.padEnd(MARGIN_TITLES.length);
  const { voters, healthy, quorum } = margin;
  const cell = (value: number, title: string) => String(value).padStart(title.length);
  return [cell(voters, 'voters'), cell(healthy, 'healthy'), cell(quorum, 'quorum'), cell(margin.margin, 'margin')].join(
    '  ',
  );
}

const PAUSES_MILESTONE = 'from here on a failure pauses the roll, and the operator chooses whether to roll back';
const NEW_LEADER_MILESTONE = 'from here on a new server leads: if it runs a newer Consul, a rollback is a downgrade';

const NO_ROLLBACK_MILESTONE = 'from here on the roll cannot be rolled back';

/** What changes for a rollback once this step is done. */
function formatMilestonesAfter(plan: RollPlan, index: number, width: number): StyledLine[] {
  const marks = [
    ...(index === findFirstLeave(plan) ? [PAUSES_MILESTONE] : []),
    ...(index === findLeaderChange(plan) ? [NEW_LEADER_MILESTONE] : []),
    ...(index === findOldGroupEnd(plan) ? [NO_ROLLBACK_MILESTONE] : []),
  ];
  return marks.flatMap((mark) => hangText(indentLine(''), `-- ${mark}`, width, 'busy'));
}

/** The step in which the first old server leaves; -1 for none, and for a resumed roll, where it may have left before. */
function findFirstLeave({ steps, resumed }: RollPlan): number {
  return resumed ? -1 : steps.findIndex(({ action, phase }) => phase === 'drain' && action.kind === 'leave');
}

/** The step after which a new server leads; -1 for none. */
function findLeaderChange({ steps, observation }: RollPlan): number {
  const leader = findLeader(observation);
  if (leader?.side !== 'old') return -1;
  return steps.findIndex(
    ({ action, phase }) =>
      phase === 'drain' &&
      (action.kind === 'transfer-leadership' ||
        (action.kind === 'leave' && listDepartingInstances(action).includes(leader.instanceId))),
  );
}

/** The step that deletes the old group, after which no rollback is possible; -1 for none. */
function findOldGroupEnd({ intent, steps }: RollPlan): number {
  if (intent.direction === 'rollback') return -1;
  return steps.findIndex(({ action }) => action.kind === 'delete-group' && action.group === intent.oldGroup);
}

function formatPlanEnd(plan: RollPlan, width: number): StyledLine[] {
  const { end } = plan;
  const remedies = end.kind === 'stop' ? listRemedies(end.reason) : [];
  return [
    ...(end.kind === 'done' ? [...formatCriticalPath(plan, width), BLANK_LINE] : []),
    ...styleLines(describeEnd(plan), width, end.kind === 'stop' ? 'bad' : 'plain'),
    ...remedies.flatMap((remedy) => styleLines(`- ${remedy}`, width)),
  ];
}

/** How a roll would end, with the reason where it would stop. */
export function describeEnd(plan: RollPlan): string {
  const { end } = plan;
  return end.kind === 'stop'
    ? `${STOP_LABELS[end.outcome]}: ${describeStopReason(end.reason)}`
    : describeFinalState(plan);
}

/** How a complete roll ends. */
function describeFinalState(plan: RollPlan): string {
  const { end, intent, steps } = plan;
  const { cluster, imageId } = intent;
  if (end.kind === 'done' && end.outcome === 'nothing-to-do')
    return `Nothing to do: every server of ${cluster} already runs ${imageId}.`;
  const arrived =
    end.kind === 'done' && end.outcome === 'rolled-back'
      ? `${cluster} runs the old image again`
      : `every server of ${cluster} runs ${imageId}`;
  return `${formatCount(steps.length, 'step')}${formatExpectedDuration(plan)}; then ${arrived}.`;
}

/** `, about 5 m, an estimate`; empty where the plan does not go to its end. */
function formatExpectedDuration(plan: RollPlan): string {
  const { estimate: expected, steps } = plan;
  if (expected === undefined || steps.length === 0) return '';
  return `, ${describeEstimate(expected)}${formatHookDuration(plan)}`;
}

/** What the roll waits for, in order, a line a phase. Phases that alternate, as in place, have one line each. */
function formatCriticalPath({ path }: RollPlan, width: number): StyledLine[] {
  const phases = [...new Set(path.map(({ phase }) => phase))];
  const lines = phases.flatMap((phase) => {
    const parts = joinPath(path.filter((part) => part.phase === phase));
    return hangText(`  ${capitalize(phase).padEnd(10)}`, formatList(parts.map(describePathPart)), width);
  });
  return lines.length === 0 ? [] : [BLANK_LINE, { text: 'What it waits for, in order', style: 'good' }, ...lines];
}

/** The same in a sentence, with the rest added up. */
function describeCriticalPath({ path, estimate }: RollPlan): string {
  const long = path.filter(({ kind, ms }) => kind !== 'steps' && ms >= MIN_PATH_PART_MS);
  if (estimate === undefined || long.length === 0) return '';
  const restMs = estimate.remainingMs - long.reduce((sum, { ms }) => sum + ms, 0);
  const parts = [...new Set(long.map(({ phase }) => phase))].flatMap((phase) =>
    joinPath(long.filter((part) => part.phase === phase)),
  );
  return ` It waits, in order, for ${parts.map(describePathPart).join(', ')}, and ${formatWholeDuration(restMs)} for steps and the rest.`;
}

const MIN_PATH_PART_MS = 20_000;

/** Parts of the same kind as one. */
function joinPath(parts: readonly PathPart[]): readonly PathPart[] {
  const kinds = [...new Set(parts.map(({ kind }) => kind))];
  return kinds.flatMap((kind) => {
    const own = parts.filter((part) => part.kind === kind);
    const sum = (of: (part: PathPart) => number) => own.reduce((all, part) => all + of(part), 0);
    return own.slice(0, 1).map((part) => ({ ...part, ms: sum(({ ms }) => ms), count: sum(({ count }) => count) }));
  });
}

/** What is in no estimate: how long lifecycle hooks hold the servers, which what completes them decides. */
function formatHookDuration({ observation, intent }: RollPlan): string {
  const hooks = findNotices(observation, intent).flatMap((notice) => (notice.kind === 'lifecycle-hook' ? notice : []));
  if (hooks.length === 0) return '';
  const longestMs = Math.max(...hooks.map(({ timeoutMs }) => timeoutMs));
  return `, and up to ${formatWholeDuration(longestMs)} for each server that ${formatLifecycleHooks(hooks.map(({ name }) => name))} holds`;
}

const STOP_LABELS: Readonly<Record<StopOutcome, string>> = {
  refused: 'Refused',
  stopped: 'The roll would stop here',
  'quorum-at-risk': 'The roll would stop here with the quorum at risk',
};

const MAX_OVERVIEW_WIDTH = 100;
const OVERVIEW_TITLES = 'Phase     steps    voters  margin ';

/**
 * The plan as it is shown on this stream: a screenful on a terminal, every step elsewhere.
 *
 * @param verbose every step was asked for
 */
export function formatPlanForStream(plan: RollPlan, stream: NodeJS.WriteStream, verbose: boolean): StyledLine[] {
  const columns = getColumns(stream);
  return stream.isTTY && !verbose ? formatPlanOverview(plan, columns) : formatPlan(plan, columns);
}

/**
 * The plan on one screen: a line a phase, the estimate, and the steps after which a rollback changes. A plan that would
 * stop is shown step by step.
 */
export function formatPlanOverview(plan: RollPlan, columns: number): StyledLine[] {
  if (plan.end.kind !== 'done' || plan.steps.length === 0) return formatPlan(plan, columns);
  const width = Math.min(columns, MAX_OVERVIEW_WIDTH);
  const phases = [...new Set(plan.steps.map(({ phase }) => phase))];
  return [
    ...formatPlanHeading(plan, width, parseCallerName),
    ...formatLoadBalancers(plan, width),
    ...formatNotices(plan, width),
    BLANK_LINE,
    { text: OVERVIEW_TITLES.trimEnd(), style: 'faint' },
    ...phases.flatMap((phase) => formatPhase(plan, phase, width)),
    BLANK_LINE,
    ...styleLines(describeMilestones(plan), width, 'busy'),
    ...styleLines(
      `${formatCount(plan.steps.length, 'step')}${formatExpectedDuration(plan)}.${describeCriticalPath(plan)} Each step: --verbose`,
      width,
    ),
  ];
}

function formatPhase(plan: RollPlan, phase: Phase, width: number): StyledLine[] {
  const numbered = plan.steps.map((step, n) => ({ step, number: n + 1 }));
  const own = numbered.filter(({ step }) => step.phase === phase);
  const margins = own.flatMap(({ step }) => step.margin ?? []);
  const numbers = own.map(({ number }) => number);
  const cells = [
    capitalize(phase).padEnd(8),
    formatRange(numbers).padStart(7),
    formatChange(margins.map(({ voters }) => voters)).padStart(10),
    String(margins.length === 0 ? '' : Math.min(...margins.map(({ margin }) => margin))).padStart(7),
  ].join('');
  const label = `${cells}  `;
  return hangText(label, describePhasePurpose(plan, phase), Math.max(label.length + 20, width));
}

function formatRange(numbers: readonly number[]): string {
  const [first, last] = [numbers[0], numbers.at(-1)];
  return first === last ? String(first) : `${first}-${last}`;
}

/** `10 to 5`; the voters before the first and the last step of a phase. */
function formatChange(voters: readonly number[]): string {
  const [first, last] = [voters[0], voters.at(-1)];
  if (first === undefined) return '';
  return first === last ? String(first) : `${first} to ${last}`;
}

function describePhasePurpose({ intent, steps }: RollPlan, phase: Phase): string {
  const leaving = steps.flatMap((step) =>
    step.phase === phase && step.action.kind === 'leave' ? step.action.servers : [],
  ).length;
  return PHASE_PURPOSES[phase](intent, leaving);
}

/** The steps after which a rollback changes; empty without one. */
function describeMilestones(plan: RollPlan): string {
  const from = (index: number, what: string) => (index < 0 ? [] : [`from step ${index + 1} on ${what}`]);
  const marks = [
    ...from(findFirstLeave(plan), 'a failure pauses the roll, and the operator chooses whether to roll back'),
    ...from(findLeaderChange(plan), 'a rollback is a downgrade, if the image has a newer Consul'),
    ...from(findOldGroupEnd(plan), 'the roll cannot be rolled back'),
  ];
  return marks.length === 0 ? '' : `${capitalize(marks.join('; '))}.`;
}

/** The load balancers of a plan; nothing without target groups. */
export function formatLoadBalancers({ observation }: RollPlan, width: number): StyledLine[] {
  const group = observation.old ?? observation.new;
  if (group === undefined || group.targetGroups.length === 0) return [];
  const known = observation.preflightFacts?.targetGroups ?? [];
  const sources = listBalancers(group).map((name) => {
    const found = known.find(({ arn }) => buildTargetGroupName(arn) === name);
    return `${formatBalancer(name)}${found === undefined ? '' : formatTargetGroupBalancers(found)}`;
  });
  return styleLines(`traffic from ${formatList(sources)}`, width);
}

/**
 * How many servers stand where, in each load balancer and target group; nothing where there is only a classic load
 * balancer, which the servers' own lines tell of.
 */
export function formatService({ servers }: Observation, width: number): StyledLine[] {
  const names = [...new Set(servers.flatMap((server) => Object.keys(server.balancers)))];
  if (names.every((name) => parseTargetGroupName(name) === undefined) && names.length < 2) return [];
  return names.flatMap((name) => {
    const counts = new Map<string, number>();
    for (const { balancers } of servers) {
      const word = (balancers[name] ?? 'absent').replaceAll('-', ' ');
      counts.set(word, (counts.get(word) ?? 0) + 1);
    }
    const texts = [...counts].map(([word, count]) => `${count} ${word}`);
    return styleLines(`${formatBalancer(name)}: ${texts.join(', ')}`, width);
  });
}

/** ` (application load balancer web, internal)`. */
function formatTargetGroupBalancers({ loadBalancers }: TargetGroup): string {
  const texts = loadBalancers.map(({ name, type, scheme }) => `${type} load balancer ${name}, ${scheme}`);
  return texts.length === 0 ? ' (no load balancer)' : ` (${texts.join('; ')})`;
}
