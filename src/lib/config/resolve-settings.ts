import { dirname, relative, resolve } from 'node:path';
import type { Hook } from '../model/hook.js';
import type { DisplayedSetting, SettingOrigin } from '../model/setting.js';
import { findSimilar } from '../model/similar.js';
import type { Environment } from './connection.js';
import { parseDurationMs } from './duration.js';
import { findRealPath, readTextFile } from './file-access.js';
import { findSettingsFile, parseSettingsFile, type SettingsFile } from './settings-file.js';
import { EMPTY_LAYER, getVariableName, mergeLayers, SECRET_SETTINGS, type SettingsLayer } from './settings-layer.js';
import { FILE_ONLY_SETTINGS, OLD_ROLLBACK_PHASE, RENAMED_SETTINGS, SETTING_SCHEMAS } from './settings-schema.js';
import { readOrRefuse, usageError } from './validation.js';

/** The settings of the environment and the settings file. */
export interface ResolvedSettings {
  readonly layer: SettingsLayer;
  /** Path of the settings file; undefined without one. */
  readonly file: string | undefined;
}

interface SettingSources {
  /** From a flag; undefined to search for a file. */
  readonly config: string | undefined;
  /** From a flag; undefined for the cluster that is set. */
  readonly cluster: string | undefined;
  readonly env: Environment;
  /** The working folder of the command. */
  readonly cwd: string;
  readonly home: string;
}

/**
 * Merges, the strongest first: the environment, the settings file for this cluster, the settings file for all.
 *
 * @throws RollError `bad-usage` or `settings-file-wrong` for an invalid file or variable
 */
export async function resolveSettings({ config, cluster, env, cwd, home }: SettingSources): Promise<ResolvedSettings> {
  const environment = readEnvironmentSettings(env);
  const named = config ?? env.CONSUL_ROLL_CONFIG;
  const found = named === undefined || named === '' ? findSettingsFile(cwd, home) : resolve(cwd, named);
  if (found === undefined) return { layer: environment, file: found };
  // Hooks run in the folder of the file that was read, not in that of a link to it.
  const file = findRealPath(found);
  const { general, cluster: ofCluster } = await readFileAt(file, cwd);
  const name = cluster ?? mergeLayers(general, environment).values.cluster;
  const own = name === undefined ? EMPTY_LAYER : ofCluster(name);
  return { layer: mergeLayers(general, own, environment), file };
}

/** Of the command of --gate. */
const GATE_TIMEOUT_MS = 60_000;

/**
 * The hooks that are set: those of the settings file run in its folder.
 *
 * @param gate the command of --gate, which runs in the working folder
 */
export function listHooks({ layer, file }: ResolvedSettings, gate?: string): readonly Hook[] {
  const folder = file === undefined ? '.' : dirname(file);
  const ofFlag = { on: 'gate', phases: undefined, onFailure: 'stop', timeoutMs: GATE_TIMEOUT_MS, folder: '.' } as const;
  const ofFile = (layer.values.hooks ?? []).map(({ on, run, phases, timeout, 'on-failure': onFailure }) => ({
    on,
    run,
    phases: phases?.map((phase) => (phase === OLD_ROLLBACK_PHASE ? 'rollback' : phase)),
    onFailure,
    timeoutMs: parseDurationMs(timeout) ?? 0,
    folder,
  }));
  return gate === undefined ? ofFile : [...ofFile, { ...ofFlag, run: gate }];
}

function readFileAt(path: string, cwd: string): Promise<SettingsFile> {
  const name = formatRelativePath(path, cwd);
  const problem = `The settings file ${name} cannot be read`;
  const text = readOrRefuse(() => readTextFile(path), problem, 'name another with --config');
  return parseSettingsFile(text, path, name);
}

/** Relative to `cwd` if the path is below it, absolute otherwise. */
export function formatRelativePath(path: string, cwd: string): string {
  const near = relative(cwd, path);
  return near.startsWith('..') ? path : near;
}

/** The variable of a setting, then that of its old name. */
function listVariableNames(setting: string): readonly string[] {
  const oldNames = Object.keys(RENAMED_SETTINGS).filter((old) => RENAMED_SETTINGS[old] === setting);
  return [setting, ...oldNames].map(getVariableName);
}

/**
 * The settings of the environment; an empty variable is ignored.
 *
 * @throws RollError `bad-usage` that names the invalid variable
 */
export function readEnvironmentSettings(env: Environment): SettingsLayer {
  const values: Record<string, unknown> = {};
  const origins: Record<string, SettingOrigin> = {};
  for (const [setting, schema] of Object.entries(SETTING_SCHEMAS)) {
    const name = listVariableNames(setting).find((candidate) => env[candidate]) ?? '';
    const written = env[name];
    if (FILE_ONLY_SETTINGS.has(setting) || written === undefined || written === '') continue;
    const parsed = schema.safeParse(parseVariable(written, schema.safeParse(written).success));
    if (!parsed.success) throw invalidVariableError(name, parsed.error.issues[0]?.message ?? 'another value');
    values[setting] = parsed.data;
    origins[setting] = { kind: 'variable', name };
  }
  return { values, origins };
}

