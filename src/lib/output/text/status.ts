import { budgetKnown, isJudged } from '../../engine/decide/servers.js';
import { pauseAskedIn } from '../../engine/plan/fold.js';
import type { Decision } from '../../model/decision.js';
import type { Group } from '../../model/group.js';
import { isAlive, type Paused, type Status } from '../../model/plan.js';
import { serverLines, type ToneLine } from '../server-list.js';
import { describeStep } from './actions.js';
import { counted, dateAndTime, enumerated, uncapitalized, versionsOf, wrapped } from './format.js';
import { describeAilments, remediesFor } from './health-issues.js';
import { describeRunner } from './lock.js';
import { isHealthy, labelled, verdictOn } from './outcome.js';
import { serviceLines } from './plan.js';
import { describeRefusal } from './stop-reasons.js';
import { describeWait, stateOf } from './waits.js';

/**
 * Three answers, each with its label: is the cluster healthy, is a roll going on and who runs it, what happens next. Then
 * the groups, every server, and what is not as it should be.
 */
export function statusReport(status: Status, columns: number): ToneLine[] {
  const { survey } = status;
  return [
    toned(labelled('Cluster', verdictText(status), columns), isHealthy(status) ? 'good' : 'bad'),
    rollTexts(status).flatMap((text, n) => labelled(n === 0 ? 'Roll' : '', text, columns)),
    nextTexts(status).flatMap((text, n) => labelled(n === 0 ? 'Next' : '', text, columns)),
    [blank],
    groupLines(status, columns),
    serviceLines(survey, columns),
    [blank],
    serverLines(survey.servers, survey, columns, { sides: status.intent !== undefined }),
    healingLines(status, columns),
  ].flat();
}

const blank: ToneLine = { text: '', tone: 'plain' };

function toned(lines: readonly ToneLine[], tone: ToneLine['tone']): ToneLine[] {
  return lines.map(({ text }) => ({ text, tone }));
}

function verdictText(status: Status): string {
  const { survey } = status;
  const versions = versionsOf(survey);
  const consul = versions.length === 0 ? '' : `; Consul ${enumerated(versions)}`;
  const unknown = survey.raft !== undefined && !isJudged(survey);
  const condition = isHealthy(status) ? 'healthy' : unknown ? 'not known to be healthy' : 'not healthy';
  return `${survey.cluster} is ${condition}: ${stateOf(survey)}${consul}`;
}

function rollTexts({ intent, lock, survey }: Status): string[] {
  const held = lock === undefined ? 'nobody is running it' : describeRunner(lock, survey.atMs);
  if (intent === undefined) return ['no roll is going on', ...(lock === undefined ? [] : [held])];
  const runs = lock !== undefined && isAlive(lock, survey.atMs);
  const back = intent.direction === 'back' ? ' back' : '';
  const way = `${runs ? 'on its way' : back ? 'unfinished on its way' : 'unfinished'}${back}`;
  const pausedBy = pauseAskedIn(survey);
  return [
    `roll ${intent.rollId} onto ${intent.imageId}, ${way}, begun ${dateAndTime(intent.startedAtMs)}`,
    held,
    ...(pausedBy === undefined ? [] : [`${pausedBy} asked it to stop after the step in hand`]),
  ];
}

/** The groups, by their sides while there is a roll: without one, nothing is old. */
function groupLines({ survey, intent }: Status, columns: number): ToneLine[] {
  return (['old', 'new'] as const).flatMap((side) => {
    const group = survey[side];
    if (group === undefined) return [];
    const title = intent === undefined ? 'group' : side;
    const margin = `${title}  `;
    return wrapped(groupFacts(group), columns - margin.length).map((text, n): ToneLine => {
      return { text: ((n === 0 ? margin : ' '.repeat(margin.length)) + text).trimEnd(), tone: 'plain' };
    });
  });
}

function groupFacts({ name, imageId, instanceIds, minSize, maxSize, desired, suspended }: Group): string {
  const sizes = `${counted(instanceIds.length, 'instance')} of ${desired} (${minSize} to ${maxSize})`;
  const frozen = suspended.length === 0 ? '' : `, ${suspended.length} of its processes suspended`;
  return `${name}  ${imageId ?? 'an image AWS does not name'}  ${sizes}${frozen}`;
}

/** What is not as it should be, what may not happen meanwhile, and what to do, if more than to wait. */
function healingLines({ ailments, survey }: Status, columns: number): ToneLine[] {
  if (ailments.length === 0) return [];
  const least = budgetKnown(survey)?.spare;
  const spare = least !== undefined && least < 1 ? [NONE_TO_SPARE] : [];
  const told = [...describeAilments(ailments), ...spare].flatMap((text) => wrapped(text, columns));
  return [blank, ...told.map((text): ToneLine => ({ text, tone: 'busy' }))];
}

const NONE_TO_SPARE = 'until that is over no other server may fail: terminate nothing, and begin no roll';

/** What happens next, by itself or by somebody's hand. */
function nextTexts(status: Status): string[] {
  const { next, survey, ailments } = status;
  const again = `consul-roll status --cluster ${survey.cluster}`;
  switch (verdictOn(status)) {
    case 'rolling':
      return [
        ...(next === undefined ? [] : [nextText(next, survey.atMs)]),
        `follow it with: ${again} --watch`,
      ];
    case 'unfinished':
      return [
        `nothing, until somebody carries on with: consul-roll resume --cluster ${survey.cluster}`,
        ...(next === undefined ? [] : [`then ${uncapitalized(nextText(next, survey.atMs))}`]),
      ];
    default: {
      if (next !== undefined) return [nextText(next, survey.atMs)];
      const remedies = remediesFor(ailments);
      if (remedies.length > 0) return [...remedies];
      return ailments.length === 0 && isHealthy(status) ? ['nothing'] : [`wait; look again with: ${again}`];
    }
  }
}

function nextText(next: Decision, nowMs: number): string {
  switch (next.kind) {
    case 'act':
      return describeStep(next.step);
    case 'wait':
      return describeWait(next.wait, nowMs);
    case 'stop':
      return describeRefusal(next.reason);
    case 'done':
      return 'nothing, the roll is done';
  }
}

/** What `pause` says, a line each. */
export function pauseReport(
  { intent: { rollId, cluster }, runner }: Paused,
  nowMs: number,
): readonly string[] {
  return [
    ...asked(`Roll ${rollId} of ${cluster}`, runner, nowMs),
    `Next     consul-roll resume --cluster ${cluster}`,
  ];
}

function asked(roll: string, runner: Paused['runner'], nowMs: number): readonly string[] {
  const later = 'Who carries on with it is not stopped by this.';
  if (runner === 'nobody') return [`${roll} is run by nobody now, so there is nothing to stop. ${later}`];
  if (runner === 'unknown' || isAlive(runner, nowMs)) return [`${roll} will stop after the step in hand.`];
  return [
    `${roll} is ${describeRunner(runner, nowMs)}.`,
    `If it lives, it will stop after the step in hand. ${later}`,
  ];
}
