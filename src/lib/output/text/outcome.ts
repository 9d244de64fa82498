import { budgetKnown, budgetNow } from '../../engine/decide/servers.js';
import type { Outcome, RollResult } from '../../model/events.js';
import { isAlias, launchTemplateOf } from '../../model/launch-source.js';
import type { Survey } from '../../model/observation.js';
import { EXIT, OUTCOMES } from '../../model/outcome.js';
import { isAlive, type Status } from '../../model/plan.js';
import type { Tone, ToneLine } from '../server-list.js';
import { capitalized, counted, enumerated, spanOf, wrapped } from './format.js';
import { fewOfWarnings } from './notices.js';
import { describeRefusal, remediesOf } from './stop-reasons.js';
import { stateOf } from './waits.js';

const LABEL_WIDTH = 9;
const TONES: Partial<Record<Outcome, Tone>> = {
  rolled: 'good',
  'nothing-to-do': 'good',
  'rolled-back': 'busy',
  interrupted: 'busy',
  stopped: 'busy',
};

/**
 * How a roll ended: what happened, what the cluster is now, what it took, what went wrong beside it, where the snapshot
 * is, what is next.
 */
export function outcomeLines(
  result: RollResult,
  columns: number,
  warnings: readonly string[] = [],
): ToneLine[] {
  const { happened, now, took, next } = outcomeReport(result);
  const snapshot = result.survey?.history.snapshot;
  const tone = isAsIntended(result) ? 'good' : (TONES[result.outcome] ?? 'bad');
  return [
    ...wrapped(happened, columns).map((text): ToneLine => ({ text, tone })),
    ...labelled('Cluster', now, columns),
    ...(result.elapsedMs === 0 ? [] : labelled('Took', took, columns)),
    ...warningLines(warnings, columns),
    ...(snapshot === undefined ? [] : labelled('Snapshot', snapshot.path, columns)),
    ...next.flatMap((line, index) => labelled(index === 0 ? 'Next' : '', line, columns)),
  ];
}

/** What went wrong beside a roll, the first of it; nothing where nothing did. */
export function warningLines(warnings: readonly string[], columns: number): ToneLine[] {
  if (warnings.length === 0) return [];
  const told = fewOfWarnings(warnings);
  const [label, texts] =
    warnings.length === 1
      ? ['Warning', told]
      : ['Warnings', [`${warnings.length} while it was going on`, ...told]];
  return texts
    .flatMap((text, index) => labelled(index === 0 ? label : '', text, columns))
    .map(({ text }) => ({ text, tone: 'busy' }));
}

/** A label and its text, continued under the text. */
export function labelled(label: string, text: string, columns: number): ToneLine[] {
  return wrapped(text, Math.max(1, columns - LABEL_WIDTH)).map((line, index) => ({
    text: `${(index === 0 ? label : '').padEnd(LABEL_WIDTH)}${line}`,
    tone: 'plain',
  }));
}

/** How a roll ended, whatever the end was. */
export interface OutcomeReport {
  /** What happened, one sentence, with the reason where it did not go well. */
  readonly happened: string;
  /** What the cluster is now. */
  readonly now: string;
  /** What it took. */
  readonly took: string;
  /** What to do next: remedies, then the next safe command. */
  readonly next: readonly string[];
}

export function outcomeReport(result: RollResult): OutcomeReport {
  return {
    happened: happenedIn(result),
    now: result.survey === undefined ? 'not looked at' : clusterNow(result.survey),
    took: `${spanOf(result.elapsedMs)}, ${counted(result.leaderChanges, 'leader change')}`,
    next: [
      ...(result.reason === undefined ? [] : remediesOf(result.reason)),
      ...keptOnNumber(result),
      nextCommand(result),
    ],
  };
}

/** A group whose alias stood for something else at the end than the roll had tried. */
function keptOnNumber({ outcome, intent, survey }: RollResult): string[] {
  const use = survey?.new && launchTemplateOf(survey.new.template);
  const was = intent?.oldTemplate;
  if (outcome !== 'rolled' || use === undefined || was?.kind !== 'launch-template') return [];
  const kept = intent?.newTemplate.kind === 'launch-template-version' && isAlias(was.version);
  if (!kept || isAlias(use.version)) return [];
  return [
    `look at launch template ${use.name}: ${was.version} is not version ${use.version} any more, so the group is on that by its number`,
  ];
}

function happenedIn(result: RollResult): string {
  const cluster = result.intent?.cluster ?? result.survey?.cluster ?? 'the cluster';
  const meaning = `${capitalized(headline(result, cluster))}.`;
  return result.reason === undefined || isAsIntended(result)
    ? meaning
    : `${meaning} ${describeRefusal(result.reason)}`;
}

function headline(result: RollResult, cluster: string): string {
  const { outcome, intent } = result;
  const image = intent?.imageId ?? 'the new image';
  switch (outcome) {
    case 'rolled':
      return `rolled: every server of ${cluster} runs ${image}`;
    case 'nothing-to-do':
      return `nothing to do: every server of ${cluster} already runs ${image}`;
    case 'rolled-back':
      return `${isAsIntended(result) ? 'rolled back, as asked' : 'rolled back'}: ${cluster} is ${
        isWell(result)
          ? 'healthy on the image it had'
          : `on the image it had; at the last look, ${seenIn(result)}`
      }`;
    case 'stopped':
      return stoppedWhere(result);
    case 'interrupted':
      if (result.onlyRecorded) return `interrupted; ${ONLY_RECORDED}`;
      return result.unbegun
        ? 'interrupted before anything was changed'
        : 'interrupted; the roll can be resumed';
    default:
      return OUTCOMES[outcome].meaning;
  }
}

