import type { Hook } from '@oclif/core';
import { EXIT } from '../cli/exit-codes.js';
import { unknownCommandError } from '../cli/usage-errors.js';
import { stringifyPrintable } from '../lib/model/printable.js';
import { buildErrorDocument } from '../lib/output/json/documents.js';
import { formatForStream, getColumnsOrUnlimited } from '../lib/output/terminal/console.js';
import { formatError } from '../lib/output/text/outcome.js';

/**
 * Suggests the command that was probably meant and exits with the code for wrong usage.
 *
 * `@oclif/plugin-not-found` is not used: it offers to run its guess, exits 127, suggests nothing without a terminal
 * and prints no document with `--json`.
 */
const hook: Hook.CommandNotFound = async function ({ id, argv = [], config }) {
  const toTyped = (commandId: string): string => commandId.replaceAll(':', ' ');
  const ids = config.commands.filter(({ hidden }) => !hidden).map((command) => toTyped(command.id));
  const error = unknownCommandError(config.bin, toTyped(id), ids);
  const exitCode = EXIT[error.kind];
  if (argv.includes('--json')) {
    process.stdout.write(`${stringifyPrintable(buildErrorDocument(error, exitCode), 2)}\n`);
  } else {
    const lines = formatError(error, getColumnsOrUnlimited(process.stderr));
    process.stderr.write(`${formatForStream(lines, process.stderr, process.env)}\n`);
  }
  this.exit(exitCode);
};

export default hook;
