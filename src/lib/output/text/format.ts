import { styleText } from 'node:util';
import { isInService, isJudged, serversOf, standingOf } from '../../engine/decide/servers.js';
import { isInPlace } from '../../model/intent.js';
import type { Survey } from '../../model/observation.js';
import type { Plan } from '../../model/plan.js';
import type { Server, Side } from '../../model/server.js';
import { currentStage, type Progress } from '../progress.js';
import type { Tone, ToneLine } from '../server-list.js';
import { stateOf } from './waits.js';

/** `1 voter`, `5 voters`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** `a`, `a and b`, `a, b and c`; `nothing` for none. */
export function enumerated(names: readonly string[]): string {
  const last = names.at(-1);
  if (last === undefined) return 'nothing';
  return names.length === 1 ? last : `${names.slice(0, -1).join(', ')} and ${last}`;
}

/** As enumerated, but no more than the first of many: `i-0a11 and 4 others`. */
export function someOf(names: readonly string[]): string {
  const [first, ...others] = names;
  return first === undefined || names.length < 3
    ? enumerated(names)
    : `${first} and ${counted(others.length, 'other')}`;
}

/** The first letter in upper case, the rest as it is. */
export function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Cut to `width` columns, with an ellipsis where something is missing. Plain text only, no control sequences. */
export function truncated(text: string, width: number): string {
  if (text.length <= width) return text;
  return width < 1 ? '' : `${text.slice(0, width - 1)}…`;
}

/** `left` and `right` on one line of `width` columns; the left side gives way when both do not fit. */
export function justified(left: string, right: string, width: number): string {
  if (right === '') return truncated(left, width);
  const room = Math.max(0, width - right.length - 1);
  return `${truncated(left, room).padEnd(room)} ${right}`;
}

/** A command with its flags, as prose has it. */
const COMMAND = /\b(?:consul-roll|terraform) [a-z][a-z-]*(?: --?[\w-]+(?:[= ][^\s,;)]+)?)*/g;
/** A span of time: `380 ms`, `1 m 22 s`. */
const SPAN = /\b\d+ (?:ms|[smh])\b(?: \d+ [smh]\b)?/g;
const UNBROKEN = '\u00a0';

/**
 * Lines of at most `width` columns, broken at blanks, but not within a span of time. What somebody may want to copy is left whole, for a terminal wraps
 * what does not fit and still copies it as one: a command, and a word that is longer than a line.
 */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of unbroken(unbroken(text, COMMAND), SPAN).split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].map((one) => one.replaceAll(UNBROKEN, ' '));
}

function unbroken(text: string, what: RegExp): string {
  return text.replace(what, (found) => found.replaceAll(' ', UNBROKEN));
}

/** A command over several lines, as a shell takes it: broken at blanks, with a backslash before each break. */
export function continued(command: string, width: number): string[] {
  if (command.length <= width) return [command];
  const lines = wrapped(command, width - 2);
  return lines.map((line, index) => (index < lines.length - 1 ? `${line} \\` : line));
}

/** Without line ends and other control characters, of which messages from elsewhere may have some. */
export function onOneLine(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must go
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ');
}

