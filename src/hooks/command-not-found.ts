import type { Hook } from '@oclif/core';
import { errorJson } from '../lib/ui/json/documents.js';
import { columnsOrWhole, textFor } from '../lib/ui/print.js';
import { errorReport } from '../lib/ui/reports/error.js';
import { unknownCommand } from '../usage-mistake.js';

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
