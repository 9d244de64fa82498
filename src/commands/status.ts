import { Flags } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.js';
import { EXIT, OUTCOME_EXIT_CODES, STATUS_EXIT_CODES } from '../cli/exit-codes.js';
import { clusterFlags, connectionFlags, findOption, limitFlags, watchFlags } from '../cli/flags.js';
import { watchRollInView } from '../cli/follow-roll.js';
import type { OutputFlags } from '../cli/outputs.js';
import { parseInterval, parseLimits } from '../lib/config/roll-options.js';
import { usageError } from '../lib/config/validation.js';
import type { Engine } from '../lib/engine/engine.js';
import type { WatchOptions } from '../lib/engine/watch/watch.js';
import type { ClusterStatus as Seen } from '../lib/model/plan.js';
import { buildStatusDocument } from '../lib/output/json/documents.js';
import { getColumns } from '../lib/output/terminal/console.js';
import {
  formatOutcomeReport,
  getStatusVerdict,
  STATUS_VERDICTS,
  type StatusVerdict,
} from '../lib/output/text/outcome.js';
import { formatStatus } from '../lib/output/text/status.js';

const verdictsHelp = Object.entries(STATUS_VERDICTS).map(
  ([verdict, meaning]) => `${STATUS_EXIT_CODES[verdict as StatusVerdict]} ${meaning}`,
);

export default class StatusCommand extends BaseCommand {
  static override summary = 'Is the cluster healthy, is a roll going on and who runs it, what happens next.';
  static override description = [
    'Looks once, changes nothing, and exits 0 whenever the cluster could be looked at.',
    'With --exit-code it exits with what a roll begun now would meet:',
    ...verdictsHelp,
    '',
    'With --watch it follows a roll that somebody else runs, from any machine: waits until there is one, and ends with it and with its exit code. Of a run that leaves the roll part-way it sees only that nobody holds or renews the lock any more, and exits with 5, whatever that run exits with; with 130 where it saw somebody ask for a pause. Ctrl-C ends the watching (130), not the roll. With --json, or --output ndjson, every event is a line on standard output (docs/events.md).',
  ].join('\n');
  static override examples = [
    '<%= config.bin %> <%= command.id %> --cluster consul',
    '<%= config.bin %> <%= command.id %> --cluster consul --watch',
    '<%= config.bin %> <%= command.id %> --cluster consul --exit-code > /dev/null || echo "begin no roll now"',
  ];
  static override flags = {
    ...clusterFlags,
    ...limitFlags,
    ...connectionFlags,
    ...watchFlags,
    json: Flags.boolean({
      summary: 'One JSON document on standard output, and nothing else there; with --watch, one an event.',
      default: false,
    }),
    watch: Flags.boolean({
      char: 'w',
      summary: 'Follow a roll that somebody else runs until it ends.',
      default: false,
      exclusive: ['exit-code'],
    }),
    'exit-code': Flags.boolean({
      summary: 'Exit with what a roll begun now would meet.',
      default: false,
    }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(StatusCommand);
    const { cluster, group } = flags;
    const limits = parseLimits(flags);
    const intervalMs = parseInterval(flags.interval);
    const told = ['output', 'events', 'report'].some((name) => findOption(this.argv, name) !== undefined);
    if (told && !flags.watch) throw watchOnlyFlagError();
    const settings = this.readConnectionSettings(flags);
    const { connect } = await import('../cli/connect.js');
    const engine = await connect(settings);
    try {
      if (flags.watch) await this.#follow(engine, { cluster, group, limits, intervalMs }, flags);
      else {
        const { readStatus: status } = await import('../lib/engine/status.js');
        this.#show(await status(engine, { cluster, group, limits }), flags);
      }
    } finally {
      await engine.close();
    }
  }

  #show(seen: Seen, flags: { json: boolean; 'exit-code': boolean }): void {
    const exitCode = flags['exit-code'] ? STATUS_EXIT_CODES[getStatusVerdict(seen)] : EXIT.done;
    if (flags.json) this.printJson(buildStatusDocument(seen, exitCode));
    else this.printLines(formatStatus(seen, getColumns(process.stdout)));
    if (exitCode !== EXIT.done) this.exit(exitCode);
  }

  async #follow(engine: Engine, options: WatchOptions, flags: OutputFlags): Promise<void> {
    const { followRoll: watch } = await import('../lib/engine/watch/watch.js');
    const result = await watchRollInView(watch, engine, options, flags, {
      program: this.config.version,
      print: (text) => this.printNotice([{ text, style: 'bad' }]),
      onNoRoll: () => this.printNotice([{ text: formatNoRoll(options.cluster), style: 'plain' }]),
    });
    if (result === undefined) {
      this.printNotice([{ text: 'Stopped watching; nothing else was stopped.', style: 'plain' }]);
      this.exit(EXIT.interrupted);
    }
    const exitCode = OUTCOME_EXIT_CODES[result.outcome];
    if (flags.output !== 'ndjson' && !flags.json)
      this.printLines(formatOutcomeReport(result, getColumns(process.stdout)));
    if (exitCode !== EXIT.done) this.exit(exitCode);
  }
}

function formatNoRoll(cluster: string): string {
  return `No roll is going on in ${cluster}; waiting for one to begin. Ctrl-C ends the watching.`;
}

function watchOnlyFlagError(): Error {
  return usageError(
    '--output, --events and --report go with --watch.',
    'add --watch, or use --json for one document',
  );
}
