import { Flags } from '@oclif/core';
import { addPlannedOptions, assertOptionsApproved, readApprovedPlan } from '../cli/approved-plan.js';
import { formatExitCodes } from '../cli/exit-codes.js';
import {
  clusterFlags,
  connectionFlags,
  findOption,
  gateFlags,
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
import { describeOrigin } from '../lib/output/text/settings.js';

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
    ...gateFlags,
    ...connectionFlags,
    ...rollingFlags,
    ...outputFlags,
    ...logFlags,
    ...terraformFlags,
    'dry-run': Flags.boolean({
      summary: 'Show the plan and change nothing, as the command plan does.',
      default: false,
    }),
    plan: Flags.string({
      summary:
        'Roll as this file of plan --out says, in place of --cluster, --ami and the other options of the order, and without a prompt. Refused where the servers, the launch source or the steps are no longer the same.',
      exclusive: ['dry-run'],
    }),
  };

  async run(): Promise<void> {
    const path = findOption(this.argv, 'plan');
    const approved = path === undefined ? undefined : readApprovedPlan(path);
    if (approved !== undefined) this.argv = addPlannedOptions(approved, this.argv);
    const parsed = await this.parse(UpgradeCommand);
    const { flags } = parsed;
    if (approved !== undefined)
      assertOptionsApproved(approved, flags, (name) => describeOrigin(this.getOrigin(name, parsed), (file) => file));
    const order = parseOrder(flags);
    if (flags['dry-run']) await this.showPlan(order, flags);
    else await this.runRoll(order, flags, await parseTerraformFlags(flags), approved);
  }
}