/** It went back because somebody asked for that, so it did what it was to do. */
export function isAsIntended({ outcome, reason }: Pick<RollResult, 'outcome' | 'reason'>): boolean {
  return outcome === 'rolled-back' && reason?.kind === 'asked';
}

const ONLY_RECORDED = 'only the record of the roll was made on the group, and nothing else was changed';

/** A stopped roll promises a healthy cluster only where its last look saw one. */
function stoppedWhere(result: RollResult): string {
  const blind = result.reason?.kind === 'blind';
  if (!blind && result.onlyRecorded && isWell(result)) return `stopped; ${ONLY_RECORDED}`;
  if (!blind && isWell(result)) return OUTCOMES.stopped.meaning;
  const when = blind ? 'at the last look, before that' : 'at the last look';
  return `stopped part-way; ${when}, ${seenIn(result)}; the roll can be resumed`;
}

/** Every voter was healthy at the last look. */
function isWell({ survey }: RollResult): boolean {
  const budget = survey && budgetKnown(survey);
  return budget !== undefined && budget.healthy === budget.voters;
}

function seenIn({ survey }: RollResult): string {
  const budget = survey && budgetKnown(survey);
  if (budget === undefined) return 'no leader that all agree on was seen';
  return budget.healthy === undefined
    ? `the leader of ${counted(budget.voters, 'voter')} was only just elected, and it was not known yet who was healthy`
    : `${budget.healthy} of ${counted(budget.voters, 'voter')} were healthy, ${budget.quorum} being the quorum`;
}

function clusterNow(survey: Survey): string {
  const servers = counted(survey.servers.length, 'server');
  return `${servers} on ${enumerated(imagesOf(survey))}; ${stateOf(survey)}`;
}

function imagesOf(survey: Survey): string[] {
  const images = survey.servers.map((server) => server.imageId);
  const distinct = [...new Set(images)];
  if (distinct.length < 2) return distinct;
  return distinct.map((image) => `${image} (${images.filter((other) => other === image).length})`);
}

const AGAIN: readonly Outcome[] = ['stopped', 'interrupted'];

function nextCommand({ outcome, intent, survey, unbegun, onlyRecorded }: RollResult): string {
  const cluster = intent?.cluster ?? survey?.cluster ?? 'NAME';
  const order = `--cluster ${cluster} --ami ${intent?.imageId ?? 'AMI'}`;
  if (outcome === 'interrupted' && unbegun) return `begin again with: consul-roll upgrade ${order}`;
  if (AGAIN.includes(outcome)) {
    const goBack = onlyRecorded ? 'take the record back' : 'go back';
    const back =
      intent?.direction === 'back' ? '' : `, or ${goBack} with: consul-roll rollback --cluster ${cluster}`;
    return `carry on with: consul-roll resume --cluster ${cluster}${back}`;
  }
  if (outcome === 'refused') return `then look again with: consul-roll plan ${order}`;
  if (outcome === 'quorum-at-risk') {
    return `terminate nothing; see what each server says with: consul-roll status --cluster ${cluster}; what to do then is in docs/failure-modes.md`;
  }
  return `consul-roll status --cluster ${cluster}`;
}

/** A cluster and its roll in one word, and the exit code that says so: what a roll begun now would end with. */
export const VERDICTS = {
  ready: { exitCode: EXIT.done, meaning: 'healthy, and no roll is going on' },
  unhealthy: { exitCode: EXIT.refused, meaning: 'not healthy or not known to be, and no roll is going on' },
  unfinished: { exitCode: EXIT.stopped, meaning: 'a roll is unfinished, and nobody is running it' },
  'quorum-at-risk': { exitCode: EXIT.quorumAtRisk, meaning: 'no leader that all agree on, or no quorum' },
  rolling: { exitCode: EXIT.locked, meaning: 'a roll is going on, and somebody is running it' },
} as const;

export type Verdict = keyof typeof VERDICTS;

export function verdictOn(status: Status): Verdict {
  const { survey, intent, lock } = status;
  const budget = budgetKnown(survey);
  if (budget === undefined || (budget.spare ?? 0) < 0) return 'quorum-at-risk';
  if (lock !== undefined && isAlive(lock, survey.atMs)) return 'rolling';
  if (intent !== undefined) return 'unfinished';
  return isHealthy(status) ? 'ready' : 'unhealthy';
}

/**
 * One leader, every voter healthy, at least one more than the quorum needs; and every server a voter, unless a roll
 * is just bringing some in or out; and without a roll as many servers as the group wants.
 */
export function isHealthy({ survey, intent }: Pick<Status, 'survey' | 'intent'>): boolean {
  const budget = budgetNow(survey);
  if (budget === undefined || budget.healthy < budget.voters || budget.spare < 1) return false;
  if (intent !== undefined) return true;
  const inService = survey.servers.filter((server) => server.lifecycle === 'InService').length;
  if (survey.old !== undefined && inService < survey.old.desired) return false;
  return survey.servers.every((server) => server.lifecycle !== 'InService' || server.peer?.voter === true);
}
