import { rmSync } from 'node:fs';
import type { ConnectionFlags } from '../lib/config/connection.js';
import { usageError } from '../lib/config/validation.js';
import { messageOf, quoteWord } from '../lib/model/errors.js';
import type { RollPlan, UpgradeOrder } from '../lib/model/plan.js';
import { stringifyPrintable } from '../lib/model/printable.js';
import type { ActionOutputs } from '../lib/output/github/outputs.js';
import { buildPlanOutputs } from '../lib/output/github/outputs.js';
import { SCHEMA_IDS } from '../lib/output/json/build-parts.js';
import { buildPlanDocument } from '../lib/output/json/documents.js';
import type { PlanDocument } from '../lib/output/json/schemas.js';
import { formatPlanForStream } from '../lib/output/text/plan.js';
import { describeResolvedImage, describeShortTimeout } from '../lib/output/text/roll-context.js';
import { listPlannedOptions } from './approved-plan.js';
import { BaseCommand } from './base-command.js';
import { tracePlan } from './debug.js';
import { EXIT } from './exit-codes.js';
import { assertReplaceable, replaceFile } from './output-files.js';
import { writeOutputs } from './outputs.js';
import { isFile } from './system.js';

/** Flags of a plan, except those of its order. */
interface PlanFlags extends ConnectionFlags {
  readonly json: boolean;
  readonly verbose: boolean;
  /** File for the plan. */
  readonly out?: string | undefined;
}

/** Base class of the commands that can show a plan, and change nothing. */
export abstract class PlanningCommand extends BaseCommand {
  /** Plans an order and shows the plan; exits with the code that the roll would be refused or stopped with. */
  protected async showPlan(order: UpgradeOrder, flags: PlanFlags): Promise<void> {
    if (flags.out !== undefined) await assertPlanFile(flags.out);
    const plan = await this.#plan(order, flags);
    this.announceOrder(order, plan);
    const exitCode = plan.end.kind === 'stop' ? EXIT[plan.end.outcome] : EXIT.done;
    this.writeOutputs(buildPlanOutputs(plan, exitCode));
    const document = buildPlanDocument(plan, exitCode, listPlannedOptions({ ...flags }, plan.intent.imageId));
    if (flags.json) this.printJson(document);
    else this.printLines(formatPlanForStream(plan, process.stdout, flags.verbose));
    if (flags.out !== undefined) await this.#writePlan(flags.out, document);
    if (exitCode !== EXIT.done) this.exit(exitCode);
  }

  /** Writes a plan that can be approved: a roll that can begin, and has something to do. */
  async #writePlan(path: string, document: PlanDocument): Promise<void> {
    const { end, resumed, cluster } = document;
    if (resumed || end.kind !== 'done' || end.outcome !== 'rolled') {
      const why = resumed ? 'a roll is in progress' : 'there is no roll to approve';
      // A plan of an earlier day must not be taken for this one.
      if (isFile(path)) rmSync(path);
      this.printNotice([{ text: `${path} was not written: ${why}.`, style: 'bad' }]);
      return;
    }
    await replaceFile(path, `${stringifyPrintable(document, 2)}\n`).catch((thrown) => {
      throw usageError(`${path} was not written: ${messageOf(thrown)}.`, 'name another file with --out');
    });
    const next = `consul-roll upgrade --plan ${quoteWord(path)}`;
    this.printNotice([{ text: `The plan is in ${path}. To roll ${cluster} as planned: ${next}`, style: 'plain' }]);
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

/** Another file that was named by mistake must not be overwritten. */
function assertPlanFile(path: string): Promise<void> {
  return assertReplaceable(path, '--out', { what: 'a plan', isOwn: (start) => start.includes(SCHEMA_IDS.plan) });
}
