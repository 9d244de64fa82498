import { BaseCommand } from '../cli/base-command.js';
import { EXIT, formatExitCodes } from '../cli/exit-codes.js';
import { clusterFlags, connectionFlags } from '../cli/flags.js';
import { buildHistoryDocument } from '../lib/output/json/command-documents.js';
import { getColumns } from '../lib/output/terminal/console.js';
import { formatPastRolls } from '../lib/output/text/history.js';

export default class HistoryCommand extends BaseCommand {
  static override summary =
    'List the last rolls of a cluster: when, by whom, from which image to which, and how they ended.';
  static override description =
    `The last 20 are in the cluster's own store, beside the lock: each run writes its end there. One that was killed, that lost the lock, that found no leader at its end or that changed nothing writes none. Those who may write there may change them. Its rights are those that iam-policy and acl-policy print with --for history.

${formatExitCodes({
  [EXIT.done]: 'the list is complete, or empty',
  [EXIT.refused]: 'the cluster was not found, or no leader answers',
})}`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> --cluster consul',
    '<%= config.bin %> <%= command.id %> --cluster consul --json',
  ];
  static override flags = { ...clusterFlags, ...connectionFlags };

  async run(): Promise<void> {
    const { flags } = await this.parse(HistoryCommand);
    const [{ connect }, { readHistory }] = await Promise.all([
      import('../cli/connect.js'),
      import('../lib/engine/history.js'),
    ]);
    const engine = await connect(this.readConnectionSettings(flags));
    try {
      const rolls = await readHistory(engine, { cluster: flags.cluster, group: flags.group });
      if (flags.json) this.printJson(buildHistoryDocument(flags.cluster, rolls, EXIT.done));
      else this.printLines(formatPastRolls(flags.cluster, rolls, getColumns(process.stdout)));
    } finally {
      await engine.close();
    }
  }
}
