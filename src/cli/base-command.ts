import { homedir } from 'node:os';
import { Command, Errors, Flags, type Interfaces } from '@oclif/core';
import {
  type ConnectionFlags,
  type ConnectionSettings,
  checkToken,
  resolveConnectionSettings,
} from '../lib/config/connection.js';
import { readTextFile } from '../lib/config/file-access.js';
import type { ResolvedSettings } from '../lib/config/resolve-settings.js';
import { assertCompatible } from '../lib/config/roll-options.js';
import { readSecret } from '../lib/config/secrets.js';
import { EMPTY_LAYER } from '../lib/config/settings-layer.js';
import { usageError } from '../lib/config/validation.js';
import { formatFlag, messageOf, RollError } from '../lib/model/errors.js';
import type { RollOptions, RollPlan, UpgradeOrder } from '../lib/model/plan.js';
import { formatNdjson, stringifyPrintable, toPrintable } from '../lib/model/printable.js';
import type { SettingOrigin } from '../lib/model/setting.js';
import { askConfirmation, canConfirm, formatForStream, getColumnsOrUnlimited } from '../lib/output/terminal/console.js';
import { formatList, type StyledLine } from '../lib/output/text/format.js';
import { formatClusterList } from '../lib/output/text/list.js';
import { describeIgnoredOptions, describeUnnamedRoll } from '../lib/output/text/lock.js';
import { formatError } from '../lib/output/text/outcome.js';
import { describeOrigin } from '../lib/output/text/settings.js';
import { EXIT } from './exit-codes.js';
import { applySettingDefaults, findOption } from './flags.js';
import { type CommandLine, removeFrame, toUsageError } from './usage-errors.js';

const bareFlags = {
  json: Flags.boolean({ summary: 'Print one JSON document, and nothing else, to standard output.', default: false }),
};

const configFlag = Flags.string({
  summary: 'Settings file. Default: consul-roll.yaml in this directory or a parent (docs/settings.md).',
  env: 'CONSUL_ROLL_CONFIG',
});

/**
 * Base class of every command. Results go to standard output: text, or with `--json` exactly one document. A
 * `RollError` states what happened, the state of the cluster and the next command; any other error is a bug, exit 1.
 */
export abstract class BaseCommand extends Command {
  /** For commands that touch no cluster: they read flags only, and no settings file. */
  static readonly bareFlags: { json: typeof bareFlags.json; config?: typeof configFlag } = bareFlags;
  static override baseFlags: typeof BaseCommand.bareFlags = { ...bareFlags, config: configFlag };

  /** Settings from the environment and the settings file; empty until the flags are parsed. */
  protected resolvedSettings: ResolvedSettings = { layer: EMPTY_LAYER, file: undefined };

  /** True where unknown variables are part of the result, not an error. */
  protected readonly listsUnknownVariables: boolean = false;

  /** Precedence: flags, environment, settings file, the default of the command. */
  protected override async parse<
    F extends Record<string, unknown>,
    B extends Record<string, unknown>,
    A extends Record<string, unknown>,
  >(options?: Interfaces.Input<F, B, A>, argv = this.argv): Promise<Interfaces.ParserOutput<F, B, A>> {
    if (options?.flags === undefined || !usesSettingsFile(options)) return super.parse(options, argv);
    const { assertVariablesKnown, resolveSettings, formatRelativePath } = await import(
      '../lib/config/resolve-settings.js'
    );
    if (!this.listsUnknownVariables) assertVariablesKnown(process.env);
    this.resolvedSettings = await resolveSettings({
      config: findOption(argv, 'config'),
      cluster: findOption(argv, 'cluster'),
      env: process.env,
      cwd: process.cwd(),
      home: homedir(),
    });
    const flags = applySettingDefaults(options.flags, this.resolvedSettings.layer);
    if (this.#lacksCluster(options.flags, argv)) {
      // Every other flag is checked first, with a name in the place of this one.
      const others = await super.parse({ ...options, baseFlags: options.baseFlags, flags }, [
        ...argv,
        '--cluster=NAME',
      ]);
      const cluster = await this.#askForCluster(others.flags as ConnectionFlags);
      return this.parse(options, [...argv, `--cluster=${cluster}`]);
    }
    // `baseFlags` is inherited by the class, so the spread does not copy it.
    const parsed = await super.parse({ ...options, baseFlags: options.baseFlags, flags }, argv);
    const formatPath = (path: string) => formatRelativePath(path, process.cwd());
    assertCompatible(parsed.flags, (name) => describeOrigin(this.getOrigin(name, parsed), formatPath));
    return parsed;
  }

