import { text } from 'node:stream/consumers';
import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.js';
import { EXIT, getRollExitCode } from '../cli/exit-codes.js';
import { clusterFlags, connectionFlags, parseClusterName } from '../cli/flags.js';
import { assertReportFile, replaceFile } from '../cli/output-files.js';
import type { ConnectionFlags } from '../lib/config/connection.js';
import { MAX_DATA_BYTES, readTextFile } from '../lib/config/file-access.js';
import { readOrRefuse, usageError } from '../lib/config/validation.js';
import { buildReportDocument } from '../lib/output/json/command-documents.js';
import type { RenderedReport } from '../lib/output/report/page.js';
import type { EventFile } from '../lib/output/report/runs.js';

const OUT_FLAG_HINT = 'name a file with --out';

export default class ReportCommand extends BaseCommand {
  static override summary =
    'Build an HTML report of a roll from the events that upgrade --events or --output ndjson wrote, or from its journal.';
  static override description =
    'The page is self-contained: it loads nothing and runs no script. Several files, or several runs in one file, are combined: those of a roll that was stopped and resumed. Without files, the report is made from the journal of the last roll, which the store of the cluster keeps: steps and waits, without observations of the servers. Its rights for that are those that iam-policy and acl-policy print with --for report. Without --out the page is printed to standard output.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> roll.ndjson --out roll.html',
    '<%= config.bin %> <%= command.id %> monday.ndjson tuesday.ndjson --roll 7f3a12 --out roll.html',
    '<%= config.bin %> <%= command.id %> --cluster consul --roll 7f3a12 --out roll.html',
  ];
  static override strict = false;
  static override args = {
    events: Args.string({ description: 'Event files; - reads standard input.', ignoreStdin: true }),
  };
  static override flags = {
    out: Flags.string({ summary: 'File to write.' }),
    roll: Flags.string({ summary: 'Id of the roll to report. Default: the last roll.' }),
    cluster: Flags.string({
      summary: 'Cluster whose store has the journal of the roll, where there is no file of events.',
      parse: parseClusterName,
    }),
    group: clusterFlags.group,
    ...connectionFlags,
  };

  async run(): Promise<void> {
    const { argv, flags, metadata } = await this.parse(ReportCommand);
    const { out, json } = flags;
    if (out !== undefined) await assertReportFile(out, '--out');
    else if (json) throw usageError('--json needs --out: standard output is the JSON document.', OUT_FLAG_HINT);
    else if (process.stdout.isTTY) throw usageError('The page cannot be printed to a terminal.', OUT_FLAG_HINT);
    if (argv.length > 0 && this.getOrigin('cluster', { flags, metadata }).kind === 'flag') {
      throw usageError('Both files of events and --cluster are named.', 'name one of them');
    }
    const { report, page } =
      argv.length > 0 ? await buildFromFiles(argv.map(String), flags.roll) : await this.#buildFromStore(flags);
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

  async #buildFromStore({ cluster, group, roll, ...flags }: StoreFlags): Promise<RenderedReport> {
    if (cluster === undefined) {
      throw usageError('Missing a file of events, or --cluster.', 'see consul-roll report --help');
    }
    const [{ connect }, { readRecordedRoll }, { buildJournalRecord }, { renderRecord }] = await Promise.all([
      import('../cli/connect.js'),
      import('../lib/engine/history.js'),
      import('../lib/output/report/journal-documents.js'),
      import('../lib/output/report/page.js'),
    ]);
    const engine = await connect(this.readConnectionSettings(flags));
    try {
      const recorded = await readRecordedRoll(engine, { cluster, group, rollId: roll });
      const { version: program } = this.config;
      const record = buildJournalRecord({ ...recorded, cluster, program, exitCodeOf: getRollExitCode });
      return renderRecord(record, recorded.journal.rollId);
    } finally {
      await engine.close();
    }
  }
}

type StoreFlags = ConnectionFlags & {
  readonly cluster: string | undefined;
  readonly group: string | undefined;
  readonly roll: string | undefined;
};

async function buildFromFiles(paths: readonly string[], roll: string | undefined): Promise<RenderedReport> {
  return buildReport(await Promise.all(paths.map(readEventFileOrFail)), roll);
}

async function readEventFileOrFail(path: string): Promise<EventFile> {
  if (path === '-') return { name: 'standard input', text: await text(process.stdin) };
  const read = () => readTextFile(path, { maxBytes: MAX_DATA_BYTES });
  const problem = `The events of ${path} cannot be read`;
  return { name: path, text: readOrRefuse(read, problem, 'name the file that upgrade --events wrote') };
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
