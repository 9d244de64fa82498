import { styleText } from 'node:util';
import { isHealthKnown, isInService, listActiveServers, listServers } from '../../engine/decide/servers.js';
import { isInPlace } from '../../model/intent.js';
import type { Observation } from '../../model/observation.js';
import type { RollPlan } from '../../model/plan.js';
import type { Server, Side } from '../../model/server.js';
import { findActivePhase, type Progress } from '../progress.js';
import type { Style, StyledLine } from '../server-list.js';
import { describeClusterState } from './waits.js';

/** `1 voter`, `5 voters`. */
export function formatCount(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** `a`, `a and b`, `a, b and c`; `nothing` for none. */
export function formatList(names: readonly string[]): string {
  const last = names.at(-1);
  if (last === undefined) return 'nothing';
  return names.length === 1 ? last : `${names.slice(0, -1).join(', ')} and ${last}`;
}

/** As enumerated, but no more than the first of many: `i-0a11 and 4 others`. */
export function formatShortList(names: readonly string[]): string {
  const [first, ...others] = names;
  return first === undefined || names.length < 3
    ? formatList(names)
    : `${first} and ${formatCount(others.length, 'other')}`;
}

/** The first letter in upper case, the rest as it is. */
export function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Cut to `width` columns, with an ellipsis where something is missing. Plain text only, no control sequences. */
export function truncate(text: string, width: number): string {
  if (text.length <= width) return text;
  return width < 1 ? '' : `${text.slice(0, width - 1)}…`;
}

/** `left` and `right` on one line of `width` columns; the left side gives way when both do not fit. */
export function justify(left: string, right: string, width: number): string {
  if (right === '') return truncate(left, width);
  const room = Math.max(0, width - right.length - 1);
  return `${truncate(left, room).padEnd(room)} ${right}`;
}

/** A command with its flags, as prose has it. */
const COMMAND_WORDS = /\b(?:consul-roll|terraform) [a-z][a-z-]*(?: --?[\w-]+(?:[= ][^\s,;)]+)?)*/g;
/** A span of time: `380 ms`, `1 m 22 s`. */
const DURATION_WORDS = /\b\d+ (?:ms|[smh])\b(?: \d+ [smh]\b)?/g;
const NO_BREAK_SPACE = '\u00a0';

/**
 * Lines of at most `width` columns, broken at blanks, but not within a span of time. What somebody may want to copy is left whole, for a terminal wraps
 * what does not fit and still copies it as one: a command, and a word that is longer than a line.
 */
export function wrapText(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of keepTogether(keepTogether(text, COMMAND_WORDS), DURATION_WORDS).split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].map((one) => one.replaceAll(NO_BREAK_SPACE, ' '));
}

function keepTogether(text: string, what: RegExp): string {
  return text.replace(what, (found) => found.replaceAll(' ', NO_BREAK_SPACE));
}

/** A command over several lines, as a shell takes it: broken at blanks, with a backslash before each break. */
export function wrapCommand(command: string, width: number): string[] {
  if (command.length <= width) return [command];
  const lines = wrapText(command, width - 2);
  return lines.map((line, index) => (index < lines.length - 1 ? `${line} \\` : line));
}

/** Without line ends and other control characters, of which messages from elsewhere may have some. */
export function toOneLine(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must go
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ');
}

