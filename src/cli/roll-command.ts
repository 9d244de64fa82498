import { Errors } from '@oclif/core';
import type { ConnectionFlags, ConnectionSettings } from '../lib/config/connection.js';
import { assertGroupInState, type TerraformSettings } from '../lib/config/terraform.js';
import type { Engine } from '../lib/engine/engine.js';
import { asError, formatFlag, quoteWord } from '../lib/model/errors.js';
import { formatImageReference } from '../lib/model/image-reference.js';
import { EMPTY_MEMORY } from '../lib/model/memory.js';
import type { Observation } from '../lib/model/observation.js';
import type { RollResult } from '../lib/model/outcome.js';
import type { ResumeOptions, RollbackOptions, RollOptions, RollPlan, UpgradeOrder } from '../lib/model/plan.js';
import { EventRecorder } from '../lib/output/events/event-recorder.js';
import { buildResultDocument } from '../lib/output/json/documents.js';
import type { PlanDocument } from '../lib/output/json/schemas.js';
import { getColumns } from '../lib/output/terminal/console.js';
import { appendClusterState } from '../lib/output/text/cluster.js';
import { BLANK_LINE, capitalize, formatCount, formatList, type StyledLine } from '../lib/output/text/format.js';
import { formatOutcomeReport, formatWarnings, type NamedFile } from '../lib/output/text/outcome.js';
import { formatPlanForStream } from '../lib/output/text/plan.js';
import { describeRollQuestion } from '../lib/output/text/roll-context.js';
import { formatTerraformHint, formatTerraformImport } from '../lib/output/text/terraform.js';
import type { View } from '../lib/output/view.js';
import { detectInfrastructureTool } from '../lib/terraform/state.js';
import { assertApproved } from './approved-plan.js';
import { EXIT, getRollExitCode } from './exit-codes.js';
import { loadRest } from './load-rest.js';
import {
  combineViews,
  createNotifier,
  createOutputView,
  isHumanOutput,
  type OutputFlags,
  openEventOutput,
  openLogView,
  withContext,
} from './outputs.js';
import { PlanningCommand } from './planning-command.js';
import { type RollFunction, runRollInView } from './run-roll.js';
import { NO_TERRAFORM_SETTINGS, type TerraformImportResult, writeTerraformImport } from './terraform-import.js';

/** Flags of every command that rolls, except those of its order. */
interface RollingFlags extends ConnectionFlags, OutputFlags {
  readonly yes: boolean;
  readonly verbose: boolean;
  readonly 'legacy-exit-codes'?: boolean;
  readonly 'log-file'?: string | undefined;
  readonly gate?: string | undefined;
}

/** What is asked for; the image of an upgrade is not known by its id yet. */
type RollOrder = UpgradeOrder | ResumeOptions | RollbackOptions;

/** One run of a command that rolls. */
interface RollRequest {
  readonly options: RollOrder;
  readonly flags: RollingFlags;
  readonly terraform: TerraformSettings;
  readonly recorder: EventRecorder;
  /** The log file, opened before the first change. */
  readonly log: View | undefined;
  readonly approved: PlanDocument | undefined;
}

/** Base class of `upgrade`, `resume` and `rollback`: plan, confirm, roll, report. */
export abstract class RollingCommand extends PlanningCommand {
  /** The view of the roll in progress. */
  #openView: View | undefined;

