import { Errors } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.js';
import { ERROR_EXIT_CODES, EXIT, OUTCOME_EXIT_CODES } from '../cli/exit-codes.js';
import { clusterFlags, connectionFlags, orderFlags, planFlags } from '../cli/flags.js';
import { writeOutputs } from '../cli/outputs.js';
import { parseOrder } from '../lib/config/roll-options.js';
import type { RollPlan } from '../lib/model/plan.js';
import type { ActionOutputs } from '../lib/output/github/outputs.js';
import { buildErrorOutputs, buildPlanOutputs } from '../lib/output/github/outputs.js';
import { buildPlanDocument } from '../lib/output/json/documents.js';
import { formatPlanForStream } from '../lib/output/text/plan.js';

/** A plan exits as the roll would, but that nothing was rolled. */
const PLAN_EXIT_CODES_HELP = `Exit codes:
${EXIT.done} the roll could go ahead, or there is nothing to do
${EXIT.refused} it would be refused
${EXIT.stopped} it would stop part-way
${EXIT.quorumAtRisk} it would stop, the quorum being at risk
${EXIT.unexpected} unexpected
${EXIT.usage} wrong usage`;

export default class PlanCommand extends BaseCommand {
  static override summary =
    'The steps a roll would take, with the reason and the voters of each; changes nothing.';
  static override description =
    `On a terminal a line a stage, so that it fits the screen; with --verbose, and where there is no terminal, every step.

How long it takes is an estimate for AWS, with what it is made of. While a roll goes on, its screen corrects that by what it has measured: a boot, a drain, a leave, a termination.

${PLAN_EXIT_CODES_HELP}`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> --cluster consul --ami ami-0abcdef1234567890',
  ];
  static override flags = { ...clusterFlags, ...orderFlags, ...connectionFlags, ...planFlags };

  async run(): Promise<void> {
    const { flags } = await this.parse(PlanCommand);
    const options = parseOrder(flags);
    const settings = this.readConnectionSettings(flags);
    const [{ connect }, { planRoll: plan }] = await Promise.all([
      import('../cli/connect.js'),
      import('../lib/engine/plan/plan.js'),
    ]);
    const engine = await connect(settings);
    const planned = await plan(engine, options).finally(() => engine.close());
    this.printIgnoredOptions(planned, options);
    const exitCode = getPlanExitCode(planned);
    this.#writeOutputs(buildPlanOutputs(planned, exitCode));
    if (flags.json) this.printJson(buildPlanDocument(planned, exitCode));
    else this.printLines(formatPlanForStream(planned, process.stdout, flags.verbose));
    if (exitCode !== EXIT.done) this.exit(exitCode);
  }

  protected override async catch(error: Error): Promise<never> {
    if (!(error instanceof Errors.ExitError)) {
      const known = this.toRollError(error);
      this.#writeOutputs(buildErrorOutputs(known, ERROR_EXIT_CODES[known.kind]));
    }
    return super.catch(error);
  }

  #writeOutputs(outputs: ActionOutputs): void {
    writeOutputs(process.env, outputs, (line) => void process.stderr.write(line));
  }
}

function getPlanExitCode({ end }: RollPlan): number {
  return end.kind === 'stop' ? OUTCOME_EXIT_CODES[end.outcome] : EXIT.done;
}
