import { Flags } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.js';
import { EXIT, STATUS_EXIT_CODES } from '../cli/exit-codes.js';
import { clusterFlags, connectionFlags, findOption, limitFlags, watchFlags } from '../cli/flags.js';
import type { OutputFlags } from '../cli/outputs.js';
import { parseInterval, parseLimits } from '../lib/config/roll-options.js';
import { usageError } from '../lib/config/validation.js';
import type { Engine } from '../lib/engine/engine.js';
import type { WatchOptions } from '../lib/engine/watch/watch.js';
import type { ClusterStatus } from '../lib/model/plan.js';
import { getColumns } from '../lib/output/terminal/console.js';
import { getStatusVerdict, STATUS_VERDICTS, type StatusVerdict } from '../lib/output/text/cluster.js';
import { formatOutcomeReport } from '../lib/output/text/outcome.js';
import { formatStatus } from '../lib/output/text/status.js';

const verdictsHelp = Object.entries(STATUS_VERDICTS).map(
  ([verdict, meaning]) => `${STATUS_EXIT_CODES[verdict as StatusVerdict]} ${meaning}`,
);

export default class StatusCommand extends BaseCommand {
  static override summary = 'Show the health of the cluster, the roll in progress, who runs it, and its next step.';
  static override description = [
    'Observes the cluster once and changes nothing. Exits 0 if the observation succeeded.',
    'With --exit-code the exit code states whether a roll can start now:',
    ...verdictsHelp,
    '',
    'With --watch it waits for a roll, follows it, and exits with the exit code of the roll; 4 if it was going forward when it was found, and another command rolled it back. The roll may run on any machine. Its steps are read from the journal that the roll keeps in Consul (key consul-roll/NAME/journal). If the journal does not say how the run ended, --watch exits 5, or 130 if a pause was requested. Ctrl-C stops watching (130), not the roll. With --json or --output ndjson, every event is one line on standard output (docs/events.md).',
  ].join('\n');
  static override examples = [
    '<%= config.bin %> <%= command.id %> --cluster consul',
    '<%= config.bin %> <%= command.id %> --cluster consul --watch',
    '<%= config.bin %> <%= command.id %> --cluster consul --exit-code > /dev/null || echo "do not start a roll now"',
  ];
  static override flags = {
    ...clusterFlags,
    ...limitFlags,
    ...connectionFlags,
    ...watchFlags,
    json: Flags.boolean({
      summary: 'Print one JSON document, and nothing else, to standard output; with --watch, one per event.',
      default: false,
    }),
    watch: Flags.boolean({
      char: 'w',
      summary: 'Follow the roll of another process until it ends.',
      default: false,
      exclusive: ['exit-code'],
    }),
    'exit-code': Flags.boolean({
      summary: 'Exit with a code that states whether a roll can start now.',
      default: false,
    }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(StatusCommand);
    const { cluster, group } = flags;
    const limits = parseLimits(flags);
    const intervalMs = parseInterval(flags.interval);
    const hasWatchFlag = ['output', 'events', 'report'].some((name) => findOption(this.argv, name) !== undefined);
    if (hasWatchFlag && !flags.watch) throw watchOnlyFlagError();
    const settings = this.readConnectionSettings(flags);
    const { connect } = await import('../cli/connect.js');
    const engine = await connect(settings);
    try {
      if (flags.watch) await this.#follow(engine, { cluster, group, limits, intervalMs }, flags);
      else {
        const { readStatus } = await import('../lib/engine/status.js');
        await this.#show(await readStatus(engine, { cluster, group, limits }), flags);
      }
    } finally {
      await engine.close();
    }
  }

  async #show(status: ClusterStatus, flags: { json: boolean; 'exit-code': boolean }): Promise<void> {
    const exitCode = flags['exit-code'] ? STATUS_EXIT_CODES[getStatusVerdict(status)] : EXIT.done;
    if (flags.json) {
      const { buildStatusDocument } = await import('../lib/output/json/documents.js');
      this.printJson(buildStatusDocument(status, exitCode));
    } else this.printLines(formatStatus(status, getColumns(process.stdout)));
    if (exitCode !== EXIT.done) this.exit(exitCode);
  }

  async #follow(engine: Engine, options: WatchOptions, flags: OutputFlags): Promise<void> {
    const [{ watchRollInView }, { followRoll }] = await Promise.all([
      import('../cli/follow-roll.js'),
      import('../lib/engine/watch/watch.js'),
    ]);
    let hasRoll = true;
    const end = await watchRollInView(followRoll, engine, options, flags, {
      program: this.config.version,
      print: (text) => this.printNotice([{ text, style: 'bad' }]),
      onNoRoll: () => {
        hasRoll = false;
        this.printNotice([{ text: formatNoRoll(options.cluster), style: 'plain' }]);
      },
    });
    if (end === undefined) {
      this.printNotice([
        { text: hasRoll ? 'Stopped watching. The roll continues.' : 'Stopped watching.', style: 'plain' },
      ]);
      this.exit(EXIT.interrupted);
    }
    const { result, exitCode } = end;
    if (flags.output !== 'ndjson' && !flags.json)
      this.printLines(formatOutcomeReport(result, getColumns(process.stdout)));
    if (exitCode !== EXIT.done) this.exit(exitCode);
  }
}

function formatNoRoll(cluster: string): string {
  return `No roll of ${cluster} is in progress. Waiting for one to start; Ctrl-C stops waiting.`;
}

function watchOnlyFlagError(): Error {
  return usageError('--output, --events and --report require --watch.', 'add --watch, or use --json for one document');
}
