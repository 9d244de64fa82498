import { Flags } from '@oclif/core';
import { formatExitCodes } from '../cli/exit-codes.js';
import { existingRollFlags, gateFlags } from '../cli/flags.js';
import { RollingCommand } from '../cli/roll-command.js';
import { parseTerraformFlags, terraformFlags } from '../cli/terraform-import.js';
import { parseResumeOrder } from '../lib/config/roll-options.js';

export default class ResumeCommand extends RollingCommand {
  static override summary = 'Continue a roll that was paused, interrupted or killed. Works from any machine.';
  static override description =
    `Continues in the direction of the roll: forward, or rollback. With --forward, a rollback that cannot end (the old image or its launch template is gone, no capacity for old servers) goes forward again, through every gate.\n\n${formatExitCodes()}`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> --cluster consul',
    '<%= config.bin %> <%= command.id %> --cluster consul --forward',
  ];
  static override flags = {
    ...existingRollFlags,
    ...gateFlags,
    ...terraformFlags,
    ami: Flags.string({ summary: 'Expected target image: the command refuses if the roll has another one.' }),
    forward: Flags.boolean({ summary: 'Turn a rollback forward again, onto the new image.', default: false }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(ResumeCommand);
    await this.runRoll(parseResumeOrder(flags, flags.forward), flags, await parseTerraformFlags(flags));
  }
}
