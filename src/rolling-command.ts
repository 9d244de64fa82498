import { Errors } from '@oclif/core';
import { type Adopted, adopt, UNASKED } from './adopting.js';
import { RollCommand } from './base-command.js';
import type { Engine } from './lib/engine.js';
import { asError } from './lib/errors.js';
import type { RollResult } from './lib/model/event.js';
import type { Order, Plan } from './lib/model/plan.js';
import type { Survey } from './lib/model/survey.js';
import type { Courier } from './lib/notify/courier.js';
import { EXIT, OUTCOMES } from './lib/outcomes.js';
import type { ConnectionFlags, ConnectionSettings } from './lib/settings/connection.js';
import { assertTracked, type TerraformSettings } from './lib/settings/terraform.js';
import { usageError } from './lib/settings/usage-error.js';
import { makerOf } from './lib/terraform/traces.js';
import { canConfirm, confirm } from './lib/ui/confirm.js';
import { Chronicle } from './lib/ui/events/chronicle.js';
import { resultJson } from './lib/ui/json/documents.js';
import { columnsOf } from './lib/ui/print.js';
import { outcomeLines, warningLines } from './lib/ui/reports/outcome.js';
import { planLines } from './lib/ui/reports/overview.js';
import { adoptionHint, adoptionLines } from './lib/ui/reports/terraform.js';
import { withCluster } from './lib/ui/sentences/last-seen.js';
import type { ToneLine } from './lib/ui/server-lines.js';
import { counted } from './lib/ui/text.js';
import type { View } from './lib/ui/view.js';
import { isForPeople, type OutputFlags, readersFor, together, viewOf } from './output.js';
import { routeWithNames } from './route.js';
import { type Roll, watchRoll } from './watch-roll.js';

/** The flags of every command that rolls, besides its order. */
export interface RollingFlags extends ConnectionFlags, OutputFlags {
  readonly yes: boolean;
  readonly verbose: boolean;
}

/** What `upgrade`, `resume` and `rollback` share: plan, confirm, roll, say how it ended. */
export abstract class RollingCommand extends RollCommand {
  /** Those before whose eyes a roll is going on. */
  #watching: View | undefined;

  protected async rollBy(order: Order, flags: RollingFlags, terraform = UNASKED): Promise<void> {
    const { courierFor } = await import('./notices.js');
    const courier = courierFor(this.chosen, (message) => this.#warn(message));
    const chronicle = await this.#chronicleFor(order, flags, courier);
    try {
      const settings = this.settingsFrom(flags);
      if (!flags.yes && !canConfirm(process.stdin, process.stderr)) throw nobodyToAsk();
      await this.#planAndRoll(order, settings, flags, terraform, chronicle);
    } catch (thrown) {
      const over = thrown instanceof Errors.ExitError;
      if (!over) {
        const warnings = warningLines(chronicle.warnings, columnsOf(process.stderr));
        if (warnings.length > 0) this.tell(warnings);
        chronicle.conclude({ kind: 'error', error: this.asKnown(asError(thrown)) }, Date.now());
      }
      throw thrown;
    } finally {
      await courier.settle();
    }
  }

  async #planAndRoll(
    order: Order,
    settings: ConnectionSettings,
    flags: RollingFlags,
    terraform: TerraformSettings,
    chronicle: Chronicle,
  ): Promise<void> {
    const [{ connect }, { plan }, { roll }, { hooksIn }] = await Promise.all([
      import('./lib/connect.js'),
      import('./lib/plan.js'),
      import('./lib/roll.js'),
      import('./lib/settings-file/hooks.js'),
    ]);
    const engine = await connect(settings, hooksIn(this.chosen));
    try {
      const planned = await plan(engine, order);
      chronicle.learn(await routeWithNames(engine.cloud, planned));
      this.tellOverruled(planned, order);
      if (resultWithoutRoll(planned) === undefined) assertTracked(terraform, planned.intent);
      const result = await this.#rollAsPlanned(planned, order, engine, roll, flags, chronicle);
      chronicle.conclude({ kind: 'result', result }, Date.now());
      this.#report(result, planned, terraform, flags, chronicle.warnings);
    } finally {
      await engine.close();
    }
  }

