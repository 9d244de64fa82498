import { Errors, Flags } from '@oclif/core';
import { EXIT, formatExitCodes } from '../cli/exit-codes.js';
import { clusterFlags, connectionFlags, orderFlags, permissionFlags, planFlags } from '../cli/flags.js';
import { PlanningCommand } from '../cli/planning-command.js';
import { parseOrder } from '../lib/config/roll-options.js';
import { buildErrorOutputs } from '../lib/output/github/outputs.js';

const PLAN_EXIT_CODES_HELP = formatExitCodes({
  [EXIT.done]: 'the roll can start, or there is nothing to do',
  [EXIT.refused]: 'the roll would be refused',
  [EXIT.stopped]: 'the roll would stop before its end',
  [EXIT['quorum-at-risk']]: 'the roll would stop because the quorum is at risk',
});

export default class PlanCommand extends PlanningCommand {
  static override summary =
    'Show the steps of a roll, with the reason for each and the voters before it. Changes nothing.';
  static override description =
    `Prints one line per phase on a terminal, and every step with --verbose or without a TTY.

The duration is an estimate, with the critical path: what the roll waits for, in order, and for how long. During a roll it is corrected with measured times: boot, drain, leave, termination.

${PLAN_EXIT_CODES_HELP}`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> --cluster consul --ami ami-0abcdef1234567890',
    '<%= config.bin %> <%= command.id %> --cluster consul --ami ami-0abcdef1234567890 --out roll.plan.json',
  ];
  static override flags = {
    ...clusterFlags,
    ...orderFlags,
    ...permissionFlags,
    ...connectionFlags,
    ...planFlags,
    out: Flags.string({
      summary:
        'Write the plan to this file too, for approval. upgrade --plan FILE rolls it, unless the servers, the launch source or the steps have changed.',
    }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(PlanCommand);
    await this.showPlan(parseOrder(flags), flags);
  }

  protected override async catch(error: Error): Promise<never> {
    if (!(error instanceof Errors.ExitError)) {
      const known = this.toRollError(error);
      this.writeOutputs(buildErrorOutputs(known, EXIT[known.kind]));
    }
    return super.catch(error);
  }
}