/** The first letter in lower case, the rest as it is. */
export function uncapitalized(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

/** A size in decimal units: `1.2 MB`. */
export function bytesOf(bytes: number): string {
  const exponent = bytes < 1000 ? 0 : Math.min(3, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** exponent;
  return `${exponent === 0 ? value : value.toFixed(1)} ${['B', 'kB', 'MB', 'GB'][exponent]}`;
}

/** How many of how many, where a stage counts servers. */
export interface Count {
  readonly done: number;
  readonly of: number;
}

/** Servers the stage that is on has dealt with; where it takes servers out, the one at hand is counted. */
export function countIn(progress: Progress): Count | undefined {
  const { survey, intent } = progress;
  const stage = currentStage(progress)?.name;
  if (survey === undefined || intent === undefined) return undefined;
  if (stage === 'canary') return { done: Math.min(1, servingOn(survey)), of: 1 };
  if (stage === 'grow') return { done: servingOn(survey), of: intent.size };
  if (stage !== 'drain' && stage !== 'back') return undefined;
  const gone = progress.victims.length;
  if (stage === 'back') return { done: gone, of: gone + untouchedOn('new', progress, survey) };
  if (survey.raft === undefined) return { done: gone, of: intent.size };
  const members = untouchedOn('old', progress, survey, (server) => server.peer !== undefined);
  return { done: Math.max(0, intent.size - members), of: intent.size };
}

/** New servers that vote, are healthy and take traffic; what no leader says yet is not asked of them. */
export function servingOn(survey: Survey): number {
  const serving = serversOf(survey, 'new').filter(isInService);
  if (survey.raft === undefined) return serving.length;
  const judged = isJudged(survey);
  return serving.filter(({ peer }) => peer?.voter === true && (peer.healthy || !judged)).length;
}

function untouchedOn(
  side: Side,
  { victims }: Progress,
  survey: Survey,
  counts: (server: Server) => boolean = () => true,
): number {
  return standingOf(survey, side).filter((server) => !victims.includes(server.instanceId) && counts(server))
    .length;
}

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** A span of time as a person says it, two units at the most: `380 ms`, `9 s`, `1 m 22 s`, `2 h 5 m`. */
export function spanOf(elapsedMs: number): string {
  const ms = Math.max(0, Math.round(elapsedMs));
  if (ms < SECOND_MS) return `${ms} ms`;
  const seconds = Math.floor(ms / SECOND_MS);
  if (ms < MINUTE_MS) return `${seconds} s`;
  if (ms < HOUR_MS) return twoUnits(Math.floor(seconds / 60), 'm', seconds % 60, 's');
  return twoUnits(Math.floor(seconds / 3600), 'h', Math.floor((seconds % 3600) / 60), 'm');
}

/** As spanOf, but in whole seconds: for what is still running, where milliseconds only flicker. */
export function wholeSpanOf(elapsedMs: number): string {
  return elapsedMs < SECOND_MS ? '0 s' : spanOf(elapsedMs);
}

/** Rounded up to what is no finer than a guess may be: 40 s, 2 m 10 s, 12 m; in milliseconds. */
export function roughMs(ms: number): number {
  const grainMs = ms < MINUTE_MS ? 5 * SECOND_MS : ms < 10 * MINUTE_MS ? 10 * SECOND_MS : MINUTE_MS;
  return Math.ceil(ms / grainMs) * grainMs;
}

function twoUnits(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}

/** Time of day, UTC: `12:34:56`. */
export function timeOfDay(atMs: number): string {
  return new Date(atMs).toISOString().slice(11, 19);
}

/** The date, UTC: `2026-01-02`. */
export function dateOf(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10);
}

/** Date and time, UTC: `2026-01-02 12:34:56 UTC`. */
export function dateAndTime(atMs: number): string {
  return `${dateOf(atMs)} ${timeOfDay(atMs)} UTC`;
}

const STYLES: Readonly<Record<Exclude<Tone, 'plain'>, Parameters<typeof styleText>[0]>> = {
  good: 'green',
  busy: 'yellow',
  bad: 'red',
  faint: 'dim',
};

/** A line in the colour of its tone, where colour is wanted. */
export function painted({ text, tone }: ToneLine, colour: boolean): string {
  return colour && tone !== 'plain' ? styleText(STYLES[tone], text) : text;
}

/** Which cluster, from which image to which, and how it is now. */
export function headingOf({ intent, survey, resumed }: Plan, width: number): ToneLine[] {
  const images = [...new Set(survey.servers.map((server) => server.imageId))];
  const versions = versionsOf(survey);
  const consul = versions.length === 0 ? 'no Consul that answers' : `Consul ${enumerated(versions)}`;
  const aim = intent.direction === 'back' ? survey.old?.imageId : intent.imageId;
  const there = aim === undefined || (images.length === 1 && images.includes(aim));
  const onto = there ? '' : `  ->  ${intent.direction === 'back' ? 'back to ' : ''}${aim}`;
  const lines = [
    `Cluster ${intent.cluster}, ${counted(intent.size, 'server')}, roll ${intent.rollId}${isInPlace(intent) ? ' in place' : ''}, up to ${intent.surge} more at a time`,
    `${images.length === 0 ? 'no servers' : enumerated(images)}, ${consul}${onto}`,
    `now ${stateOf(survey)}`,
    ...(resumed ? ['this roll has begun already; what follows is what is left of it'] : []),
  ];
  return lines.flatMap((line) => wrapped(line, width)).map((text) => ({ text, tone: 'plain' }));
}

/** The Consul versions the servers report, each once. */
export function versionsOf({ servers }: Pick<Survey, 'servers'>): string[] {
  const versions = servers.flatMap(({ agent }) => (agent.kind === 'up' ? [agent.version] : []));
  return [...new Set(versions)].sort();
}