  async #chronicleFor(
    { cluster, limits, intervalMs }: Order,
    flags: RollingFlags,
    courier: Courier,
  ): Promise<Chronicle> {
    const readers = await readersFor(flags, (text) => this.tell([{ text, tone: 'bad' }]));
    const run = { program: this.config.version, cluster, limits, intervalMs };
    return new Chronicle(run, [...readers, (document) => courier.take(document)], Date.now());
  }

  async #rollAsPlanned(
    planned: Plan,
    order: Order,
    engine: Engine,
    roll: Roll,
    flags: RollingFlags,
    chronicle: Chronicle,
  ): Promise<RollResult> {
    const settled = resultWithoutRoll(planned);
    if (settled !== undefined) return settled;
    if (!flags.yes || (isForPeople(flags) && !flags.json)) this.#tellPlan(planned, engine, flags.verbose);
    if (!flags.yes && !(await confirm('Roll?', process.stdin, process.stderr))) {
      this.tell([{ text: 'Nothing was changed.', tone: 'plain' }]);
      this.exit(EXIT.refused);
    }
    const view = together(await viewOf(flags, () => engine.clock.now(), { conditions: order }), chronicle);
    this.#watching = view;
    return watchRoll(roll, engine, order, view)
      .catch((thrown) => {
        throw withCluster(thrown, planned.survey);
      })
      .finally(() => {
        this.#watching = undefined;
      });
  }

  #report(
    result: RollResult,
    { survey }: Plan,
    terraform: TerraformSettings,
    flags: RollingFlags,
    warnings: readonly string[],
  ): void {
    const adopted = adopt(result, terraform);
    if (adopted.unwritten !== undefined) this.tell([{ text: adopted.unwritten, tone: 'bad' }]);
    const document = () => resultJson(result, survey.old?.imageId, adopted, warnings);
    if (flags.json) this.printJson(document());
    else if (flags.output === 'ndjson') this.printLine(document());
    else {
      const columns = columnsOf(process.stdout);
      const { before, after } = tellingOf(adopted, result, survey, terraform, columns);
      this.print([...before, ...outcomeLines(result, columns, warnings)]);
      if (flags.output !== 'quiet' && after.length > 0) this.print([BLANK, ...after]);
    }
    const { exitCode } = OUTCOMES[result.outcome];
    if (exitCode !== EXIT.done) this.exit(exitCode);
  }

  /** The plan, and what else will be run: who approves the one approves the other. */
  #tellPlan(plan: Plan, { hooks }: Engine, verbose: boolean): void {
    this.tell(planLines(plan, process.stderr, verbose));
    const { length: count } = hooks?.list ?? [];
    const text = `${counted(count, 'hook')} will be run too, from ${this.chosen.file}.`;
    if (count > 0) this.tell([{ text, tone: 'plain' }]);
  }

  /** What went wrong beside the roll: a line of its log while there is one. */
  #warn(message: string): void {
    if (this.#watching === undefined) this.tell([{ text: `Warning: ${message}`, tone: 'bad' }]);
    else this.#watching.handle({ kind: 'warning', message, atMs: Date.now() });
  }
}

const BLANK: ToneLine = { text: '', tone: 'plain' };

/**
 * All of it to whoever uses Terraform, as far as one can tell: before how the roll ended, which a screenful would push
 * away. After it a hint, where nobody knows.
 */
function tellingOf(
  { adoption, file }: Adopted,
  { intent }: RollResult,
  seen: Survey,
  { asked }: TerraformSettings,
  columns: number,
): { readonly before: readonly ToneLine[]; readonly after: readonly ToneLine[] } {
  const maker = intent && makerOf(intent, { ...seen.old?.tags, ...seen.new?.tags });
  const unchanged = adoption.kind === 'nothing' && adoption.because === 'nothing-changed';
  if (asked || (maker === 'terraform' && !unchanged)) {
    const lines = adoptionLines(adoption, file, columns);
    return { before: lines.length === 0 ? [] : [...lines, BLANK], after: [] };
  }
  const isHinted = intent !== undefined && maker === 'unknown' && adoption.kind === 'adopt';
  return { before: [], after: isHinted ? adoptionHint(intent, columns) : [] };
}

/** What a plan without a single step to take already settles. */
function resultWithoutRoll({ end, intent, survey, resumed }: Plan): RollResult | undefined {
  const facts = { intent, survey, elapsedMs: 0, leaderChanges: 0 };
  if (end.kind === 'done' && end.outcome === 'nothing-to-do') {
    return { ...facts, outcome: end.outcome, reason: undefined };
  }
  return end.kind === 'stop' && !resumed ? { ...facts, outcome: end.outcome, reason: end.reason } : undefined;
}

function nobodyToAsk(): Error {
  return usageError(
    'There is no terminal to confirm the plan on.',
    'look at the plan with consul-roll plan, then add --yes',
  );
}

/** The exit codes, as `--help` lists them. */
export function exitCodes(): string {
  const outcomes = Object.values(OUTCOMES).map(({ exitCode, meaning }) => `${exitCode} ${meaning}`);
  return [...outcomes, `${EXIT.unexpected} unexpected`, `${EXIT.usage} wrong usage`].join('\n');
}
