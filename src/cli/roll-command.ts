import { Errors } from '@oclif/core';
import type { ConnectionFlags, ConnectionSettings } from '../lib/config/connection.js';
import { assertGroupInState, type TerraformSettings } from '../lib/config/terraform.js';
import { usageError } from '../lib/config/validation.js';
import type { Engine } from '../lib/engine/engine.js';
import { asError } from '../lib/model/errors.js';
import type { RollResult } from '../lib/model/events.js';
import type { Observation } from '../lib/model/observation.js';
import type { RollOptions, RollPlan } from '../lib/model/plan.js';
import {
  buildRoute,
  EventRecorder,
  findOldImage,
  type ImageRoute,
} from '../lib/output/events/event-recorder.js';
import { buildResultDocument } from '../lib/output/json/documents.js';
import type { Notifier } from '../lib/output/notify.js';
import type { StyledLine } from '../lib/output/server-list.js';
import { askConfirmation, canConfirm, getColumns } from '../lib/output/terminal/console.js';
import { formatCount } from '../lib/output/text/format.js';
import { formatOutcomeReport, formatWarnings } from '../lib/output/text/outcome.js';
import { formatPlanForStream } from '../lib/output/text/plan.js';
import { formatTerraformHint, formatTerraformImport } from '../lib/output/text/terraform.js';
import { appendClusterState } from '../lib/output/text/waits.js';
import type { View } from '../lib/output/view.js';
import type { Cloud } from '../lib/ports.js';
import { detectInfrastructureTool } from '../lib/terraform/state.js';
import { BaseCommand } from './base-command.js';
import { ERROR_EXIT_CODES, EXIT, OUTCOME_EXIT_CODES } from './exit-codes.js';
import {
  combineViews,
  createEventSinks,
  createOutputView,
  isHumanOutput,
  type OutputFlags,
} from './outputs.js';
import { type RollFunction, runRollInView } from './run-roll.js';
import {
  NO_TERRAFORM_SETTINGS,
  type TerraformImportResult,
  writeTerraformImport,
} from './terraform-import.js';

/** The flags of every command that rolls, besides its order. */
export interface RollingFlags extends ConnectionFlags, OutputFlags {
  readonly yes: boolean;
  readonly verbose: boolean;
}

/** What `upgrade`, `resume` and `rollback` share: plan, confirm, roll, say how it ended. */
export abstract class RollingCommand extends BaseCommand {
  /** Those before whose eyes a roll is going on. */
  #openView: View | undefined;

  protected async runRoll(
    options: RollOptions,
    flags: RollingFlags,
    terraform = NO_TERRAFORM_SETTINGS,
  ): Promise<void> {
    const { createNotifier: courierFor } = await import('./outputs.js');
    const courier = courierFor(this.resolvedSettings, (message) => this.#warn(message));
    const chronicle = await this.#createRecorder(options, flags, courier);
    try {
      const settings = this.readConnectionSettings(flags);
      if (!flags.yes && !canConfirm(process.stdin, process.stderr)) throw rollNeedsConfirmationError();
      await this.#planAndRoll(options, settings, flags, terraform, chronicle);
    } catch (thrown) {
      const over = thrown instanceof Errors.ExitError;
      if (!over) {
        const warnings = formatWarnings(chronicle.listWarnings, getColumns(process.stderr));
        if (warnings.length > 0) this.tell(warnings);
        const error = this.toRollError(asError(thrown));
        chronicle.conclude({ kind: 'error', error, exitCode: ERROR_EXIT_CODES[error.kind] }, Date.now());
      }
      throw thrown;
    } finally {
      await courier.flush();
    }
  }

  async #planAndRoll(
    options: RollOptions,
    settings: ConnectionSettings,
    flags: RollingFlags,
    terraform: TerraformSettings,
    chronicle: EventRecorder,
  ): Promise<void> {
    const [{ connect }, { planRoll: plan }, { executeRoll: roll }, { listHooks: hooksIn }] =
      await Promise.all([
        import('./connect.js'),
        import('../lib/engine/plan/plan.js'),
        import('../lib/engine/run/roll.js'),
        import('../lib/config/settings-file.js'),
      ]);
    const engine = await connect(settings, hooksIn(this.resolvedSettings));
    try {
      const planned = await plan(engine, options);
      chronicle.setRoute(await readImageRoute(engine.cloud, planned));
      this.tellOverruled(planned, options);
      if (buildResultWithoutRoll(planned) === undefined) assertGroupInState(terraform, planned.intent);
      const result = await this.#rollAsPlanned(planned, options, engine, roll, flags, chronicle);
      chronicle.conclude(
        { kind: 'result', result, exitCode: OUTCOME_EXIT_CODES[result.outcome] },
        Date.now(),
      );
      this.#report(result, planned, terraform, flags, chronicle.listWarnings);
    } finally {
      await engine.close();
    }
  }

