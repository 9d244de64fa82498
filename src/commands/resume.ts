import { Flags } from '@oclif/core';
import { formatExitCodes } from '../cli/exit-codes.js';
import { clusterFlags, connectionFlags, limitFlags, outputFlags, rollingFlags } from '../cli/flags.js';
import { RollingCommand } from '../cli/roll-command.js';
import { parseTerraformFlags, terraformFlags } from '../cli/terraform-import.js';
import { parseResumeOrder } from '../lib/config/roll-options.js';

export default class ResumeCommand extends RollingCommand {
  static override summary = 'Carry on with a roll that was paused, interrupted or killed, from any machine.';
  static override description =
    `Goes on the way the roll was going, forward or back.\n\nExit codes:\n${formatExitCodes()}`;
  static override examples = ['<%= config.bin %> <%= command.id %> --cluster consul'];
  static override flags = {
    ...clusterFlags,
    ...limitFlags,
    ...connectionFlags,
    ...rollingFlags,
    ...outputFlags,
    ...terraformFlags,
    ami: Flags.string({ summary: "The roll's image, to be sure: one onto another image is refused." }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(ResumeCommand);
    await this.runRoll(parseResumeOrder(flags), flags, parseTerraformFlags(flags));
  }
}
