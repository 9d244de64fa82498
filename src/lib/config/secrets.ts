import type { DisplayedSetting, SettingOrigin } from '../model/setting.js';
import type { Environment, ReadTextFile } from './connection.js';
import type { ResolvedSettings } from './resolve-settings.js';
import { getVariableName, SECRET_SETTINGS, type SecretName } from './settings-layer.js';
import { readSecretFile, usageError } from './validation.js';

/**
 * A secret; undefined if it is not set.
 *
 * @throws RollError `bad-usage` for an unreadable file; no message contains a secret
 */
export function readSecret(
  name: SecretName,
  { layer }: ResolvedSettings,
  env: Environment,
  readText: ReadTextFile,
): string | undefined {
  const value = env[getVariableName(name)];
  if (value !== undefined && value !== '') return value;
  const file = layer.values[`${name}-file`];
  if (file === undefined) return undefined;
  const where = `${formatSecretOrigin(layer.origins[`${name}-file`])}${name}-file`;
  const text = readSecretFile(() => readText(file), `${where} cannot be read`, 'name a readable file').trim();
  if (text !== '') return text;
  throw usageError(`${where} names an empty file.`, 'write the secret into it, or omit the setting');
}

function formatSecretOrigin(origin: SettingOrigin | undefined): string {
  return origin?.kind === 'file' ? `${origin.file}:${origin.line}  ` : '';
}

/** A secret that must be a URL. Throws as `readSecret` does. */
export function readSecretUrl(
  name: Extract<SecretName, `${string}-url`>,
  settings: ResolvedSettings,
  env: Environment,
  readText: ReadTextFile,
): string | undefined {
  const url = readSecret(name, settings, env, readText);
  if (url === undefined || (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol))) return url;
  throw usageError(`The value of ${name} is not a URL.`, `write it as https://... in ${getVariableName(name)}`);
}

/** Which secrets are set, and where. */
export function listShownSecrets({ layer }: ResolvedSettings, env: Environment): readonly DisplayedSetting[] {
  return SECRET_SETTINGS.map((name) => {
    const variable = getVariableName(name);
    const isInEnvironment = env[variable] !== undefined && env[variable] !== '';
    const origin: SettingOrigin | undefined = isInEnvironment
      ? { kind: 'variable', name: variable }
      : layer.origins[`${name}-file`];
    return { name, isSet: origin !== undefined, value: undefined, secret: true, origin: origin ?? { kind: 'default' } };
  });
}
