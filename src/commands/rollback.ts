import { Flags } from '@oclif/core';
import { EXIT, formatExitCodes } from '../cli/exit-codes.js';
import { clusterFlags, connectionFlags, limitFlags, outputFlags, rollingFlags } from '../cli/flags.js';
import { RollingCommand } from '../cli/roll-command.js';
import { parseRollbackOrder } from '../lib/config/roll-options.js';

export default class RollbackCommand extends RollingCommand {
  static override summary =
    'Take a roll back to the old image, wherever it is, as carefully as it went forward.';
  static override description =
    `The old group grows again where servers of it have left; then the new servers leave one at a time.

Exit code ${EXIT.rolledBack}, rolled back, is the success of this command. A step of CI that shall pass then takes it for one, as the last example does.

Exit codes:
${formatExitCodes()}`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> --cluster consul',
    `<%= config.bin %> <%= command.id %> --cluster consul --yes || [ $? -eq ${EXIT.rolledBack} ]`,
  ];
  static override flags = {
    ...clusterFlags,
    ...limitFlags,
    ...connectionFlags,
    ...rollingFlags,
    ...outputFlags,
    'allow-downgrade': Flags.boolean({
      summary: 'Go back although a newer Consul has led: the older one may not read what it logged.',
      default: false,
    }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(RollbackCommand);
    await this.runRoll(parseRollbackOrder(flags, flags['allow-downgrade']), flags);
  }
}
