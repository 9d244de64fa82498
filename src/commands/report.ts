import { text } from 'node:stream/consumers';
import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.js';
import { EXIT } from '../cli/exit-codes.js';
import { assertReportFile, replaceFile } from '../cli/output-files.js';
import { MAX_DATA_BYTES, readTextFile } from '../lib/config/file-access.js';
import { usageError } from '../lib/config/validation.js';
import { messageOf } from '../lib/model/errors.js';
import { buildReportDocument } from '../lib/output/json/command-documents.js';
import type { RenderedReport } from '../lib/output/report/page.js';
import type { EventFile } from '../lib/output/report/runs.js';

const OUT_FLAG_HINT = 'name a file with --out';

export default class ReportCommand extends BaseCommand {
  static override summary =
    'Build an HTML report of a roll from the events that upgrade --events or --output ndjson wrote.';
  static override description =
    'The page is self-contained: it loads nothing and runs no script. Several files, or several runs in one file, are combined: those of a roll that was stopped and resumed. Without --out the page is printed to standard output.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> roll.ndjson --out roll.html',
    '<%= config.bin %> <%= command.id %> monday.ndjson tuesday.ndjson --roll 7f3a12 --out roll.html',
  ];
  static override strict = false;
  static override args = {
    events: Args.string({ description: 'Event files; - reads standard input.', required: true }),
  };
  static override flags = {
    out: Flags.string({ summary: 'File to write.' }),
    roll: Flags.string({ summary: 'Id of the roll to report. Default: the last roll.' }),
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(ReportCommand);
    const { out, json, roll } = flags;
    if (out !== undefined) await assertReportFile(out, '--out');
    else if (json) throw usageError('--json needs --out: standard output is the JSON document.', OUT_FLAG_HINT);
    else if (process.stdout.isTTY) throw usageError('The page cannot be printed to a terminal.', OUT_FLAG_HINT);
    const files = await Promise.all(argv.map((path) => readEventFileOrFail(String(path))));
    const { report, page } = await buildReport(files, roll);
    if (out === undefined) process.stdout.write(page);
    else await replaceFile(out, page);
    for (const problem of report.problems) this.printNotice([{ text: problem, style: 'busy' }]);
    if (out === undefined) return;
    const { rollId, cluster } = report;
    if (json) this.printJson(buildReportDocument(report, out, EXIT.done));
    else
      this.printLines([
        {
          text: `The report of ${rollId === undefined ? 'the roll' : `roll ${rollId}`} of ${cluster} was written to ${out}.`,
          style: 'plain',
        },
      ]);
  }
}

async function readEventFileOrFail(path: string): Promise<EventFile> {
  try {
    return path === '-'
      ? { name: 'standard input', text: await text(process.stdin) }
      : { name: path, text: readTextFile(path, { maxBytes: MAX_DATA_BYTES }) };
  } catch (thrown) {
    throw usageError(`Cannot read the events: ${messageOf(thrown)}.`, 'name the file that upgrade --events wrote');
  }
}

async function buildReport(files: readonly EventFile[], roll: string | undefined): Promise<RenderedReport> {
  const { RollNotFoundError, buildRenderedReport } = await import('../lib/output/report/page.js');
  try {
    return buildRenderedReport(files, [], roll);
  } catch (thrown) {
    if (!(thrown instanceof RollNotFoundError)) throw thrown;
    const names = files.map(({ name }) => name).join(', ');
    throw usageError(
      `Cannot build a report from ${names}: ${thrown.message}.`,
      'name the file that upgrade --events wrote, and a roll in it with --roll',
    );
  }
}
