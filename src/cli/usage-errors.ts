import { isAbsolute, relative } from 'node:path';
import type { Errors } from '@oclif/core';
import { findSimilar } from '../lib/config/validation.js';
import { RollError } from '../lib/model/errors.js';
import { errorSchema } from '../lib/output/json/schemas.js';
import { EXIT, findErrorKind } from './exit-codes.js';

/** The command line that has the error. */
export interface CommandLine {
  /** Program and command as typed: `consul-roll upgrade`. */
  readonly typed: string;
  /** Names of the command's flags, without dashes. */
  readonly flags: readonly string[];
}

/** oclif appends this to a message about flags. */
const SEE_HELP = /\n?See more help with --help\s*$/;
const SEVERAL_ERRORS = /^The following errors? occurred:\n/;

/** Turns an error of oclif's parser (unknown flag, missing flag, value out of range) into one with a suggestion. */
export function toUsageError(error: Errors.CLIError, { typed, flags }: CommandLine): RollError {
  const message = stripHelpHint(error.message);
  const hints = findUnknownFlags(error).flatMap((flag) => {
    const meant = findSimilar(flag, flags);
    return meant === undefined ? [] : [`Did you mean --${meant}?`];
  });
  return new RollError({
    code: 'bad-usage',
    message: hints.length === 0 ? message : `${message}. ${hints.join(' ')}`,
    kind: findErrorKind(error.oclif.exit ?? EXIT.unexpected),
    next: `see ${typed} --help`,
    cause: error,
  });
}

/** Removes the headline and the help hint, which `next` states. */
function stripHelpHint(message: string): string {
  return message
    .replace(SEE_HELP, '')
    .replace(SEVERAL_ERRORS, '')
    .replace(/^\s+/gm, '')
    .replace(/^Parsing (--\S+)\s+Expected /m, '$1: expected ');
}

/** The typed command does not exist. `ids` are the existing commands, as typed. */
export function unknownCommandError(bin: string, typed: string, ids: readonly string[]): RollError {
  const withArgument = ids.find((id) => typed.startsWith(`${id} `));
  const meant = withArgument ?? findSimilar(typed, ids);
  const hint = meant === undefined ? '' : ` Did you mean ${meant}?`;
  return new RollError({
    code: 'bad-usage',
    message:
      withArgument === undefined
        ? `Unknown command: ${typed}.${hint}`
        : `${withArgument} takes no argument: ${typed.slice(withArgument.length + 1)}`,
    kind: 'usage',
    next: meant === undefined ? `see ${bin} --help` : `see ${bin} ${meant} --help`,
  });
}

/** The unknown flags, without dashes; oclif stores them in the error. */
function findUnknownFlags(error: Errors.CLIError): readonly string[] {
  const unknownFlags: unknown = 'flags' in error ? error.flags : undefined;
  if (!Array.isArray(unknownFlags) || !/^Nonexistent flag/m.test(error.message)) return [];
  return unknownFlags
    .filter((flag) => typeof flag === 'string')
    .map((flag) => flag.replace(/^-+/, '').replace(/=.*/s, ''));
}

/** Parses the `--json` error document of another process of this program. */
export function parseErrorDocument(document: unknown): Error {
  const parsed = errorSchema.safeParse(document);
  if (!parsed.success) return new Error(`Not an error document: ${JSON.stringify(document)}`);
  const { exitCode, error } = parsed.data;
  return new RollError({ ...error, kind: findErrorKind(exitCode) });
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