  /** Whether a cluster must be named, is not, and an operator can be asked. */
  #lacksCluster(flags: object, argv: readonly string[]): boolean {
    const { cluster } = flags as { readonly cluster?: { readonly required?: boolean } };
    const isNamed = findOption(argv, 'cluster') ?? this.resolvedSettings.layer.values.cluster;
    return cluster?.required === true && isNamed === undefined && canConfirm(process.stdin, process.stderr);
  }

  /** Where the value of a setting comes from. */
  protected getOrigin(name: string, { flags, metadata }: Pick<ParsedFlags, 'flags' | 'metadata'>): SettingOrigin {
    const isTyped = name in flags && metadata.flags[name]?.setFromDefault !== true;
    const origins = new Map<string, SettingOrigin>(Object.entries(this.resolvedSettings.layer.origins));
    return isTyped ? { kind: 'flag', flag: `--${name}` } : (origins.get(name) ?? { kind: 'default' });
  }

  protected readConnectionSettings(flags: ConnectionFlags): ConnectionSettings {
    const { consul, ...settings } = resolveConnectionSettings(flags, process.env, readTextFile);
    const snapshotToken = readSecret('snapshot-token', this.resolvedSettings, process.env, readTextFile);
    return {
      ...settings,
      consul: { ...consul, snapshotToken: checkToken(snapshotToken, 'CONSUL_ROLL_SNAPSHOT_TOKEN (or its file)') },
    };
  }

  /** Reads the clusters of the account. No token is given to this, so that none can be sent to what it finds. */
  protected async readClusterList(flags: ConnectionFlags) {
    const settings = this.readConnectionSettings(flags);
    const consul = { ...settings.consul, token: undefined, snapshotToken: undefined };
    const [{ connect }, { listClusters }] = await Promise.all([
      import('./connect.js'),
      import('../lib/engine/list.js'),
    ]);
    const engine = await connect({ ...settings, consul });
    try {
      const [list, caller] = await Promise.all([listClusters(engine), engine.cloud.readCaller()]);
      return { list, caller, nowMs: engine.clock.now() };
    } finally {
      await engine.close();
    }
  }

  /**
   * The cluster of a command line that names none: the only one of the account, if the operator says that it is meant. Its
   * servers get the token from then on, and anyone who may create a group could have made it look like a cluster.
   *
   * @throws RollError `bad-usage` where there is none, or several
   */
  async #askForCluster(flags: ConnectionFlags): Promise<string> {
    const { list, caller, nowMs } = await this.readClusterList(flags);
    const names = [...new Set(list.clusters.map(({ cluster }) => cluster))];
    const [only, another] = names;
    this.printNotice(formatClusterList(list, caller, nowMs, getColumnsOrUnlimited(process.stderr)));
    if (only === undefined) throw usageError('Missing --cluster.', 'name the cluster with --cluster');
    if (another !== undefined)
      throw usageError(`Missing --cluster: there are ${formatList(names)}.`, 'name one of them with --cluster');
    await this.confirm(`Is ${only} the cluster that you mean?`);
    return only;
  }

  /** Prints a result as text. */
  protected printLines(lines: readonly StyledLine[]): void {
    process.stdout.write(`${formatForStream(lines, process.stdout, process.env)}\n`);
  }

  /** Prints a result as one JSON document. */
  protected printJson(document: object): void {
    process.stdout.write(`${stringifyPrintable(document, 2)}\n`);
  }

  /** Prints a result as one line of JSON. */
  protected printLine(document: object): void {
    process.stdout.write(formatNdjson(document));
  }

  /** Prints text to standard error: a message that is not the result. */
  protected printNotice(lines: readonly StyledLine[]): void {
    process.stderr.write(`${formatForStream(lines, process.stderr, process.env)}\n`);
  }

  /** @throws RollError `bad-usage` without a terminal to ask on; `review` is the command that shows the plan */
  protected assertCanConfirm(review: string): void {
    if (canConfirm(process.stdin, process.stderr)) return;
    throw usageError('Cannot ask for confirmation without a TTY.', `review it with ${review}, then add --yes`);
  }

  /** Asks the operator, and ends the command unless the answer is yes. */
  protected async confirm(question: string): Promise<void> {
    if (await askConfirmation(question, process.stdin, process.stderr)) return;
    this.printNotice([{ text: 'Nothing was changed.', style: 'plain' }]);
    this.exit(EXIT.refused);
  }

  /**
   * Says which roll is continued, where the command line names none.
   *
   * @throws RollError `roll-not-named` where no prompt asks whether it is the one that is meant
   */
  protected announceUnnamedRoll(plan: RollPlan, options: RollOptions, isConfirmed: boolean): void {
    const text = describeUnnamedRoll(plan, options);
    if (text === undefined) return;
    if (!isConfirmed) {
      this.printNotice([{ text, style: 'busy' }]);
      return;
    }
    const { cluster, rollId } = plan.intent;
    throw new RollError({
      code: 'roll-not-named',
      message: text,
      kind: 'refused',
      state: 'This command changed nothing.',
      next: `if it is the one that you mean: consul-roll ${options.kind} ${formatFlag('cluster', cluster)} --yes ${formatFlag('roll', rollId)}${options.kind === 'resume' && options.forward ? ' --forward' : ''}`,
    });
  }

  /** Lists the flags that are ignored because the roll was started with other values. */
  protected printIgnoredOptions(plan: RollPlan, options: RollOptions | UpgradeOrder): void {
    const text = describeIgnoredOptions(plan, options);
    if (text !== undefined) this.printNotice([{ text, style: 'busy' }]);
  }

  protected override async catch(error: Error & { exitCode?: number }): Promise<never> {
    if (error instanceof Errors.ExitError) throw error;
    const known = this.toRollError(error);
    const exitCode = EXIT[known.kind];
    const wantsLines = this.#wantsLines();
    if (wantsLines || this.argv.includes('--json')) {
      const { buildErrorDocument } = await import('../lib/output/json/documents.js');
      const document = buildErrorDocument(known, exitCode);
      if (wantsLines) this.printLine(document);
      else this.printJson(document);
    } else this.printNotice(formatError(known, getColumnsOrUnlimited(process.stderr)));
    this.exit(exitCode);
  }

  /** Whether to print the error as one line of JSON. Reads `argv`, because parsing the flags may be what failed. */
  #wantsLines(): boolean {
    if (this.argv.includes('--json')) return this.argv.some((word) => word === '--watch' || word === '-w');
    return (findOption(this.argv, 'output') ?? this.resolvedSettings.layer.values.output) === 'ndjson';
  }

  #describeCommandLine(): CommandLine {
    const { id = '', flags, baseFlags } = this.ctor;
    return { typed: `${this.config.bin} ${id.replaceAll(':', ' ')}`, flags: Object.keys({ ...baseFlags, ...flags }) };
  }

  /** Turns any error into one that states the next command. */
  protected toRollError(error: Error): RollError {
    if (error instanceof RollError) return removeFrame(error);
    if (error instanceof Errors.CLIError) return toUsageError(error, this.#describeCommandLine());
    if (process.env.DEBUG !== undefined && error.stack !== undefined)
      this.printNotice(listStackLines(error.stack, error.message));
    const cluster = findOption(this.argv, 'cluster') ?? this.resolvedSettings.layer.values.cluster ?? 'NAME';
    return new RollError({
      code: 'unexpected',
      message: messageOf(error),
      kind: 'unexpected',
      state: 'This is a bug in consul-roll. The state of the cluster is unknown.',
      next: `check the cluster: consul-roll status ${formatFlag('cluster', cluster)}; then report this error with the output of DEBUG=consul-roll:*`,
      cause: error,
    });
  }
}

type ParsedFlags = Interfaces.ParserOutput<Record<string, unknown>>;

/** The message, which may be from outside, is one line of a stack. */
function listStackLines(stack: string, message: string): readonly StyledLine[] {
  const lines = stack.replace(message, () => toPrintable(message)).split('\n');
  return lines.map((text) => ({ text, style: 'plain' }));
}

function usesSettingsFile({ baseFlags }: { readonly baseFlags?: object }): boolean {
  return baseFlags !== undefined && 'config' in baseFlags;
}