/** Text if the setting accepts text, otherwise a number or a boolean. */
function parseVariable(written: string, takesText: boolean): unknown {
  if (takesText) return written;
  if (/^\d+$/.test(written)) return Number(written);
  if (/^(true|false)$/i.test(written)) return written.toLowerCase() === 'true';
  return written;
}

function invalidVariableError(name: string, expected: string): Error {
  return usageError(`${name} is wrong: expected ${expected}.`, `correct ${name}, or unset it`);
}

/** Variables of AWS and Consul that consul-roll reads. */
const OTHER_VARIABLES = [
  'AWS_PROFILE',
  'AWS_REGION',
  'AWS_DEFAULT_REGION',
  'AWS_ENDPOINT_URL',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'CONSUL_HTTP_ADDR',
  'CONSUL_HTTP_SSL',
  'CONSUL_HTTP_TOKEN',
  'CONSUL_HTTP_TOKEN_FILE',
  'CONSUL_CACERT',
  'CONSUL_CLIENT_CERT',
  'CONSUL_CLIENT_KEY',
  'CONSUL_TLS_SERVER_NAME',
] as const;

const SECRET_VARIABLES: ReadonlySet<string> = new Set([
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'CONSUL_HTTP_TOKEN',
]);

const URL_VARIABLES: ReadonlySet<string> = new Set(['AWS_ENDPOINT_URL', 'CONSUL_HTTP_ADDR']);

/** Variables of consul-roll, and of oclif on its behalf, that are not settings. Completion has more: CONSUL_ROLL_AC_*. */
const OWN_VARIABLES = [
  'CONSUL_ROLL_CONFIG',
  'CONSUL_ROLL_SANDBOX_AWS',
  'CONSUL_ROLL_BINPATH',
  'CONSUL_ROLL_CACHE_DIR',
  'CONSUL_ROLL_CONFIG_DIR',
  'CONSUL_ROLL_DATA_DIR',
];

/** The variables of AWS and Consul, with secrets hidden. */
export function listOtherVariables(env: Environment): readonly DisplayedSetting[] {
  return OTHER_VARIABLES.map((name) => {
    const value = env[name] === '' ? undefined : env[name];
    const origin = value === undefined ? ({ kind: 'default' } as const) : ({ kind: 'variable', name } as const);
    const secret = SECRET_VARIABLES.has(name);
    const shown = URL_VARIABLES.has(name) ? redactUrl(value) : value;
    return { name, value: secret ? undefined : shown, isSet: value !== undefined, secret, origin };
  });
}

/** Of a URL the origin and the path: its user, password and query may be secrets. What is neither that nor `HOST:PORT` may be one too. */
function redactUrl(text: string | undefined): string | undefined {
  if (text === undefined || /^[\w.-]+:\d+$/.test(text)) return text;
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return '***';
  const { origin, pathname } = new URL(text);
  return origin + pathname;
}

/**
 * Rejects a variable that would be ignored: a safeguard that is misspelt is missing.
 *
 * @throws RollError `bad-usage`, with the most similar variable
 */
export function assertVariablesKnown(env: Environment): void {
  const [unknown] = findUnknownVariables(env);
  if (unknown === undefined) return;
  const { name, meant } = unknown;
  throw usageError(
    `${name} is not a variable of consul-roll${meant === undefined ? '' : `; ${meant} is`}.`,
    meant === undefined
      ? `unset ${name}; consul-roll config lists the settings`
      : `unset ${name}; if you meant ${meant}, set that`,
  );
}

/** Variables named CONSUL_ROLL_* that no setting has, with the most similar known one. */
export function findUnknownVariables(env: Environment): readonly { name: string; meant: string | undefined }[] {
  // A hook gets CONSUL_ROLL_HOOK and more, and may call consul-roll.
  if (env.CONSUL_ROLL_HOOK !== undefined) return [];
  const known = [
    ...Object.keys(SETTING_SCHEMAS).flatMap(listVariableNames),
    ...SECRET_SETTINGS.map(getVariableName),
    ...OWN_VARIABLES,
  ];
  return Object.keys(env)
    .filter((name) => name.startsWith(PREFIX) && !name.startsWith('CONSUL_ROLL_AC_') && !known.includes(name))
    .map((name) => ({ name, meant: findMeantVariable(name, known) }));
}

const PREFIX = 'CONSUL_ROLL_';

/** By what follows the prefix, which all have. The ACL token has the variable that Consul's own commands read. */
function findMeantVariable(name: string, known: readonly string[]): string | undefined {
  const withoutPrefix = (one: string) => one.slice(PREFIX.length);
  const similar = findSimilar(withoutPrefix(name), known.map(withoutPrefix));
  if (similar !== undefined) return PREFIX + similar;
  const [, file = ''] = /^CONSUL_ROLL_(?:(?:CONSUL|HTTP|ACL)_)*TOKEN(_FILE)?$/.exec(name) ?? [];
  return name.includes('TOKEN') ? `CONSUL_HTTP_TOKEN${file}` : undefined;
}
