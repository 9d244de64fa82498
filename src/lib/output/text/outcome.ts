import { findAliasedTemplate } from '../../engine/launch-source/version-alias.js';
import { findProcessesToResume } from '../../engine/strategy/suspended-processes.js';
import type { RollError } from '../../model/errors.js';
import { formatFlag, formatScalingCommand } from '../../model/errors.js';
import { findLaunchTemplate, isAlias } from '../../model/launch-source.js';
import type { Observation } from '../../model/observation.js';
import { findChangeExtent, findReason, type Outcome, type RollEnd, type RollResult } from '../../model/outcome.js';
import { findKnownQuorumMargin } from '../../model/servers.js';
import { describeClusterState } from './cluster.js';
import { describeFailure, listLastConsoleLines } from './failures.js';
import {
  capitalize,
  formatCount,
  formatDuration,
  formatList,
  hangText,
  type Style,
  type StyledLine,
  styleLines,
} from './format.js';
import { limitWarnings } from './notices.js';
import { canResume, describeNextCommand, findOtherWay, listRemedies } from './remedies.js';
import { describeStopReason } from './stop-reasons.js';

const LABEL_WIDTH = 9;
const OUTCOME_STYLES: Partial<Record<Outcome, Style>> = {
  rolled: 'good',
  'nothing-to-do': 'good',
  'rolled-back': 'busy',
  interrupted: 'busy',
  stopped: 'busy',
};

/** A file that a run has written: what it is, in one word, and its path. */
export interface NamedFile {
  readonly what: string;
  readonly path: string;
}

/**
 * The result of a roll: what happened, the state of the cluster, the duration, warnings, the snapshot, what to do next.
 */
export function formatOutcomeReport(
  result: RollResult,
  columns: number,
  warnings: readonly string[] = [],
  files: readonly NamedFile[] = [],
): StyledLine[] {
  const { happened, now, took, next } = buildOutcomeText(result);
  const snapshot = result.memory.snapshot;
  const style = isIntendedOutcome(result) ? 'good' : (OUTCOME_STYLES[result.outcome] ?? 'bad');
  return [
    ...styleLines(happened, columns, style),
    ...formatFailures(result, columns),
    ...formatLabelled('Cluster', now, columns),
    ...(result.elapsedMs === 0 ? [] : formatLabelled('Took', took, columns)),
    ...formatWarnings(warnings, columns),
    ...(snapshot === undefined ? [] : formatLabelled('Snapshot', snapshot.path, columns)),
    ...files.flatMap(({ what, path }) => formatLabelled(what, path, columns)),
    ...next.flatMap((line, index) => formatLabelled(index === 0 ? 'Next' : '', line, columns)),
  ];
}

/** A server that the roll gave up: how far it came, and how its console ends. Others of the same image fail alike. */
function formatFailures({ failures = [] }: RollResult, columns: number): StyledLine[] {
  const [first, ...others] = failures;
  if (first === undefined) return [];
  const more = others.length === 0 ? '' : `; ${formatCount(others.length, 'other server')} failed too`;
  return [
    ...formatLabelled('Failed', `${describeFailure(first)}${more}`, columns),
    ...listLastConsoleLines(first.console).flatMap((line, index) =>
      formatLabelled(index === 0 ? 'Console' : '', line, columns),
    ),
  ];
}

/** The first warnings of a roll; empty without any. */
export function formatWarnings(warnings: readonly string[], columns: number): StyledLine[] {
  if (warnings.length === 0) return [];
  const listed = limitWarnings(warnings);
  const [label, texts] =
    warnings.length === 1 ? ['Warning', listed] : ['Warnings', [`${warnings.length} during the roll`, ...listed]];
  return texts
    .flatMap((text, index) => formatLabelled(index === 0 ? label : '', text, columns))
    .map(({ text }) => ({ text, style: 'busy' }));
}

/** A label and its wrapped text. */
export function formatLabelled(label: string, text: string, columns: number): StyledLine[] {
  return hangText(label.padEnd(LABEL_WIDTH), text, columns);
}

