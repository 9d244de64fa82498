import {
  BOOT_DEFAULTS,
  type BootOptions,
  type BootTag,
  type ConsulConfig,
  type GossipKeySource,
  isConfigObject,
  OPTIONS_SET_BY_SCRIPT,
  type PeerSource,
} from '../create/boot/options.js';
import type { ReadTextFile } from './connection.js';
import { readOrRefuse, usageError } from './validation.js';

/** The flags of `user-data`, as oclif reads them. */
export interface UserDataFlags {
  readonly cluster?: string | undefined;
  readonly tag?: readonly string[] | undefined;
  readonly peers?: string | undefined;
  readonly 'retry-join'?: readonly string[] | undefined;
  readonly 'bootstrap-expect'?: number | undefined;
  readonly datacenter?: string | undefined;
  readonly 'config-dir'?: string | undefined;
  readonly 'data-dir'?: string | undefined;
  readonly 'extra-config'?: string | undefined;
  readonly 'gossip-key-from'?: string | undefined;
}

/**
 * The options of a boot script.
 *
 * @throws RollError `bad-usage` for an invalid flag
 */
export function parseBootOptions(flags: UserDataFlags, readText: ReadTextFile): BootOptions {
  const peers = parsePeerSource(flags.peers);
  return {
    tags: parseTags(flags, peers),
    peers,
    retryJoin: flags['retry-join'] ?? [],
    bootstrapExpect: flags['bootstrap-expect'] ?? 0,
    datacenter: parseDatacenter(flags.datacenter),
    configDir: parseFolder('--config-dir', flags['config-dir'] ?? BOOT_DEFAULTS.configDir),
    dataDir: parseFolder('--data-dir', flags['data-dir'] ?? BOOT_DEFAULTS.dataDir),
    extraConfig: readExtraConfig(flags['extra-config'], readText),
    gossipKey: parseGossipKeyFlag(flags['gossip-key-from'] ?? 'none'),
  };
}

function parsePeerSource(text: string = BOOT_DEFAULTS.peers): PeerSource {
  if (text === 'describe-instances' || text === 'cloud-auto-join') return text;
  throw usageError(`--peers ${text} is not a known source of peers.`, 'use describe-instances or cloud-auto-join');
}

/** `--cluster NAME` means the tag Name=NAME; `--tag` adds others, or replaces it. */
function parseTags({ cluster, tag = [] }: UserDataFlags, peers: PeerSource): readonly BootTag[] {
  const name = cluster === undefined || cluster === '' ? [] : [{ key: 'Name', value: cluster }];
  const tags = [...name, ...tag.map(parseTag)];
  if (tags.length === 0)
    throw usageError('The tags of the servers are not given.', 'add --cluster NAME or --tag KEY=VALUE');
  if (tags.length > 1 && peers === 'cloud-auto-join')
    throw usageError(
      `Cloud auto-join searches by one tag, ${tags.length} are given.`,
      'leave one, or use --peers describe-instances',
    );
  return tags;
}

function parseTag(text: string): BootTag {
  const [key = '', ...rest] = text.split('=');
  if (key === '' || rest.length === 0) throw usageError(`--tag ${text} is not a tag.`, 'write it as --tag KEY=VALUE');
  return { key, value: rest.join('=') };
}

/** Consul's rule for datacenter names, without capitals, because DNS names ignore case. */
function parseDatacenter(name: string | undefined): string | undefined {
  if (name === undefined || /^[a-z0-9_-]+$/.test(name)) return name;
  throw usageError(
    `--datacenter ${name} is not a valid datacenter name.`,
    'use lower-case letters, digits, dashes and underscores',
  );
}

/** The data directory is emptied at the first boot, so it must not hold other files than Consul's. */
function parseFolder(flag: string, path: string): string {
  if (/^(\/[\w.-]+){2,}$/.test(path) && !path.split('/').some((part) => /^\.+$/.test(part))) return path;
  throw usageError(
    `${flag} ${path} is not a folder for Consul alone.`,
    'name an absolute path two levels deep or more, of letters, digits, dots, dashes and underscores',
  );
}

