import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { Command, Errors, Flags, type Interfaces } from '@oclif/core';
import {
  type ConnectionFlags,
  type ConnectionSettings,
  resolveConnectionSettings,
} from '../lib/config/connection.js';
import type { ResolvedSettings } from '../lib/config/resolve-settings.js';
import { EMPTY_LAYER } from '../lib/config/resolve-settings.js';
import { assertCompatible } from '../lib/config/roll-options.js';
import { messageOf, RollError } from '../lib/model/errors.js';
import type { RollOptions, RollPlan } from '../lib/model/plan.js';
import type { SettingOrigin } from '../lib/model/setting.js';
import { formatNdjson } from '../lib/output/events/read.js';
import { buildErrorDocument } from '../lib/output/json/documents.js';
import type { StyledLine } from '../lib/output/server-list.js';
import { formatForStream, getColumnsOrUnlimited } from '../lib/output/terminal/console.js';
import { formatError } from '../lib/output/text/error.js';
import { describeIgnoredOptions } from '../lib/output/text/lock.js';
import { describeOrigin } from '../lib/output/text/settings.js';
import { ERROR_EXIT_CODES } from './exit-codes.js';
import { applySettingDefaults, findOption } from './flags.js';
import { type CommandLine, toUsageError } from './usage-errors.js';

const bareFlags = {
  json: Flags.boolean({
    summary: 'One JSON document on standard output, and nothing else there.',
    default: false,
  }),
};

const configFlag = Flags.string({
  summary: 'Settings file; otherwise consul-roll.yaml in this folder or above (docs/settings.md).',
  env: 'CONSUL_ROLL_CONFIG',
});

/**
 * What the commands share. Results go to standard output: text, or with `--json` exactly one document. Errors a
 * person can act on say what happened, what it means and what to do; anything else is a bug and exits 1.
 */
export abstract class BaseCommand extends Command {
  /** For commands that have to do with no cluster of the operator's, and so obey flags alone. */
  static readonly bareFlags: { json: typeof bareFlags.json; config?: typeof configFlag } = bareFlags;
  static override baseFlags: typeof BaseCommand.bareFlags = { ...bareFlags, config: configFlag };

  /** What the environment and the settings file set, once the flags are parsed. */
  protected resolvedSettings: ResolvedSettings = { layer: EMPTY_LAYER, file: undefined };

  /** Flags first, then the environment, then the settings file, then what the command has for a default. */
  protected override async parse<
    F extends Record<string, unknown>,
    B extends Record<string, unknown>,
    A extends Record<string, unknown>,
  >(options?: Interfaces.Input<F, B, A>, argv = this.argv): Promise<Interfaces.ParserOutput<F, B, A>> {
    if (options?.flags === undefined || !usesSettingsFile(options)) return super.parse(options, argv);
    const { resolveSettings: chooseSettings, formatRelativePath: nameFrom } = await import(
      '../lib/config/resolve-settings.js'
    );
    this.resolvedSettings = chooseSettings({
      config: findOption(argv, 'config'),
      cluster: findOption(argv, 'cluster'),
      env: process.env,
      cwd: process.cwd(),
      home: homedir(),
    });
    const flags = applySettingDefaults(options.flags, this.resolvedSettings.layer);
    // What a class inherits is not spread.
    const parsed = await super.parse({ ...options, baseFlags: options.baseFlags, flags }, argv);
    const nameOf = (path: string) => nameFrom(path, process.cwd());
    assertCompatible(parsed.flags, (name) => describeOrigin(this.getOrigin(name, parsed), nameOf));
    return parsed;
  }

  /** Where what is set comes from: what was typed, or what the environment or the settings file says. */
  protected getOrigin(
    name: string,
    { flags, metadata }: Pick<ParsedFlags, 'flags' | 'metadata'>,
  ): SettingOrigin {
    const isTyped = name in flags && metadata.flags[name]?.setFromDefault !== true;
    const origins = new Map<string, SettingOrigin>(Object.entries(this.resolvedSettings.layer.origins));
    return isTyped ? { kind: 'flag', flag: `--${name}` } : (origins.get(name) ?? { kind: 'default' });
  }

  protected readConnectionSettings(flags: ConnectionFlags): ConnectionSettings {
    return resolveConnectionSettings(flags, process.env, (path) => readFileSync(path, 'utf8'));
  }

  /** A result for a person. */
  protected printLines(lines: readonly StyledLine[]): void {
    process.stdout.write(`${formatForStream(lines, process.stdout, process.env)}\n`);
  }

  /** The result for a script. */
  protected printJson(document: object): void {
    process.stdout.write(`${JSON.stringify(document, undefined, 2)}\n`);
  }

  /** The result for a script that reads line by line. */
  protected printLine(document: object): void {
    process.stdout.write(formatNdjson(document));
  }

  /** Something for the person, which is no result. */
  protected tell(lines: readonly StyledLine[]): void {
    process.stderr.write(`${formatForStream(lines, process.stderr, process.env)}\n`);
  }

  /** That the record of a roll begun before overrules the flags of this order, where it does. */
  protected tellOverruled(plan: RollPlan, options: RollOptions): void {
    const text = describeIgnoredOptions(plan, options);
    if (text !== undefined) this.tell([{ text, style: 'busy' }]);
  }

  protected override async catch(error: Error & { exitCode?: number }): Promise<never> {
    if (error instanceof Errors.ExitError) throw error;
    const known = this.toRollError(error);
    const exitCode = ERROR_EXIT_CODES[known.kind];
    if (this.#wantsLines()) this.printLine(buildErrorDocument(known, exitCode));
    else if (this.argv.includes('--json')) this.printJson(buildErrorDocument(known, exitCode));
    else this.tell(formatError(known, getColumnsOrUnlimited(process.stderr)));
    this.exit(exitCode);
  }

  /** `--output ndjson`, or a document at a time with --watch, as far as that can be told where the flags may not have been read. */
  #wantsLines(): boolean {
    if (this.argv.includes('--json')) return this.argv.some((word) => word === '--watch' || word === '-w');
    return (findOption(this.argv, 'output') ?? this.resolvedSettings.layer.values.output) === 'ndjson';
  }

  #place(): CommandLine {
    const { id = '', flags, baseFlags } = this.ctor;
    return {
      typed: `${this.config.bin} ${id.replaceAll(':', ' ')}`,
      flags: Object.keys({ ...baseFlags, ...flags }),
    };
  }

  /** Any error as one a person can act on. */
  protected toRollError(error: Error): RollError {
    if (error instanceof RollError) return error;
    if (error instanceof Errors.CLIError) return toUsageError(error, this.#place());
    if (process.env.DEBUG !== undefined && error.stack !== undefined)
      process.stderr.write(`${error.stack}\n`);
    return new RollError({
      code: 'unexpected',
      message: messageOf(error),
      kind: 'unexpected',
      state: 'This is a bug in consul-roll; how far it came is not known.',
      next: 'look at the cluster with consul-roll status, and report this with the output of DEBUG=consul-roll:* in the environment',
      cause: error,
    });
  }
}

type ParsedFlags = Interfaces.ParserOutput<Record<string, unknown>>;

function usesSettingsFile({ baseFlags }: { readonly baseFlags?: object }): boolean {
  return baseFlags !== undefined && 'config' in baseFlags;
}
