import { readFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { messageOf } from '../model/errors.js';
import type { DisplayedSetting, SettingOrigin } from '../model/setting.js';
import type { Environment } from './connection.js';
import { findSimilar } from './did-you-mean.js';
import { SECRET_SETTINGS } from './secrets.js';
import {
  FILE_ONLY_SETTINGS,
  findSettingsFile,
  parseSettingsFile,
  RENAMED_SETTINGS,
  SETTING_SCHEMAS,
  type SettingName,
  type SettingsFile,
  type SettingValues,
} from './settings-file.js';
import { usageError } from './validation.js';

/** Everything that is set besides flags. */
export interface ResolvedSettings {
  readonly layer: SettingsLayer;
  /** Path of the settings file; undefined where there is none. */
  readonly file: string | undefined;
}

/** What settings are chosen by. */
export interface SettingSources {
  /** As a flag names it; undefined to look for one. */
  readonly config: string | undefined;
  /** As a flag names it; undefined for the one that is set. */
  readonly cluster: string | undefined;
  readonly env: Environment;
  /** Where the command was started. */
  readonly cwd: string;
  readonly home: string;
}

/**
 * What the environment and the settings file set: the environment is stronger than what the file says for this
 * cluster alone, and that stronger than what it says for every one.
 *
 * @throws RollError exit 2 for a file or a variable that cannot be used
 */
export function resolveSettings({ config, cluster, env, cwd, home }: SettingSources): ResolvedSettings {
  const environment = readEnvironmentSettings(env);
  const named = config ?? env.CONSUL_ROLL_CONFIG;
  const file = named === undefined || named === '' ? findSettingsFile(cwd, home) : resolve(cwd, named);
  if (file === undefined) return { layer: environment, file };
  const { general, cluster: ofCluster } = readFileAt(file, cwd);
  const meant = cluster ?? mergeLayers(general, environment).values.cluster;
  const own = meant === undefined ? EMPTY_LAYER : ofCluster(meant);
  return { layer: mergeLayers(general, own, environment), file };
}

function readFileAt(path: string, cwd: string): SettingsFile {
  return parseSettingsFile(readSettingsText(path), path, formatRelativePath(path, cwd));
}

function readSettingsText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (thrown) {
    throw usageError(`The settings file cannot be read: ${messageOf(thrown)}`, 'name another with --config');
  }
}

/** As short as it can be said: from here where it is below, whole otherwise. */
export function formatRelativePath(path: string, cwd: string): string {
  const near = relative(cwd, path);
  return near.startsWith('..') ? path : near;
}

/** Settings of one source, or of several laid over each other, and where each comes from. */
export interface SettingsLayer {
  readonly values: Partial<SettingValues>;
  readonly origins: Readonly<Partial<Record<SettingName, SettingOrigin>>>;
}

export const EMPTY_LAYER: SettingsLayer = { values: {}, origins: {} };

/** Layers as one; the later ones are stronger. */
export function mergeLayers(...layers: readonly SettingsLayer[]): SettingsLayer {
  return layers.reduce(
    (below, above) => ({
      values: { ...below.values, ...above.values },
      origins: { ...below.origins, ...above.origins },
    }),
    EMPTY_LAYER,
  );
}

/** The variable of a setting: `health-timeout` is `CONSUL_ROLL_HEALTH_TIMEOUT`. */
export function getVariableName(name: string): string {
  return `CONSUL_ROLL_${name.toUpperCase().replaceAll('-', '_')}`;
}

/** The variable of a setting, then that of its old name, if any. */
function listVariableNames(setting: string): readonly string[] {
  const oldNames = Object.keys(RENAMED_SETTINGS).filter((old) => RENAMED_SETTINGS[old] === setting);
  return [setting, ...oldNames].map(getVariableName);
}

/**
 * What the environment sets; an empty variable sets nothing.
 *
 * @throws RollError `bad-usage` naming the variable whose value cannot be used
 */
export function readEnvironmentSettings(env: Environment): SettingsLayer {
  const values: Record<string, unknown> = {};
  const origins: Record<string, SettingOrigin> = {};
  for (const [setting, schema] of Object.entries(SETTING_SCHEMAS)) {
    const name = listVariableNames(setting).find((candidate) => env[candidate]) ?? '';
    const written = env[name];
    if (FILE_ONLY_SETTINGS.has(setting) || written === undefined || written === '') continue;
    const parsed = schema.safeParse(parseVariable(written, schema.safeParse(written).success));
    if (!parsed.success)
      throw invalidVariableError(name, written, parsed.error.issues[0]?.message ?? 'something else');
    values[setting] = parsed.data;
    origins[setting] = { kind: 'variable', name };
  }
  return { values, origins };
}

/** Text, where the setting takes text; otherwise the number or the truth value that is meant. */
function parseVariable(written: string, takesText: boolean): unknown {
  if (takesText) return written;
  if (/^\d+$/.test(written)) return Number(written);
  if (/^(true|false)$/i.test(written)) return written.toLowerCase() === 'true';
  return written;
}

function invalidVariableError(name: string, written: string, expected: string): Error {
  return usageError(`${name}=${written}: expected ${expected}.`, `mend ${name}, or unset it`);
}

/** Variables of AWS and of Consul that are obeyed under their own names. */
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

/** Obeyed besides settings. */
const OWN_VARIABLES = ['CONSUL_ROLL_CONFIG', 'CONSUL_ROLL_SANDBOX_AWS'];

/** What AWS's and Consul's own variables say. */
export function listOtherVariables(env: Environment): readonly DisplayedSetting[] {
  return OTHER_VARIABLES.map((name) => {
    const value = env[name] === '' ? undefined : env[name];
    const origin =
      value === undefined ? ({ kind: 'default' } as const) : ({ kind: 'variable', name } as const);
    const secret = SECRET_VARIABLES.has(name);
    return {
      name,
      value: secret ? undefined : redactPassword(value),
      isSet: value !== undefined,
      secret,
      origin,
    };
  });
}

/** An address may carry a name and a password. */
function redactPassword(value: string | undefined): string | undefined {
  return value?.replace(/(\/\/)[^/@]*@/, '$1***@');
}

/** Variables that look like ours and are not, with the one that was probably meant. */
export function findUnknownVariables(
  env: Environment,
): readonly { name: string; meant: string | undefined }[] {
  // A hook is told CONSUL_ROLL_HOOK and more, and may well call consul-roll.
  if (env.CONSUL_ROLL_HOOK !== undefined) return [];
  const known = [
    ...Object.keys(SETTING_SCHEMAS).flatMap(listVariableNames),
    ...SECRET_SETTINGS.map(getVariableName),
    ...OWN_VARIABLES,
  ];
  return Object.keys(env)
    .filter((name) => name.startsWith('CONSUL_ROLL_') && !known.includes(name))
    .map((name) => ({ name, meant: findSimilar(name, known) }));
}