function readExtraConfig(path: string | undefined, readText: ReadTextFile): ConsulConfig {
  if (path === undefined) return {};
  const text = readOrRefuse(() => readText(path), `--extra-config ${path} cannot be read`, 'name a file of JSON');
  return parseExtraConfig(path, text);
}

function parseGossipKeyFlag(text: string): GossipKeySource {
  if (text === 'none') return { kind: 'none' };
  const source = parseGossipKeySource(text);
  if (source !== undefined) return source;
  throw usageError(
    `--gossip-key-from ${text} does not name where the key is.`,
    'write ssm:PARAMETER, secretsmanager:SECRET or none; never write the key itself into user data',
  );
}

/** `ssm:PARAMETER` or `secretsmanager:SECRET`; undefined for anything else. */
export function parseGossipKeySource(text: string): GossipKeySource | undefined {
  const [kind = '', ...rest] = text.split(':');
  const name = rest.join(':');
  return (kind === 'ssm' || kind === 'secretsmanager') && name !== '' ? { kind, name } : undefined;
}

/** Names of Consul options that contain a secret. */
const SECRET_NAME = /^(encrypt|encrypt_key|private_?key|.*token|.*secret|.*password|.*secret_access_key)$/;
/** Every text below these is a secret: `acl.tokens` is an object of them. */
const SECRET_PARENT = /^tokens$/;
const SECRET_VALUES: readonly RegExp[] = [
  /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
  // In a value of retry_join, by the names that cloud auto-join gives secrets. Source: the providers of go-discover.
  /(^|[^A-Za-z0-9])(secret|password|token|api_?key|secret_?(access_?)?key)["']?\s*=\s*["']?[^\s"']/i,
  /\b(AKIA|ASIA)[A-Z0-9]{16}\b/,
  /:\/\/[^/\s:@]*:[^/\s@]+@/,
  // A gossip key, in the place of the name of one.
  /^[A-Za-z0-9+/]{22}==$|^[A-Za-z0-9+/]{43}=$/,
];

const SECRET_ADVICE =
  'put it into the image as a separate file, or let the instance fetch it: --gossip-key-from does so for the gossip key';

/**
 * The configuration of --extra-config: a JSON object without secrets, because user data can be read by everyone who
 * may describe the instance, and without options that the script sets.
 *
 * @throws RollError `bad-usage`
 */
function parseExtraConfig(path: string, text: string): ConsulConfig {
  const config = parseConfigJson(path, text);
  for (const [name, instead] of Object.entries(OPTIONS_SET_BY_SCRIPT)) {
    if (name in config) throw usageError(`${path} sets ${name}, which the boot script sets.`, instead);
  }
  const secret = findSecretPath(config, [])?.join('.');
  if (secret === undefined) return config;
  throw usageError(`${path} contains a secret, ${secret}, which must not be in user data.`, SECRET_ADVICE);
}

function parseConfigJson(path: string, text: string): ConsulConfig {
  const value = parseJson(text);
  if (value === undefined) throw usageError(`${path} is not JSON.`, 'write it in JSON, not in HCL');
  if (isConfigObject(value)) return value;
  throw usageError(`${path} is not a JSON object.`, 'write it as {"option": value}');
}

/** Undefined for what is not JSON: the message of the parser would quote it. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The path of the first secret in a configuration. */
export function findSecretPath(value: unknown, path: readonly string[]): readonly string[] | undefined {
  if (typeof value === 'string') return isSecret(value, path) ? path : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, inner] of Object.entries(value)) {
    const found = findSecretPath(inner, [...path, key]);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Consul accepts names in any case, and some without underscores. */
function isSecret(value: string, path: readonly string[]): boolean {
  const names = path.map(toSnakeCase);
  const last = names.findLast((name) => !/^\d+$/.test(name)) ?? '';
  const parents = names.slice(0, -1);
  return (
    SECRET_NAME.test(last) ||
    parents.some((name) => SECRET_PARENT.test(name)) ||
    SECRET_VALUES.some((form) => form.test(value))
  );
}

function toSnakeCase(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase();
}
