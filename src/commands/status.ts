import { RollCommand } from '../base-command.js';
import { clusterFlags, connectionFlags, limitFlags } from '../flags.js';
import { limitsFrom } from '../lib/settings/order.js';
import { statusJson } from '../lib/ui/json/documents.js';
import { columnsOf } from '../lib/ui/print.js';
import { statusReport } from '../lib/ui/reports/status.js';

export default class Status extends RollCommand {
  static override summary =
    'The cluster, its groups, every server, and the roll that is going on with its next step.';
  static override description =
    'Exits 0 whenever the cluster could be looked at; whether it is healthy is in the answer.';
  static override examples = ['<%= config.bin %> <%= command.id %> --cluster consul'];
  static override flags = { ...clusterFlags, ...limitFlags, ...connectionFlags };

  async run(): Promise<void> {
    const { flags } = await this.parse(Status);
    const { cluster, group } = flags;
    const limits = limitsFrom(flags);
    const settings = this.settingsFrom(flags);
    const [{ connect }, { status }] = await Promise.all([
      import('../lib/connect.js'),
      import('../lib/status.js'),
    ]);
    const engine = await connect(settings);
    const seen = await status(engine, { cluster, group, limits }).finally(() => engine.close());
    if (flags.json) this.printJson(statusJson(seen));
    else this.print(statusReport(seen, columnsOf(process.stdout)));
  }
}
