import { Flags } from '@oclif/core';
import { EXIT, formatExitCodes, ROLL_EXIT_MEANINGS } from '../cli/exit-codes.js';
import { existingRollFlags } from '../cli/flags.js';
import { RollingCommand } from '../cli/roll-command.js';
import { parseRollbackOrder } from '../lib/config/roll-options.js';

const MEANINGS = { ...ROLL_EXIT_MEANINGS, [EXIT.done]: 'rolled back, as requested' };

export default class RollbackCommand extends RollingCommand {
  static override summary = 'Roll back to the old image, one server at a time, at any point of a roll.';
  static override description =
    `Launches old servers again if some have left, then removes the new servers, no more at once than the voters can spare.

rollback exits ${EXIT.done} on success, and with --legacy-exit-codes ${EXIT['rolled-back']}, as earlier versions did.

${formatExitCodes(MEANINGS)}`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> --cluster consul',
    '<%= config.bin %> <%= command.id %> --cluster consul --roll 7f3a1c --yes',
  ];
  static override flags = {
    ...existingRollFlags,
    'legacy-exit-codes': Flags.boolean({
      summary: `Exit ${EXIT['rolled-back']} on success, as earlier versions did.`,
      default: false,
    }),
    'allow-downgrade': Flags.boolean({
      summary:
        'Roll back although a newer Consul version has led. The older version may be unable to read its log entries.',
      default: false,
    }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(RollbackCommand);
    await this.runRoll(parseRollbackOrder(flags, flags['allow-downgrade']), flags);
  }
}