  /** @param approved the plan that the roll must follow, which stands for the operator's yes */
  protected async runRoll(
    options: RollOrder,
    given: RollingFlags,
    terraform = NO_TERRAFORM_SETTINGS,
    approved?: PlanDocument,
  ): Promise<void> {
    const flags = approved === undefined ? given : { ...given, yes: true };
    const notifier = createNotifier(this.resolvedSettings, (message) => this.#warn(message));
    const output = await openEventOutput(flags, (text) => this.printNotice([{ text, style: 'bad' }]));
    const run = { program: this.config.version, ...options };
    const recorder = new EventRecorder(run, [output.take, (document) => notifier.notify(document)], Date.now());
    try {
      const settings = this.readConnectionSettings(flags);
      if (!flags.yes) {
        const { cluster } = options;
        const plan = `consul-roll plan ${formatFlag('cluster', cluster)} --ami`;
        const isUpgrade = options.kind === 'upgrade';
        this.assertCanConfirm(
          isUpgrade
            ? `${plan} ${quoteWord(formatImageReference(options.image))}`
            : `consul-roll status ${formatFlag('cluster', cluster)}`,
        );
      }
      const { 'log-file': path } = flags;
      const screen = { now: () => Date.now(), conditions: options };
      const log = path === undefined ? undefined : await openLogView(path, screen, (text) => this.#warn(text));
      await this.#planAndRoll({ options, flags, terraform, recorder, log, approved }, settings).finally(() =>
        log?.end(undefined),
      );
    } catch (thrown) {
      if (!(thrown instanceof Errors.ExitError)) {
        const warnings = formatWarnings(recorder.progress.warnings, getColumns(process.stderr));
        if (warnings.length > 0) this.printNotice(warnings);
        const error = this.toRollError(asError(thrown));
        recorder.conclude({ kind: 'error', error, exitCode: EXIT[error.kind] }, Date.now());
      }
      throw thrown;
    } finally {
      await Promise.all([output.end(), notifier.flush()]);
    }
  }

  async #planAndRoll(request: RollRequest, settings: ConnectionSettings): Promise<void> {
    const { options: order, flags, terraform, recorder, approved } = request;
    const [{ connect }, { planRoll }, { resolveOrder }, { executeRoll }, { listHooks }] = await Promise.all([
      import('./connect.js'),
      import('../lib/engine/plan/plan.js'),
      import('../lib/engine/observe/resolve-order.js'),
      import('../lib/engine/run/roll.js'),
      import('../lib/config/resolve-settings.js'),
    ]);
    const engine = await connect(settings, listHooks(this.resolvedSettings, flags.gate));
    try {
      const options = order.kind === 'upgrade' ? await resolveOrder(engine, order) : order;
      const plan = await planRoll(engine, options);
      recorder.setFound(plan.observation);
      if (approved !== undefined) assertApproved(approved, plan);
      this.announceUnnamedRoll(plan, options, flags.yes);
      if (order.kind === 'upgrade') this.announceOrder(order, plan);
      if (buildResultWithoutRoll(plan) === undefined) assertGroupInState(terraform, plan.intent);
      // While a prompt waits for its answer the cluster may change: the roll then starts from a new observation.
      const start = flags.yes ? plan.start : undefined;
      const roll: RollFunction = (...run) => executeRoll(...run, start);
      const result = await this.#rollAsPlanned(plan, engine, roll, { ...request, options });
      recorder.conclude(
        { kind: 'result', result, exitCode: getRollExitCode(result, flags['legacy-exit-codes']) },
        Date.now(),
      );
      await this.#report(result, plan, request);
    } finally {
      await engine.close();
    }
  }

