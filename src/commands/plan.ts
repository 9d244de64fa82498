import { Errors } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.js';
import { tracePlan } from '../cli/debug.js';
import { EXIT, formatExitCodes } from '../cli/exit-codes.js';
import { clusterFlags, connectionFlags, orderFlags, permissionFlags, planFlags } from '../cli/flags.js';
import { writeOutputs } from '../cli/outputs.js';
import { parseOrder } from '../lib/config/roll-options.js';
import type { RollPlan } from '../lib/model/plan.js';
import type { ActionOutputs } from '../lib/output/github/outputs.js';
import { buildErrorOutputs, buildPlanOutputs } from '../lib/output/github/outputs.js';
import { buildPlanDocument } from '../lib/output/json/documents.js';
import { formatPlanForStream } from '../lib/output/text/plan.js';

const PLAN_EXIT_CODES_HELP = formatExitCodes({
  [EXIT.done]: 'the roll can start, or there is nothing to do',
  [EXIT.refused]: 'the roll would be refused',
  [EXIT.stopped]: 'the roll would stop before its end',
  [EXIT['quorum-at-risk']]: 'the roll would stop because the quorum is at risk',
});

export default class PlanCommand extends BaseCommand {
  static override summary =
    'Show the steps of a roll, with the reason for each and the voters before it. Changes nothing.';
  static override description =
    `Prints one line per phase on a terminal, and every step with --verbose or without a TTY.

The duration is an estimate, with the critical path: what the roll waits for, in order, and for how long. During a roll it is corrected with measured times: boot, drain, leave, termination.

${PLAN_EXIT_CODES_HELP}`;
  static override examples = ['<%= config.bin %> <%= command.id %> --cluster consul --ami ami-0abcdef1234567890'];
  static override flags = { ...clusterFlags, ...orderFlags, ...permissionFlags, ...connectionFlags, ...planFlags };

  async run(): Promise<void> {
    const { flags } = await this.parse(PlanCommand);
    const options = parseOrder(flags);
    const settings = this.readConnectionSettings(flags);
    const [{ connect }, { planRoll }] = await Promise.all([
      import('../cli/connect.js'),
      import('../lib/engine/plan/plan.js'),
    ]);
    const engine = await connect(settings);
    const plan = await planRoll(engine, options).finally(() => engine.close());
    tracePlan(plan);
    this.printIgnoredOptions(plan, options);
    const exitCode = getPlanExitCode(plan);
    this.#writeOutputs(buildPlanOutputs(plan, exitCode));
    if (flags.json) this.printJson(buildPlanDocument(plan, exitCode));
    else this.printLines(formatPlanForStream(plan, process.stdout, flags.verbose));
    if (exitCode !== EXIT.done) this.exit(exitCode);
  }

  protected override async catch(error: Error): Promise<never> {
    if (!(error instanceof Errors.ExitError)) {
      const known = this.toRollError(error);
      this.#writeOutputs(buildErrorOutputs(known, EXIT[known.kind]));
    }
    return super.catch(error);
  }

  #writeOutputs(outputs: ActionOutputs): void {
    writeOutputs(process.env, outputs, (line) => void process.stderr.write(line));
  }
}

function getPlanExitCode({ end }: RollPlan): number {
  return end.kind === 'stop' ? EXIT[end.outcome] : EXIT.done;
}
