import type { Hook } from '@oclif/core';
import { unknownCommandError } from '../cli/usage-errors.js';
import { buildErrorDocument } from '../lib/output/json/documents.js';
import { formatForStream, getColumnsOrUnlimited } from '../lib/output/terminal/console.js';
import { formatError } from '../lib/output/text/error.js';

/** Nothing is run that was not typed: a guess is only said. */
const hook: Hook.CommandNotFound = async function ({ id, argv = [], config }) {
  const asTyped = (one: string): string => one.replaceAll(':', ' ');
  const ids = config.commands.filter(({ hidden }) => !hidden).map((command) => asTyped(command.id));
  const error = unknownCommandError(config.bin, asTyped(id), ids);
  if (argv.includes('--json')) {
    process.stdout.write(`${JSON.stringify(buildErrorDocument(error), undefined, 2)}\n`);
  } else {
    const lines = formatError(error, getColumnsOrUnlimited(process.stderr));
    process.stderr.write(`${formatForStream(lines, process.stderr, process.env)}\n`);
  }
  this.exit(error.exitCode);
};

export default hook;