/** The result of a roll in words. */
interface OutcomeText {
  /** What happened, in one sentence, with the reason of a failure. */
  readonly happened: string;
  /** The state of the cluster. */
  readonly now: string;
  /** Duration and leader changes. */
  readonly took: string;
  /** What to do next: remedies, then the next safe command. */
  readonly next: readonly string[];
}

export function buildOutcomeText(result: RollResult): OutcomeText {
  const reason = findReason(result);
  return {
    happened: describeOutcome(result),
    now: result.observation === undefined ? 'not observed' : describeClusterNow(result.observation),
    took: `${formatDuration(result.elapsedMs)}, ${formatCount(result.leaderChanges, 'leader change')}`,
    next: [
      ...(reason === undefined ? [] : listRemedies(reason)),
      ...listPinnedWarnings(result),
      ...listKeptGroupAdvice(result),
      getNextCommand(result),
    ],
  };
}

/** A group whose alias means another version than the one that the roll tested. */
function listPinnedWarnings({ outcome, intent, observation }: RollResult): string[] {
  const launchTemplate = observation?.new && findLaunchTemplate(observation.new.launchSource);
  const was = intent && findAliasedTemplate(intent);
  if (outcome !== 'rolled' || launchTemplate === undefined || was === undefined) return [];
  if (isAlias(launchTemplate.version)) return [];
  return [
    `check launch template ${launchTemplate.name}: ${was.version} no longer means version ${launchTemplate.version}, so the group uses that version by number`,
  ];
}

/** What is left of a roll with `--keep-old`: a group that would act on its own if its processes were resumed. */
function listKeptGroupAdvice({ outcome, intent, observation }: RollResult): string[] {
  const old = observation?.old;
  if (outcome !== 'rolled' || !intent?.keepOld || old === undefined) return [];
  const processes = findProcessesToResume(old, intent.original.suspended);
  if (processes.length === 0) return [];
  const resume = formatScalingCommand('resume-processes', old.name, { 'scaling-processes': processes });
  return [
    `group ${old.name} is kept, empty and with its processes suspended: its scheduled actions and scaling policies launch no old server beside the new ones. Resume them only once group ${intent.newGroup} has no server: ${resume}`,
  ];
}

function describeOutcome(result: RollResult): string {
  const cluster = result.intent?.cluster ?? result.observation?.cluster ?? 'the cluster';
  const meaning = `${capitalize(formatHeadline(result, cluster))}.`;
  const reason = findReason(result);
  return reason === undefined || isIntendedOutcome(result) ? meaning : `${meaning} ${describeStopReason(reason)}`;
}

const EVERY_SERVER_UPDATED = 'rolled, or nothing to do: every server runs the new image';

/** Each outcome in words. */
export const OUTCOME_MEANINGS: Readonly<Record<Outcome, string>> = {
  rolled: EVERY_SERVER_UPDATED,
  'nothing-to-do': EVERY_SERVER_UPDATED,
  refused: 'refused before any change',
  'rolled-back': 'rolled back; the cluster is healthy on the old image',
  stopped: 'stopped during the roll; the cluster is healthy and the roll can be resumed',
  'quorum-at-risk': 'the quorum is at risk; no further changes are made, manual action is required',
  locked: 'another roll holds the lock',
  interrupted: 'interrupted; the roll can be resumed if it has started',
};

function formatHeadline(result: RollResult, cluster: string): string {
  const { outcome, intent } = result;
  const image = intent?.imageId ?? 'the new image';
  switch (outcome) {
    case 'rolled':
      return `rolled: every server of ${cluster} runs ${image}`;
    case 'nothing-to-do':
      return `nothing to do: every server of ${cluster} already runs ${image}`;
    case 'rolled-back':
      return `${isIntendedOutcome(result) ? 'rolled back, as requested' : 'rolled back'}: ${cluster} is ${
        showsHealthyCluster(result)
          ? 'healthy on the old image'
          : `on the old image; when last observed, ${describeLastObservation(result)}`
      }`;
    case 'stopped':
      return describeStopPoint(result);
    case 'interrupted':
      if (result.pausedAfter !== undefined)
        return `paused after ${result.pausedAfter}, as --pause-after asked: check it, then resume or roll back the roll onto ${image}`;
      if (result.changed === 'record') return `interrupted; ${ONLY_RECORD_WRITTEN}`;
      return result.changed === 'nothing'
        ? 'interrupted before anything was changed'
        : `${result.pausedBy === undefined ? 'interrupted' : `paused by ${result.pausedBy}`}; the roll can be resumed`;
    default:
      return OUTCOME_MEANINGS[outcome];
  }
}