/** The first letter in lower case, the rest as it is. */
export function uncapitalize(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

/** A size in decimal units: `1.2 MB`. */
export function formatBytes(bytes: number): string {
  const exponent = bytes < 1000 ? 0 : Math.min(3, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** exponent;
  return `${exponent === 0 ? value : value.toFixed(1)} ${['B', 'kB', 'MB', 'GB'][exponent]}`;
}

/** How many of how many, where a stage counts servers. */
export interface PhaseCount {
  readonly done: number;
  readonly of: number;
}

/** Servers the stage that is on has dealt with; where it takes servers out, the one at hand is counted. */
export function countServers(progress: Progress): PhaseCount | undefined {
  const { observation, intent } = progress;
  const stage = findActivePhase(progress)?.name;
  if (observation === undefined || intent === undefined) return undefined;
  if (stage === 'canary') return { done: Math.min(1, countServing(observation)), of: 1 };
  if (stage === 'grow') return { done: countServing(observation), of: intent.size };
  if (stage !== 'drain' && stage !== 'rollback') return undefined;
  const gone = progress.departing.length;
  if (stage === 'rollback') return { done: gone, of: gone + countUntouched('new', progress, observation) };
  if (observation.raft === undefined) return { done: gone, of: intent.size };
  const members = countUntouched('old', progress, observation, (server) => server.peer !== undefined);
  return { done: Math.max(0, intent.size - members), of: intent.size };
}

/** New servers that vote, are healthy and take traffic; what no leader says yet is not asked of them. */
export function countServing(observation: Observation): number {
  const serving = listServers(observation, 'new').filter(isInService);
  if (observation.raft === undefined) return serving.length;
  const judged = isHealthKnown(observation);
  return serving.filter(({ peer }) => peer?.voter === true && (peer.healthy || !judged)).length;
}

function countUntouched(
  side: Side,
  { departing: victims }: Progress,
  observation: Observation,
  counts: (server: Server) => boolean = () => true,
): number {
  return listActiveServers(observation, side).filter(
    (server) => !victims.includes(server.instanceId) && counts(server),
  ).length;
}

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** A span of time as a person says it, two units at the most: `380 ms`, `9 s`, `1 m 22 s`, `2 h 5 m`. */
export function formatDuration(elapsedMs: number): string {
  const ms = Math.max(0, Math.round(elapsedMs));
  if (ms < SECOND_MS) return `${ms} ms`;
  const seconds = Math.floor(ms / SECOND_MS);
  if (ms < MINUTE_MS) return `${seconds} s`;
  if (ms < HOUR_MS) return formatTwoUnits(Math.floor(seconds / 60), 'm', seconds % 60, 's');
  return formatTwoUnits(Math.floor(seconds / 3600), 'h', Math.floor((seconds % 3600) / 60), 'm');
}

/** As spanOf, but in whole seconds: for what is still running, where milliseconds only flicker. */
export function formatWholeDuration(elapsedMs: number): string {
  return elapsedMs < SECOND_MS ? '0 s' : formatDuration(elapsedMs);
}

/** Rounded up to what is no finer than a guess may be: 40 s, 2 m 10 s, 12 m; in milliseconds. */
export function roundEstimateMs(ms: number): number {
  const grainMs = ms < MINUTE_MS ? 5 * SECOND_MS : ms < 10 * MINUTE_MS ? 10 * SECOND_MS : MINUTE_MS;
  return Math.ceil(ms / grainMs) * grainMs;
}

function formatTwoUnits(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}

/** Time of day, UTC: `12:34:56`. */
export function formatTimeOfDay(atMs: number): string {
  return new Date(atMs).toISOString().slice(11, 19);
}

/** The date, UTC: `2026-01-02`. */
export function formatDate(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10);
}

/** Date and time, UTC: `2026-01-02 12:34:56 UTC`. */
export function formatDateTime(atMs: number): string {
  return `${formatDate(atMs)} ${formatTimeOfDay(atMs)} UTC`;
}

const ANSI_STYLES: Readonly<Record<Exclude<Style, 'plain'>, Parameters<typeof styleText>[0]>> = {
  good: 'green',
  busy: 'yellow',
  bad: 'red',
  faint: 'dim',
};

/** A line in the colour of its tone, where colour is wanted. */
export function applyStyle({ text, style: tone }: StyledLine, colour: boolean): string {
  return colour && tone !== 'plain' ? styleText(ANSI_STYLES[tone], text) : text;
}

/** Which cluster, from which image to which, and how it is now. */
export function formatPlanHeading({ intent, observation, resumed }: RollPlan, width: number): StyledLine[] {
  const images = [...new Set(observation.servers.map((server) => server.imageId))];
  const versions = listConsulVersions(observation);
  const consul = versions.length === 0 ? 'no Consul that answers' : `Consul ${formatList(versions)}`;
  const aim = intent.direction === 'rollback' ? observation.old?.imageId : intent.imageId;
  const there = aim === undefined || (images.length === 1 && images.includes(aim));
  const onto = there ? '' : `  ->  ${intent.direction === 'rollback' ? 'back to ' : ''}${aim}`;
  const lines = [
    `Cluster ${intent.cluster}, ${formatCount(intent.size, 'server')}, roll ${intent.rollId}${isInPlace(intent) ? ' in place' : ''}, up to ${intent.surge} more at a time`,
    `${images.length === 0 ? 'no servers' : formatList(images)}, ${consul}${onto}`,
    `now ${describeClusterState(observation)}`,
    ...(resumed ? ['this roll has begun already; what follows is what is left of it'] : []),
  ];
  return lines.flatMap((line) => wrapText(line, width)).map((text) => ({ text, style: 'plain' }));
}

/** The Consul versions the servers report, each once. */
export function listConsulVersions({ servers }: Pick<Observation, 'servers'>): string[] {
  const versions = servers.flatMap(({ agent }) => (agent.kind === 'up' ? [agent.version] : []));
  return [...new Set(versions)].sort();
}
