import { readFileSync, writeFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.js';
import { EXIT } from '../cli/exit-codes.js';
import { assertWritable } from '../cli/outputs.js';
import { usageError } from '../lib/config/validation.js';
import { messageOf } from '../lib/model/errors.js';
import { buildReportDocument } from '../lib/output/json/command-documents.js';
import type { RenderedReport as RollReport } from '../lib/output/report/page.js';
import type { EventFile } from '../lib/output/report/runs.js';

const OUT_FLAG_HINT = 'name a file for the page with --out';

export default class ReportCommand extends BaseCommand {
  static override summary =
    'A roll as one HTML page, from the events that upgrade --events or --output ndjson wrote.';
  static override description =
    'The page needs nothing but itself: no network, no script. Several files, or several runs in one, make one story: those of a roll that was killed and resumed. Without --out the page goes to standard output.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> roll.ndjson --out roll.html',
    '<%= config.bin %> <%= command.id %> monday.ndjson tuesday.ndjson --roll 7f3a12 --out roll.html',
  ];
  static override strict = false;
  static override args = {
    events: Args.string({ description: 'Files of events; - for standard input.', required: true }),
  };
  static override flags = {
    out: Flags.string({ summary: 'The file to write.' }),
    roll: Flags.string({ summary: 'The roll to report, by its id; the last one unless told.' }),
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(ReportCommand);
    const { out, json, roll } = flags;
    if (out !== undefined) assertWritable(out, '--out');
    else if (json) throw usageError('--json claims standard output.', OUT_FLAG_HINT);
    else if (process.stdout.isTTY) throw usageError('The page is not for a terminal.', OUT_FLAG_HINT);
    const files = await Promise.all(argv.map((path) => readEventFileOrFail(String(path))));
    const { report: story, page } = await buildReport(files, roll);
    if (out === undefined) process.stdout.write(page);
    else writeFileSync(out, page);
    for (const flaw of story.problems) this.printNotice([{ text: flaw, style: 'busy' }]);
    if (out === undefined) return;
    const { rollId, cluster } = story;
    if (json) this.printJson(buildReportDocument(story, out, EXIT.done));
    else
      this.printLines([
        {
          text: `The report of ${rollId === undefined ? 'the roll' : `roll ${rollId}`} of ${cluster} is in ${out}.`,
          style: 'plain',
        },
      ]);
  }
}

async function readEventFileOrFail(path: string): Promise<EventFile> {
  try {
    return path === '-'
      ? { name: 'standard input', text: await text(process.stdin) }
      : { name: path, text: readFileSync(path, 'utf8') };
  } catch (thrown) {
    throw usageError(
      `The events cannot be read: ${messageOf(thrown)}.`,
      'name the file that upgrade --events wrote',
    );
  }
}

async function buildReport(files: readonly EventFile[], roll: string | undefined): Promise<RollReport> {
  const { RollNotFoundError: NoSuchRoll, buildRenderedReport: reportOf } = await import(
    '../lib/output/report/page.js'
  );
  try {
    return reportOf(files, [], roll);
  } catch (thrown) {
    if (!(thrown instanceof NoSuchRoll)) throw thrown;
    const names = files.map(({ name }) => name).join(', ');
    throw usageError(
      `No report can be made of ${names}: ${thrown.message}.`,
      'name the file that upgrade --events wrote, and a roll in it with --roll',
    );
  }
}
