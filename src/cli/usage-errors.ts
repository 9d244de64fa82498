import { isAbsolute, relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import type { Errors } from '@oclif/core';
import { RollError } from '../lib/model/errors.js';
import { findSimilar } from '../lib/model/similar.js';
import { formatList } from '../lib/output/text/format.js';
import { EXIT, findErrorKind } from './exit-codes.js';

/** The command line that has the error. */
export interface CommandLine {
  /** Program and command as typed: `consul-roll upgrade`. */
  readonly typed: string;
  /** Names of the command's flags, without dashes. */
  readonly flags: readonly string[];
}

/** What oclif puts around its messages: a headline, and a hint that `next` states. */
const FRAME = /^The following errors? occurred:\n|\n?See more help with --help\s*$/g;
const MISSING_FLAG = /^Missing required flag (\S+)$/;
/** Messages of oclif's parser, and what they are in the words of this program. */
const REWORDED: readonly (readonly [RegExp, string])[] = [
  [/^Expected --(\S+?)=(.*) to be one of: (.*)$/m, 'Invalid --$1 "$2": expected one of $3.'],
  [/^Parsing --(\S+)\s+Expected (.*) but received: (.*)$/m, 'Invalid --$1 "$3": expected $2.'],
  [/^Flag --(\S+) expects one of these values: (.*)$/m, 'Missing value of --$1: expected one of $2.'],
  [/^Flag --(\S+) expects a value$/m, 'Missing value of --$1.'],
  [/^Flag --(\S+) can only be specified once$/m, '--$1 was given more than once.'],
  [/^--([^\s=]+)\S* cannot also be provided when using --(\S+)$/gm, '--$1 and --$2 cannot be combined.'],
  [/^Unexpected (arguments?: .*)$/m, 'Unexpected $1.'],
  [/^Missing \d+ required args?:\s+(\S+)\s+/m, 'Missing argument $1: '],
];

/** Turns an error of oclif's parser (unknown flag, missing flag, value out of range) into one of this program. */
export function toUsageError(error: Errors.CLIError, { typed, flags }: CommandLine): RollError {
  return new RollError({
    code: 'bad-usage',
    message: describeUnknownFlags(error, flags) ?? rewordMessage(error.message),
    kind: findErrorKind(error.oclif.exit ?? EXIT.unexpected),
    next: `see ${typed} --help`,
    cause: error,
  });
}

/** The same error, without what oclif writes around the message of one that a flag's own parser throws. */
export function removeFrame(error: RollError): RollError {
  const [, own] = /^Parsing --\S+\s+([\s\S]*?)\nSee more help with --help$/.exec(error.message) ?? [];
  if (own !== undefined) error.message = own;
  return error;
}

function rewordMessage(message: string): string {
  const bare = stripVTControlCharacters(message).replace(FRAME, '').replace(/^\s+/gm, '');
  const lines = REWORDED.reduce((text, [theirs, ours]) => text.replace(theirs, ours), bare).split('\n');
  const missing = lines.flatMap((line) => MISSING_FLAG.exec(line)?.slice(1) ?? []).map((name) => `--${name}`);
  const others = lines.filter((line) => !MISSING_FLAG.test(line));
  return [...(missing.length === 0 ? [] : [`Missing ${formatList(missing)}.`]), ...others].join(' ');
}

/** The typed command does not exist, or a flag stands before it. `ids` are the existing commands, as typed. */
export function unknownCommandError(bin: string, typed: string, ids: readonly string[]): RollError {
  const withArgument = ids.find((id) => typed.startsWith(`${id} `));
  const meant = withArgument ?? findSimilar(typed.replace(/^help /, ''), ids);
  const [first = ''] = typed.split(' ');
  const topic = ids.some((id) => id.startsWith(`${first} `)) ? ` ${first}` : '';
  const hint = meant === undefined ? '' : ` Did you mean ${meant}?`;
  return new RollError({
    code: 'bad-usage',
    message: describeUnknownCommand(typed, withArgument, hint),
    kind: 'usage',
    next: `see ${bin}${meant === undefined ? topic : ` ${meant}`} --help`,
  });
}

function describeUnknownCommand(typed: string, withArgument: string | undefined, hint: string): string {
  if (withArgument !== undefined) return `${withArgument} takes no argument: ${typed.slice(withArgument.length + 1)}.`;
  if (typed.startsWith('-')) return `Missing command: ${typed} must stand after it.`;
  return `Unknown command: ${typed}.${hint}`;
}

/** oclif stores the unknown flags in the error. */
function describeUnknownFlags(error: Errors.CLIError, known: readonly string[]): string | undefined {
  const unknown: unknown = 'flags' in error ? error.flags : undefined;
  if (!Array.isArray(unknown) || !/^Nonexistent flag/m.test(error.message)) return undefined;
  const names = unknown.map((flag) => String(flag).replace(/=.*/s, ''));
  const hints = names.flatMap((name) => {
    const meant = findSimilar(name.replace(/^-+/, ''), known);
    return meant === undefined ? [] : [` Did you mean --${meant}?`];
  });
  return `Unknown flag${names.length === 1 ? '' : 's'} ${formatList(names)}.${hints.join('')}`;
}

/** The script of a checkout that was not installed, and so is not in the PATH. */
const UNINSTALLED_SCRIPT = /[\\/]bin[\\/](run|dev)\.js$/;

/**
 * The command that starts this program again from `cwd`.
 *
 * @param script `process.argv[1]`
 */
export function findProgramName(bin: string, script: string | undefined, cwd: string): string {
  if (script === undefined || !UNINSTALLED_SCRIPT.test(script)) return bin;
  const path = relative(cwd, script);
  return path.startsWith('..') || isAbsolute(path) ? script : path;
}
