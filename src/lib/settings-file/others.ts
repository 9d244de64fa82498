import type { ShownSetting } from '../model/setting.js';
import type { Environment } from '../settings/connection.js';
import { nearest } from '../yaml-file/near.js';
import { variableOf } from './environment.js';
import { SETTINGS } from './schema.js';
import { SECRETS } from './secrets.js';

/** Variables of AWS and of Consul that are obeyed under their own names. */
const OTHERS = [
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
const OURS = ['CONSUL_ROLL_CONFIG', 'CONSUL_ROLL_SANDBOX_AWS'];

/** What AWS's and Consul's own variables say. */
export function otherVariables(env: Environment): readonly ShownSetting[] {
  return OTHERS.map((name) => {
    const value = env[name] === '' ? undefined : env[name];
    const origin =
      value === undefined ? ({ kind: 'default' } as const) : ({ kind: 'variable', name } as const);
    const secret = SECRET_VARIABLES.has(name);
    return {
      name,
      value: secret ? undefined : withoutPassword(value),
      isSet: value !== undefined,
      secret,
      origin,
    };
  });
}

/** An address may carry a name and a password. */
function withoutPassword(value: string | undefined): string | undefined {
  return value?.replace(/(\/\/)[^/@]*@/, '$1***@');
}

/** Variables that look like ours and are not, with the one that was probably meant. */
export function strangeVariables(env: Environment): readonly { name: string; meant: string | undefined }[] {
  // A hook is told CONSUL_ROLL_HOOK and more, and may well call consul-roll.
  if (env.CONSUL_ROLL_HOOK !== undefined) return [];
  const known = [...Object.keys(SETTINGS), ...SECRETS].map(variableOf).concat(OURS);
  return Object.keys(env)
    .filter((name) => name.startsWith('CONSUL_ROLL_') && !known.includes(name))
    .map((name) => ({ name, meant: nearest(name, known) }));
}
