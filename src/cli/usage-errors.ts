import type { Errors } from '@oclif/core';
import { z } from 'zod/mini';
import { findSimilar } from '../lib/config/did-you-mean.js';
import { RollError } from '../lib/model/errors.js';
import { EXIT, findErrorKind } from './exit-codes.js';

/** Where the mistake was made. */
export interface CommandLine {
  /** The program and the command, as they are typed: `consul-roll upgrade`. */
  readonly typed: string;
  /** Names of the command's flags, without dashes. */
  readonly flags: readonly string[];
}

/** What oclif says below a message about flags. */
const SEE_HELP = /\n?See more help with --help\s*$/;
const SEVERAL_ERRORS = /^The following errors? occurred:\n/;

/** oclif's own errors (unknown flags, missing ones, values out of range) as one that says what was meant. */
export function toUsageError(error: Errors.CLIError, { typed, flags }: CommandLine): RollError {
  const said = stripHelpHint(error.message);
  const hints = findUnknownFlags(error).flatMap((flag) => {
    const meant = findSimilar(flag, flags);
    return meant === undefined ? [] : [`Did you mean --${meant}?`];
  });
  return new RollError({
    code: 'bad-usage',
    message: hints.length === 0 ? said : `${said}. ${hints.join(' ')}`,
    kind: findErrorKind(error.oclif.exit ?? EXIT.unexpected),
    next: `see ${typed} --help`,
    cause: error,
  });
}

/** Without the headline over a single line, and what `next` says better. */
function stripHelpHint(message: string): string {
  return message
    .replace(SEE_HELP, '')
    .replace(SEVERAL_ERRORS, '')
    .replace(/^\s+/gm, '')
    .replace(/^Parsing (--\S+)\s+Expected /m, '$1: expected ');
}

/** A command that there is none of. `ids` are those there are, as they are typed. */
export function unknownCommandError(bin: string, typed: string, ids: readonly string[]): RollError {
  const told = ids.find((id) => typed.startsWith(`${id} `));
  const meant = told ?? findSimilar(typed, ids);
  const hint = meant === undefined ? '' : ` Did you mean ${meant}?`;
  return new RollError({
    code: 'bad-usage',
    message:
      told === undefined
        ? `There is no command ${typed}.${hint}`
        : `${told} takes no argument: ${typed.slice(told.length + 1)}`,
    kind: 'usage',
    next: meant === undefined ? `see ${bin} --help` : `see ${bin} ${meant} --help`,
  });
}

/** Flags that the command does not have, without dashes: oclif puts them on the error. */
function findUnknownFlags(error: Errors.CLIError): readonly string[] {
  const strange: unknown = 'flags' in error ? error.flags : undefined;
  if (!Array.isArray(strange) || !/^Nonexistent flag/m.test(error.message)) return [];
  return strange
    .filter((one) => typeof one === 'string')
    .map((flag) => flag.replace(/^-+/, '').replace(/=.*/s, ''));
}

/** What `--json` prints of an error, as far as it takes to throw it again. */
const errorDocumentSchema = z.object({
  exitCode: z.number(),
  error: z.object({ code: z.string(), message: z.string(), state: z.string(), next: z.string() }),
});

/** The error that another process of this program has written as JSON. */
export function parseErrorDocument(document: unknown): Error {
  const parsed = errorDocumentSchema.safeParse(document);
  if (!parsed.success) return new Error(`Not understood: ${JSON.stringify(document)}`);
  const { exitCode, error } = parsed.data;
  return new RollError({ ...error, kind: findErrorKind(exitCode) });
}
