import type { Hook } from '@oclif/core';
import { unknownCommand } from '../cli/usage-errors.js';
import { errorJson } from '../lib/output/json/documents.js';
import { columnsOrWhole, textFor } from '../lib/output/terminal/console.js';
import { errorReport } from '../lib/output/text/error.js';

/** Nothing is run that was not typed: a guess is only said. */
const hook: Hook.CommandNotFound = async function ({ id, argv = [], config }) {
  const asTyped = (one: string): string => one.replaceAll(':', ' ');
  const ids = config.commands.filter(({ hidden }) => !hidden).map((command) => asTyped(command.id));
  const error = unknownCommand(config.bin, asTyped(id), ids);
  if (argv.includes('--json')) {
    process.stdout.write(`${JSON.stringify(errorJson(error), undefined, 2)}\n`);
  } else {
    const lines = errorReport(error, columnsOrWhole(process.stderr));
    process.stderr.write(`${textFor(lines, process.stderr, process.env)}\n`);
  }
  this.exit(error.exitCode);
};

export default hook;
