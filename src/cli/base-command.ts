import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { Command, Errors, Flags, type Interfaces } from '@oclif/core';
import {
  type ConnectionFlags,
  type ConnectionSettings,
  connectionSettings,
} from '../lib/config/connection.js';
import type { Chosen } from '../lib/config/resolve-settings.js';
import { NO_SETTINGS } from '../lib/config/resolve-settings.js';
import { assertTogether } from '../lib/config/roll-options.js';
import { messageOf, RollError } from '../lib/model/errors.js';
import { EXIT } from '../lib/model/outcome.js';
import type { Order, Plan } from '../lib/model/plan.js';
import type { Origin } from '../lib/model/setting.js';
import { ndjsonLine } from '../lib/output/events/read.js';
import { errorJson } from '../lib/output/json/documents.js';
import type { ToneLine } from '../lib/output/server-list.js';
import { columnsOrWhole, textFor } from '../lib/output/terminal/console.js';
import { errorReport } from '../lib/output/text/error.js';
import { describeOverruled } from '../lib/output/text/lock.js';
import { describeOrigin } from '../lib/output/text/settings.js';
import { optionIn, settledFlags } from './flags.js';
import { asUsage, type Place } from './usage-errors.js';

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
export abstract class RollCommand extends Command {
  /** For commands that have to do with no cluster of the operator's, and so obey flags alone. */
  static readonly bareFlags: { json: typeof bareFlags.json; config?: typeof configFlag } = bareFlags;
  static override baseFlags: typeof RollCommand.bareFlags = { ...bareFlags, config: configFlag };

  /** What the environment and the settings file set, once the flags are parsed. */
  protected chosen: Chosen = { layer: NO_SETTINGS, file: undefined };

  /** Flags first, then the environment, then the settings file, then what the command has for a default. */
  protected override async parse<
    F extends Record<string, unknown>,
    B extends Record<string, unknown>,
    A extends Record<string, unknown>,
  >(options?: Interfaces.Input<F, B, A>, argv = this.argv): Promise<Interfaces.ParserOutput<F, B, A>> {
    if (options?.flags === undefined || !obeysSettings(options)) return super.parse(options, argv);
    const { chooseSettings, nameFrom } = await import('../lib/config/resolve-settings.js');
    this.chosen = chooseSettings({
      config: optionIn(argv, 'config'),
      cluster: optionIn(argv, 'cluster'),
      env: process.env,
      cwd: process.cwd(),
      home: homedir(),
    });
    const flags = settledFlags(options.flags, this.chosen.layer);
    // What a class inherits is not spread.
    const parsed = await super.parse({ ...options, baseFlags: options.baseFlags, flags }, argv);
    const nameOf = (path: string) => nameFrom(path, process.cwd());
    assertTogether(parsed.flags, (name) => describeOrigin(this.originOf(name, parsed), nameOf));
    return parsed;
  }

  /** Where what is set comes from: what was typed, or what the environment or the settings file says. */
  protected originOf(name: string, { flags, metadata }: Pick<Parsed, 'flags' | 'metadata'>): Origin {
    const isTyped = name in flags && metadata.flags[name]?.setFromDefault !== true;
    const origins = new Map<string, Origin>(Object.entries(this.chosen.layer.origins));
    return isTyped ? { kind: 'flag', flag: `--${name}` } : (origins.get(name) ?? { kind: 'default' });
  }

  protected settingsFrom(flags: ConnectionFlags): ConnectionSettings {
    return connectionSettings(flags, process.env, (path) => readFileSync(path, 'utf8'));
  }

  /** A result for a person. */
  protected print(lines: readonly ToneLine[]): void {
    process.stdout.write(`${textFor(lines, process.stdout, process.env)}\n`);
  }

  /** The result for a script. */
  protected printJson(document: object): void {
    process.stdout.write(`${JSON.stringify(document, undefined, 2)}\n`);
  }

  /** The result for a script that reads line by line. */
  protected printLine(document: object): void {
    process.stdout.write(ndjsonLine(document));
  }

  /** Something for the person, which is no result. */
  protected tell(lines: readonly ToneLine[]): void {
    process.stderr.write(`${textFor(lines, process.stderr, process.env)}\n`);
  }

  /** That the record of a roll begun before overrules the flags of this order, where it does. */
  protected tellOverruled(plan: Plan, order: Order): void {
    const text = describeOverruled(plan, order);
    if (text !== undefined) this.tell([{ text, tone: 'busy' }]);
  }

  protected override async catch(error: Error & { exitCode?: number }): Promise<never> {
    if (error instanceof Errors.ExitError) throw error;
    const known = this.asKnown(error);
    if (this.#wantsLines()) this.printLine(errorJson(known));
    else if (this.argv.includes('--json')) this.printJson(errorJson(known));
    else this.tell(errorReport(known, columnsOrWhole(process.stderr)));
    this.exit(known.exitCode);
  }

  /** `--output ndjson`, or a document at a time with --watch, as far as that can be told where the flags may not have been read. */
  #wantsLines(): boolean {
    if (this.argv.includes('--json')) return this.argv.some((word) => word === '--watch' || word === '-w');
    return (optionIn(this.argv, 'output') ?? this.chosen.layer.values.output) === 'ndjson';
  }

  #place(): Place {
    const { id = '', flags, baseFlags } = this.ctor;
    return {
      typed: `${this.config.bin} ${id.replaceAll(':', ' ')}`,
      flags: Object.keys({ ...baseFlags, ...flags }),
    };
  }

  /** Any error as one a person can act on. */
  protected asKnown(error: Error): RollError {
    if (error instanceof RollError) return error;
    if (error instanceof Errors.CLIError) return asUsage(error, this.#place());
    if (process.env.DEBUG !== undefined && error.stack !== undefined)
      process.stderr.write(`${error.stack}\n`);
    return new RollError({
      code: 'unexpected',
      message: messageOf(error),
      exitCode: EXIT.unexpected,
      state: 'This is a bug in consul-roll; how far it came is not known.',
      next: 'look at the cluster with consul-roll status, and report this with the output of DEBUG=* in the environment',
      cause: error,
    });
  }
}

type Parsed = Interfaces.ParserOutput<Record<string, unknown>>;

function obeysSettings({ baseFlags }: { readonly baseFlags?: object }): boolean {
  return baseFlags !== undefined && 'config' in baseFlags;
}