  async #createRecorder(
    { cluster, limits, intervalMs }: RollOptions,
    flags: RollingFlags,
    courier: Notifier,
  ): Promise<EventRecorder> {
    const readers = await createEventSinks(flags, (text) => this.tell([{ text, style: 'bad' }]));
    const run = { program: this.config.version, cluster, limits, intervalMs };
    return new EventRecorder(run, [...readers, (document) => courier.notify(document)], Date.now());
  }

  async #rollAsPlanned(
    planned: RollPlan,
    options: RollOptions,
    engine: Engine,
    roll: RollFunction,
    flags: RollingFlags,
    chronicle: EventRecorder,
  ): Promise<RollResult> {
    const settled = buildResultWithoutRoll(planned);
    if (settled !== undefined) return settled;
    if (!flags.yes || (isHumanOutput(flags) && !flags.json)) this.#tellPlan(planned, engine, flags.verbose);
    if (!flags.yes && !(await askConfirmation('Roll?', process.stdin, process.stderr))) {
      this.tell([{ text: 'Nothing was changed.', style: 'plain' }]);
      this.exit(EXIT.refused);
    }
    const view = combineViews(
      await createOutputView(flags, () => engine.clock.now(), { conditions: options }),
      chronicle,
    );
    this.#openView = view;
    return runRollInView(roll, engine, options, view)
      .catch((thrown) => {
        throw appendClusterState(thrown, planned.observation);
      })
      .finally(() => {
        this.#openView = undefined;
      });
  }

  #report(
    result: RollResult,
    { observation }: RollPlan,
    terraform: TerraformSettings,
    flags: RollingFlags,
    warnings: readonly string[],
  ): void {
    const adopted = writeTerraformImport(result, terraform);
    if (adopted.writeError !== undefined) this.tell([{ text: adopted.writeError, style: 'bad' }]);
    const exitCode = OUTCOME_EXIT_CODES[result.outcome];
    const document = () => buildResultDocument(result, exitCode, observation.old?.imageId, adopted, warnings);
    if (flags.json) this.printJson(document());
    else if (flags.output === 'ndjson') this.printLine(document());
    else {
      const columns = getColumns(process.stdout);
      const { before, after } = formatOutcome(adopted, result, observation, terraform, columns);
      this.printLines([...before, ...formatOutcomeReport(result, columns, warnings)]);
      if (flags.output !== 'quiet' && after.length > 0) this.printLines([BLANK_LINE, ...after]);
    }
    if (exitCode !== EXIT.done) this.exit(exitCode);
  }

  /** The plan, and what else will be run: who approves the one approves the other. */
  #tellPlan(plan: RollPlan, { hooks }: Engine, verbose: boolean): void {
    this.tell(formatPlanForStream(plan, process.stderr, verbose));
    const { length: count } = hooks?.list ?? [];
    const text = `${formatCount(count, 'hook')} will be run too, from ${this.resolvedSettings.file}.`;
    if (count > 0) this.tell([{ text, style: 'plain' }]);
  }

  /** What went wrong beside the roll: a line of its log while there is one. */
  #warn(message: string): void {
    if (this.#openView === undefined) this.tell([{ text: `Warning: ${message}`, style: 'bad' }]);
    else this.#openView.handle({ kind: 'warning', message, atMs: Date.now() });
  }
}

const BLANK_LINE: StyledLine = { text: '', style: 'plain' };

/**
 * All of it to whoever uses Terraform, as far as one can tell: before how the roll ended, which a screenful would push
 * away. After it a hint, where nobody knows.
 */
function formatOutcome(
  { terraformImport: adoption, file }: TerraformImportResult,
  { intent }: RollResult,
  seen: Observation,
  { requested: asked }: TerraformSettings,
  columns: number,
): { readonly before: readonly StyledLine[]; readonly after: readonly StyledLine[] } {
  const maker = intent && detectInfrastructureTool(intent, { ...seen.old?.tags, ...seen.new?.tags });
  const unchanged = adoption.kind === 'nothing' && adoption.because === 'nothing-changed';
  if (asked || (maker === 'terraform' && !unchanged)) {
    const lines = formatTerraformImport(adoption, file, columns);
    return { before: lines.length === 0 ? [] : [...lines, BLANK_LINE], after: [] };
  }
  const isHinted = intent !== undefined && maker === 'unknown' && adoption.kind === 'adopt';
  return { before: [], after: isHinted ? formatTerraformHint(intent, columns) : [] };
}

/** What a plan without a single step to take already settles. */
function buildResultWithoutRoll({ end, intent, observation, resumed }: RollPlan): RollResult | undefined {
  const facts = { intent, observation: observation, elapsedMs: 0, leaderChanges: 0 };
  if (end.kind === 'done' && end.outcome === 'nothing-to-do') {
    return { ...facts, outcome: end.outcome, reason: undefined };
  }
  return end.kind === 'stop' && !resumed ? { ...facts, outcome: end.outcome, reason: end.reason } : undefined;
}

function rollNeedsConfirmationError(): Error {
  return usageError(
    'There is no terminal to confirm the plan on.',
    'look at the plan with consul-roll plan, then add --yes',
  );
}

/** What a roll goes from and to, for whoever is told of it, with the names of the images that AWS still knows. */
export async function readImageRoute(
  cloud: Pick<Cloud, 'findImage'>,
  seen: Pick<RollPlan, 'observation' | 'intent'>,
): Promise<ImageRoute> {
  const known = seen.observation.preflightFacts?.image;
  const ids = [findOldImage(seen.observation), known === undefined ? seen.intent.imageId : undefined];
  const named = await Promise.all(ids.map((id) => (id === undefined ? undefined : readImageName(cloud, id))));
  const images = [known, ...named].flatMap((image) => (image?.name ? [[image.id, image.name] as const] : []));
  return buildRoute(seen, new Map(images));
}

/** A name is no reason to end anything: where AWS refuses to tell it, there is none. */
async function readImageName(cloud: Pick<Cloud, 'findImage'>, imageId: string) {
  return cloud.findImage(imageId).catch(() => undefined);
}
