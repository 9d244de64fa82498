import { messageOf } from '../model/errors.js';
import type { Origin, ShownSetting } from '../model/setting.js';
import type { Environment, ReadText } from './connection.js';
import type { Chosen } from './resolve-settings.js';
import { variableOf } from './resolve-settings.js';
import { usageError } from './validation.js';

/** Secrets of our own. Each is in a variable of its name, or in a file that the setting NAME-file names. */
export const SECRETS = ['slack-webhook-url', 'webhook-url', 'webhook-secret'] as const;
export type SecretName = (typeof SECRETS)[number];

/**
 * A secret; undefined where it is not set.
 *
 * @throws RollError `bad-usage` for a file that cannot be read; no secret is in any message
 */
export function secretOf(
  name: SecretName,
  { layer }: Chosen,
  env: Environment,
  readText: ReadText,
): string | undefined {
  const said = env[variableOf(name)];
  if (said !== undefined && said !== '') return said;
  const file = layer.values[`${name}-file`];
  if (file === undefined) return undefined;
  const where = `${placeOf(layer.origins[`${name}-file`])}${name}-file`;
  try {
    const text = readText(file).trim();
    if (text !== '') return text;
  } catch (thrown) {
    throw usageError(`${where} cannot be read: ${messageOf(thrown)}`, 'name a file that can');
  }
  throw usageError(`${where} names an empty file: ${file}`, 'put it there, or leave the setting out');
}

function placeOf(origin: Origin | undefined): string {
  return origin?.kind === 'file' ? `${origin.file}:${origin.line}  ` : '';
}

/** The same where it has to be an address. */
export function secretUrlOf(
  name: Exclude<SecretName, 'webhook-secret'>,
  chosen: Chosen,
  env: Environment,
  readText: ReadText,
): string | undefined {
  const url = secretOf(name, chosen, env, readText);
  if (url === undefined || (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol))) return url;
  throw usageError(`What ${name} is set to is no address.`, `write it as https://... in ${variableOf(name)}`);
}

/** Which of them are set, and by what. */
export function shownSecrets({ layer }: Chosen, env: Environment): readonly ShownSetting[] {
  return SECRETS.map((name) => {
    const variable = variableOf(name);
    const said = env[variable] !== undefined && env[variable] !== '';
    const origin: Origin | undefined = said
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
