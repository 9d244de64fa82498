import { Errors } from '@oclif/core';
import type { ConnectionFlags, ConnectionSettings } from '../lib/config/connection.js';
import { assertTracked, type TerraformSettings } from '../lib/config/terraform.js';
import { usageError } from '../lib/config/validation.js';
import type { Engine } from '../lib/engine/engine.js';
import { asError } from '../lib/model/errors.js';
import type { RollResult } from '../lib/model/events.js';
import type { Survey } from '../lib/model/observation.js';
import { EXIT, OUTCOMES } from '../lib/model/outcome.js';
import type { Order, Plan } from '../lib/model/plan.js';
import { Chronicle, oldImageOf, type Route, routeOf } from '../lib/output/events/event-recorder.js';
import { resultJson } from '../lib/output/json/documents.js';
import type { Courier } from '../lib/output/notify.js';
import type { ToneLine } from '../lib/output/server-list.js';
import { canConfirm, columnsOf, confirm } from '../lib/output/terminal/console.js';
import { counted } from '../lib/output/text/format.js';
import { outcomeLines, warningLines } from '../lib/output/text/outcome.js';
import { planLines } from '../lib/output/text/plan.js';
import { adoptionHint, adoptionLines } from '../lib/output/text/terraform.js';
import { withCluster } from '../lib/output/text/waits.js';
import type { View } from '../lib/output/view.js';
import type { Cloud } from '../lib/ports.js';
import { makerOf } from '../lib/terraform/state.js';
import { RollCommand } from './base-command.js';
import { isForPeople, type OutputFlags, readersFor, together, viewOf } from './outputs.js';
import { type Roll, watchRoll } from './run-roll.js';
import { type Adopted, adopt, UNASKED } from './terraform-import.js';

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
    const { courierFor } = await import('./outputs.js');
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
      import('./connect.js'),
      import('../lib/engine/plan/plan.js'),
      import('../lib/engine/run/roll.js'),
      import('../lib/config/settings-file.js'),
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

/** What a roll goes from and to, for whoever is told of it, with the names of the images that AWS still knows. */
export async function routeWithNames(
  cloud: Pick<Cloud, 'image'>,
  seen: Pick<Plan, 'survey' | 'intent'>,
): Promise<Route> {
  const known = seen.survey.facts?.image;
  const ids = [oldImageOf(seen.survey), known === undefined ? seen.intent.imageId : undefined];
  const named = await Promise.all(ids.map((id) => (id === undefined ? undefined : imageNamed(cloud, id))));
  const images = [known, ...named].flatMap((image) => (image?.name ? [[image.id, image.name] as const] : []));
  return routeOf(seen, new Map(images));
}

/** A name is no reason to end anything: where AWS refuses to tell it, there is none. */
async function imageNamed(cloud: Pick<Cloud, 'image'>, imageId: string) {
  return cloud.image(imageId).catch(() => undefined);
}
