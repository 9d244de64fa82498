import { clusterFlags, connectionFlags, orderFlags, outputFlags, rollingFlags } from '../cli/flags.js';
import { exitCodes, RollingCommand } from '../cli/roll-command.js';
import { terraformFlags, terraformFrom } from '../cli/terraform-import.js';
import { orderFrom } from '../lib/config/roll-options.js';

export default class Upgrade extends RollingCommand {
  static override summary = 'Roll a Consul server cluster onto a new image: plan, confirm, roll.';
  static override description = `Exit codes:\n${exitCodes()}`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> --cluster consul --ami ami-0abcdef1234567890',
    '<%= config.bin %> <%= command.id %> --cluster consul --ami ami-0abcdef1234567890 --surge 1 --yes --json',
    '<%= config.bin %> <%= command.id %> --cluster consul --ami ami-0abcdef1234567890 --yes --output plain --events roll.ndjson',
  ];
  static override flags = {
    ...clusterFlags,
    ...orderFlags,
    ...connectionFlags,
    ...rollingFlags,
    ...outputFlags,
    ...terraformFlags,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Upgrade);
    await this.rollBy(orderFrom(flags), flags, terraformFrom(flags));
  }
}
