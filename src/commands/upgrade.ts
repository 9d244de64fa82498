import { Flags } from '@oclif/core';
import { formatExitCodes } from '../cli/exit-codes.js';
import {
  clusterFlags,
  connectionFlags,
  logFlags,
  orderFlags,
  outputFlags,
  pauseFlags,
  permissionFlags,
  rollingFlags,
} from '../cli/flags.js';
import { RollingCommand } from '../cli/roll-command.js';
import { parseTerraformFlags, terraformFlags } from '../cli/terraform-import.js';
import { parseOrder } from '../lib/config/roll-options.js';

export default class UpgradeCommand extends RollingCommand {
  static override summary = 'Roll a Consul server cluster onto a new image: show the plan, ask for confirmation, roll.';
  static override description = formatExitCodes();
  static override examples = [
    '<%= config.bin %> <%= command.id %> --cluster consul --ami ami-0abcdef1234567890',
    '<%= config.bin %> <%= command.id %> --cluster consul --ami ami-0abcdef1234567890 --surge 1 --yes --json',
    '<%= config.bin %> <%= command.id %> --cluster consul --ami ami-0abcdef1234567890 --yes --output plain --events roll.ndjson',
  ];
  static override flags = {
    ...clusterFlags,
    ...orderFlags,
    ...permissionFlags,
    ...pauseFlags,
    ...connectionFlags,
    ...rollingFlags,
    ...outputFlags,
    ...logFlags,
    ...terraformFlags,
    'dry-run': Flags.boolean({
      summary: 'Show the plan and change nothing, as the command plan does.',
      default: false,
    }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(UpgradeCommand);
    const order = parseOrder(flags);
    if (flags['dry-run']) await this.showPlan(order, flags);
    else await this.runRoll(order, flags, await parseTerraformFlags(flags));
  }
}
