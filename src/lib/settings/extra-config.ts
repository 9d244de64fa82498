import { ownedByScript } from '../boot/consul-config.js';
import type { ConsulConfig } from '../boot/options.js';
import { messageOf } from '../errors.js';
import { usageError } from './usage-error.js';

/** Names of options that hold a secret, as Consul spells them; `acl.tokens` is an object of them. */
const SECRET_NAME = /^(encrypt|encrypt_key|private_?key|.*token|.*secret|.*password|.*secret_access_key)$/;
/** Below these every text is a secret, whatever it is called. */
const SECRET_FOLDER = /^tokens$/;
const SECRET_VALUE = /-----BEGIN [A-Z ]*PRIVATE KEY-----|secret_access_key\s*=/;

const INSTEAD =
  'bake it into the image as a file of its own, or have the instance fetch it: for the gossip key --gossip-key-from does';

/**
 * The configuration of --extra-config: a JSON object without secrets, since anybody who may describe the instance can
 * read its user data, and without what the script writes itself.
 *
 * @throws RollError `bad-usage`
 */
export function extraConfig(path: string, text: string): ConsulConfig {
  const config = parsed(path, text);
  for (const [name, instead] of Object.entries(ownedByScript)) {
    if (name in config)
      throw usageError(`${path} sets ${name}, which the boot script writes itself.`, instead);
  }
  const secret = secretIn(config, [])?.join('.');
  if (secret === undefined) return config;
  throw usageError(`${path} holds a secret, ${secret}, and user data is no place for one.`, INSTEAD);
}

function parsed(path: string, text: string): ConsulConfig {
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value)) return value;
  } catch (error) {
    throw usageError(`${path} is no JSON: ${messageOf(error)}`, 'write it in JSON, not in HCL');
  }
  throw usageError(`${path} holds no JSON object.`, 'write it as {"option": value}');
}

/** The path of the first secret in a configuration. */
export function secretIn(value: unknown, path: readonly string[]): readonly string[] | undefined {
  if (typeof value === 'string') return isSecret(value, path) ? path : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, inner] of Object.entries(value)) {
    const found = secretIn(inner, [...path, key]);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Consul takes names in any case, and with or without underscores in some places. */
function isSecret(value: string, path: readonly string[]): boolean {
  const names = path.map(snakeCase);
  const last = names.findLast((name) => !/^\d+$/.test(name)) ?? '';
  const folders = names.slice(0, -1);
  return (
    SECRET_NAME.test(last) || folders.some((name) => SECRET_FOLDER.test(name)) || SECRET_VALUE.test(value)
  );
}

function snakeCase(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase();
}

function isObject(value: unknown): value is ConsulConfig {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
