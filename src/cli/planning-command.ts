import type { ConnectionFlags } from '../lib/config/connection.js';
import type { RollPlan, UpgradeOrder } from '../lib/model/plan.js';
import type { ActionOutputs } from '../lib/output/github/outputs.js';
import { buildPlanOutputs } from '../lib/output/github/outputs.js';
import { buildPlanDocument } from '../lib/output/json/documents.js';
import { formatPlanForStream } from '../lib/output/text/plan.js';
import { describeResolvedImage, describeShortTimeout } from '../lib/output/text/roll-context.js';
import { BaseCommand } from './base-command.js';
import { tracePlan } from './debug.js';
import { EXIT } from './exit-codes.js';
import { writeOutputs } from './outputs.js';

/** Flags of a plan, except those of its order. */
interface PlanFlags extends ConnectionFlags {
  readonly json: boolean;
  readonly verbose: boolean;
}

/** Base class of the commands that can show a plan, and change nothing. */
export abstract class PlanningCommand extends BaseCommand {
  /** Plans an order and shows the plan; exits with the code that the roll would be refused or stopped with. */
  protected async showPlan(order: UpgradeOrder, flags: PlanFlags): Promise<void> {
    const plan = await this.#plan(order, flags);
    this.announceOrder(order, plan);
    const exitCode = plan.end.kind === 'stop' ? EXIT[plan.end.outcome] : EXIT.done;
    this.writeOutputs(buildPlanOutputs(plan, exitCode));
    if (flags.json) this.printJson(buildPlanDocument(plan, exitCode));
    else this.printLines(formatPlanForStream(plan, process.stdout, flags.verbose));
    if (exitCode !== EXIT.done) this.exit(exitCode);
  }

  async #plan(order: UpgradeOrder, flags: PlanFlags): Promise<RollPlan> {
    const settings = this.readConnectionSettings(flags);
    const [{ connect }, { planRoll }, { resolveOrder }] = await Promise.all([
      import('./connect.js'),
      import('../lib/engine/plan/plan.js'),
      import('../lib/engine/observe/resolve-order.js'),
    ]);
    const engine = await connect(settings);
    return resolveOrder(engine, order)
      .then((options) => planRoll(engine, options))
      .then((plan) => {
        tracePlan(plan);
        return plan;
      })
      .finally(() => engine.close());
  }

  /** Says which image an order stands for, which of its options do not count, and which cannot work. */
  protected announceOrder(order: UpgradeOrder, plan: RollPlan): void {
    const image = describeResolvedImage(order.image, plan);
    if (image !== undefined) this.printNotice([{ text: image, style: 'plain' }]);
    this.printIgnoredOptions(plan, order);
    const short = describeShortTimeout(plan, order.limits);
    if (short !== undefined) this.printNotice([{ text: `Warning: ${short}`, style: 'busy' }]);
  }

  protected writeOutputs(outputs: ActionOutputs): void {
    writeOutputs(process.env, outputs, (line) => void process.stderr.write(line));
  }
}
