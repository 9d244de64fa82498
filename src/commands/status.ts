import { Flags } from '@oclif/core';
import { RollCommand } from '../cli/base-command.js';
import { clusterFlags, connectionFlags, limitFlags, optionIn, watchingFlags } from '../cli/flags.js';
import { watchOthers } from '../cli/follow-roll.js';
import type { OutputFlags } from '../cli/outputs.js';
import { intervalFrom, limitsFrom } from '../lib/config/roll-options.js';
import { usageError } from '../lib/config/validation.js';
import type { Engine } from '../lib/engine/engine.js';
import type { WatchOrder } from '../lib/engine/watch/watch.js';
import { EXIT, OUTCOMES } from '../lib/model/outcome.js';
import type { Status as Seen } from '../lib/model/plan.js';
import { statusJson } from '../lib/output/json/documents.js';
import { columnsOf } from '../lib/output/terminal/console.js';
import { outcomeLines, VERDICTS, verdictOn } from '../lib/output/text/outcome.js';
import { statusReport } from '../lib/output/text/status.js';

const verdicts = Object.values(VERDICTS).map(({ exitCode, meaning }) => `${exitCode} ${meaning}`);

export default class Status extends RollCommand {
  static override summary = 'Is the cluster healthy, is a roll going on and who runs it, what happens next.';
  static override description = [
    'Looks once, changes nothing, and exits 0 whenever the cluster could be looked at.',
    'With --exit-code it exits with what a roll begun now would meet:',
    ...verdicts,
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
    ...watchingFlags,
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
    const { flags } = await this.parse(Status);
    const { cluster, group } = flags;
    const limits = limitsFrom(flags);
    const intervalMs = intervalFrom(flags.interval);
    const told = ['output', 'events', 'report'].some((name) => optionIn(this.argv, name) !== undefined);
    if (told && !flags.watch) throw onlyWatching();
    const settings = this.settingsFrom(flags);
    const { connect } = await import('../cli/connect.js');
    const engine = await connect(settings);
    try {
      if (flags.watch) await this.#follow(engine, { cluster, group, limits, intervalMs }, flags);
      else {
        const { status } = await import('../lib/engine/status.js');
        this.#show(await status(engine, { cluster, group, limits }), flags);
      }
    } finally {
      await engine.close();
    }
  }

  #show(seen: Seen, flags: { json: boolean; 'exit-code': boolean }): void {
    const exitCode = flags['exit-code'] ? VERDICTS[verdictOn(seen)].exitCode : EXIT.done;
    if (flags.json) this.printJson(statusJson(seen, exitCode));
    else this.print(statusReport(seen, columnsOf(process.stdout)));
    if (exitCode !== EXIT.done) this.exit(exitCode);
  }

  async #follow(engine: Engine, order: WatchOrder, flags: OutputFlags): Promise<void> {
    const { watch } = await import('../lib/engine/watch/watch.js');
    const result = await watchOthers(watch, engine, order, flags, {
      program: this.config.version,
      tell: (text) => this.tell([{ text, tone: 'bad' }]),
      idle: () => this.tell([{ text: idleText(order.cluster), tone: 'plain' }]),
    });
    if (result === undefined) {
      this.tell([{ text: 'Stopped watching; nothing else was stopped.', tone: 'plain' }]);
      this.exit(EXIT.interrupted);
    }
    const { exitCode } = OUTCOMES[result.outcome];
    if (flags.output !== 'ndjson' && !flags.json) this.print(outcomeLines(result, columnsOf(process.stdout)));
    if (exitCode !== EXIT.done) this.exit(exitCode);
  }
}

function idleText(cluster: string): string {
  return `No roll is going on in ${cluster}; waiting for one to begin. Ctrl-C ends the watching.`;
}

function onlyWatching(): Error {
  return usageError(
    '--output, --events and --report go with --watch.',
    'add --watch, or use --json for one document',
  );
}