  async #rollAsPlanned(
    plan: RollPlan,
    engine: Engine,
    executeRoll: RollFunction,
    {
      options,
      flags,
      recorder,
      log,
    }: Pick<RollRequest, 'flags' | 'recorder' | 'log'> & { readonly options: RollOptions },
  ): Promise<RollResult> {
    const resultWithoutRoll = buildResultWithoutRoll(plan);
    if (resultWithoutRoll !== undefined) return resultWithoutRoll;
    await loadRest(this.config);
    if (!flags.yes || (isHumanOutput(flags) && !flags.json)) this.#printPlan(plan, engine, flags);
    if (!flags.yes) await this.confirm(describeRollQuestion(plan));
    const shown = await createOutputView(flags, () => engine.clock.now(), { conditions: options });
    const view = withContext(combineViews(...(log === undefined ? [] : [log]), shown, recorder), plan.context);
    this.#openView = view;
    return runRollInView(executeRoll, engine, options, view)
      .catch((thrown) => {
        throw appendClusterState(thrown, plan.observation);
      })
      .finally(() => {
        this.#openView = undefined;
      });
  }

  async #report(result: RollResult, plan: RollPlan, { flags, terraform, recorder }: RollRequest): Promise<void> {
    const { observation } = plan;
    const { timeSpent, progress } = recorder;
    const { warnings } = progress;
    const written = await writeTerraformImport(result, terraform);
    if (written.writeError !== undefined) this.printNotice([{ text: written.writeError, style: 'bad' }]);
    const exitCode = getRollExitCode(result, flags['legacy-exit-codes']);
    const document = () => buildResultDocument(result, exitCode, plan, written, warnings, timeSpent);
    if (flags.json) this.printJson(document());
    else if (flags.output === 'ndjson') this.printLine(document());
    else {
      const columns = getColumns(process.stdout);
      const { before, after } = formatTerraformLines(written, result, observation, terraform, columns);
      this.printLines([...before, ...formatOutcomeReport(result, columns, warnings, listFiles(flags, written))]);
      if (flags.output !== 'quiet' && after.length > 0) this.printLines([BLANK_LINE, ...after]);
    }
    if (exitCode !== EXIT.done) this.exit(exitCode);
  }

  /** Prints the plan and the number of hooks: the operator approves both. */
  #printPlan(plan: RollPlan, { hooks }: Engine, { verbose, gate }: RollingFlags): void {
    this.printNotice(formatPlanForStream(plan, process.stderr, verbose));
    const count = (hooks?.list.length ?? 0) - (gate === undefined ? 0 : 1);
    const named = [
      ...(count > 0 ? [`${formatCount(count, 'hook')} from ${this.resolvedSettings.file}`] : []),
      ...(gate === undefined ? [] : ['the command of --gate']),
    ];
    if (named.length > 0)
      this.printNotice([{ text: capitalize(`${formatList(named)} will also run.`), style: 'plain' }]);
  }

  /** Prints a problem that does not stop the roll: in its view if there is one. */
  #warn(message: string): void {
    if (this.#openView === undefined) this.printNotice([{ text: `Warning: ${message}`, style: 'bad' }]);
    else this.#openView.handle({ kind: 'warning', warning: { kind: 'message', message }, atMs: Date.now() });
  }
}

/** The files that the run writes, in the order of their flags. */
function listFiles(flags: RollingFlags, { file }: TerraformImportResult): readonly NamedFile[] {
  const files = [
    { what: 'Events', path: flags.events },
    { what: 'Log', path: flags['log-file'] },
    { what: 'Report', path: flags.report },
    { what: 'Import', path: file },
  ];
  return files.flatMap(({ what, path }) => (path === undefined ? [] : [{ what, path }]));
}

/**
 * The import goes before the outcome, so that the outcome stays on the screen. A short hint goes after it if the group
 * may or may not belong to Terraform.
 */
function formatTerraformLines(
  { terraformImport, file }: TerraformImportResult,
  { intent }: RollResult,
  observation: Observation,
  { requested }: TerraformSettings,
  columns: number,
): { readonly before: readonly StyledLine[]; readonly after: readonly StyledLine[] } {
  const tags = { ...observation.old?.tags, ...observation.new?.tags };
  const tool = intent && detectInfrastructureTool(intent, tags);
  const unchanged = terraformImport.kind === 'nothing' && terraformImport.because === 'nothing-changed';
  if (requested || (tool === 'terraform' && !unchanged)) {
    const lines = formatTerraformImport(terraformImport, file, columns);
    return { before: lines.length === 0 ? [] : [...lines, BLANK_LINE], after: [] };
  }
  const isHinted = intent !== undefined && tool === 'unknown' && terraformImport.kind === 'import';
  return { before: [], after: isHinted ? formatTerraformHint(intent, columns) : [] };
}

/** The result of a plan with no step to take; undefined if there is one. */
function buildResultWithoutRoll({ end, intent, observation, resumed }: RollPlan): RollResult | undefined {
  const facts = { intent, observation, memory: EMPTY_MEMORY, elapsedMs: 0, leaderChanges: 0 };
  if (end.kind === 'done' && end.outcome === 'nothing-to-do') {
    return { ...facts, outcome: end.outcome };
  }
  if (end.kind !== 'stop' || resumed) return undefined;
  return { ...facts, outcome: end.outcome, reason: end.reason, changed: 'nothing' };
}