/** A requested rollback that succeeded. */
export function isIntendedOutcome(end: RollEnd): boolean {
  return end.outcome === 'rolled-back' && end.reason?.kind === 'operator-request';
}

const ONLY_RECORD_WRITTEN = 'only the record of the roll was written; nothing else was changed';

/** Says that the cluster is healthy only if the last observation showed it. */
function describeStopPoint(result: Extract<RollResult, { readonly outcome: 'refused' | 'stopped' }>): string {
  const reason = findReason(result);
  const resumable = canResume(reason);
  if (reason?.kind !== 'unreadable' && showsHealthyCluster(result)) {
    if (result.changed === 'record') return `stopped; ${ONLY_RECORD_WRITTEN}`;
    return resumable ? OUTCOME_MEANINGS.stopped : 'stopped during the roll; the cluster is healthy';
  }
  const then = resumable ? '; the roll can be resumed' : '';
  return `stopped during the roll; when last observed, ${describeLastObservation(result)}${then}`;
}

/** Every voter was healthy at the last observation. */
function showsHealthyCluster({ observation }: RollResult): boolean {
  const margin = observation && findKnownQuorumMargin(observation);
  return margin !== undefined && margin.healthy === margin.voters;
}

function describeLastObservation({ observation }: RollResult): string {
  const margin = observation && findKnownQuorumMargin(observation);
  if (margin === undefined) return 'there was no agreed leader';
  return margin.healthy === undefined
    ? `the leader of ${formatCount(margin.voters, 'voter')} had just been elected and had not reported health yet`
    : `${margin.healthy} of ${formatCount(margin.voters, 'voter')} were healthy, with a quorum of ${margin.quorum}`;
}

function describeClusterNow(observation: Observation): string {
  const servers = formatCount(observation.servers.length, 'server');
  return `${servers} on ${formatList(listImageTexts(observation))}; ${describeClusterState(observation)}`;
}

function listImageTexts(observation: Observation): string[] {
  const images = observation.servers.map((server) => server.imageId);
  const distinct = [...new Set(images)];
  if (distinct.length < 2) return distinct;
  return distinct.map((image) => `${image} (${images.filter((other) => other === image).length})`);
}

const RESUMABLE_OUTCOMES: readonly Outcome[] = ['stopped', 'interrupted'];

function getNextCommand(result: RollResult): string {
  const { outcome, intent, observation } = result;
  const changed = findChangeExtent(result);
  const cluster = intent?.cluster ?? observation?.cluster ?? 'NAME';
  const order = `${formatFlag('cluster', cluster)} --ami ${intent?.imageId ?? 'AMI'}`;
  if (outcome === 'interrupted' && changed === 'nothing') return `start again with: consul-roll upgrade ${order}`;
  if (RESUMABLE_OUTCOMES.includes(outcome)) {
    const undo = changed === 'record' ? 'clear the record' : 'roll back';
    return describeNextCommand(
      findReason(result),
      intent ?? { cluster, rollId: '' },
      findOtherWay(intent, observation, undo),
    );
  }
  if (outcome === 'refused') return `then check again with: consul-roll plan ${order}`;
  if (outcome === 'quorum-at-risk') {
    return `do not terminate any server; check each server with: consul-roll status ${formatFlag('cluster', cluster)}; then follow docs/failure-modes.md`;
  }
  return `consul-roll status ${formatFlag('cluster', cluster)}`;
}

/** What happened, what it means for the cluster, and what to do. */
export function formatError({ message, state, next }: RollError, columns: number): StyledLine[] {
  return [
    ...`Error: ${message}`.split('\n').flatMap((line) => styleLines(line, columns, 'bad')),
    ...styleLines(state, columns),
    ...styleLines(`Next: ${next}`, columns),
  ];
}
