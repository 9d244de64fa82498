import { messageOf } from '../model/errors.js';
import type { DisplayedSetting, SettingOrigin } from '../model/setting.js';
import type { Environment, ReadTextFile } from './connection.js';
import type { ResolvedSettings } from './resolve-settings.js';
import { getVariableName } from './resolve-settings.js';
import { usageError } from './validation.js';

/** Secrets of our own. Each is in a variable of its name, or in a file that the setting NAME-file names. */
export const SECRET_SETTINGS = ['slack-webhook-url', 'webhook-url', 'webhook-secret'] as const;
export type SecretName = (typeof SECRET_SETTINGS)[number];

/**
 * A secret; undefined where it is not set.
 *
 * @throws RollError `bad-usage` for a file that cannot be read; no secret is in any message
 */
export function readSecret(
  name: SecretName,
  { layer }: ResolvedSettings,
  env: Environment,
  readText: ReadTextFile,
): string | undefined {
  const said = env[getVariableName(name)];
  if (said !== undefined && said !== '') return said;
  const file = layer.values[`${name}-file`];
  if (file === undefined) return undefined;
  const where = `${formatSecretOrigin(layer.origins[`${name}-file`])}${name}-file`;
  try {
    const text = readText(file).trim();
    if (text !== '') return text;
  } catch (thrown) {
    throw usageError(`${where} cannot be read: ${messageOf(thrown)}`, 'name a file that can');
  }
  throw usageError(`${where} names an empty file: ${file}`, 'put it there, or leave the setting out');
}

function formatSecretOrigin(origin: SettingOrigin | undefined): string {
  return origin?.kind === 'file' ? `${origin.file}:${origin.line}  ` : '';
}

/** The same where it has to be an address. */
export function readSecretUrl(
  name: Exclude<SecretName, 'webhook-secret'>,
  chosen: ResolvedSettings,
  env: Environment,
  readText: ReadTextFile,
): string | undefined {
  const url = readSecret(name, chosen, env, readText);
  if (url === undefined || (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol))) return url;
  throw usageError(
    `What ${name} is set to is no address.`,
    `write it as https://... in ${getVariableName(name)}`,
  );
}

/** Which of them are set, and by what. */
export function listShownSecrets({ layer }: ResolvedSettings, env: Environment): readonly DisplayedSetting[] {
  return SECRET_SETTINGS.map((name) => {
    const variable = getVariableName(name);
    const said = env[variable] !== undefined && env[variable] !== '';
    const origin: SettingOrigin | undefined = said
      ? { kind: 'variable', name: variable }
      : layer.origins[`${name}-file`];
    return {
      name,
      isSet: origin !== undefined,
      value: undefined,
      secret: true,
      origin: origin ?? { kind: 'default' },
    };
  });
}
