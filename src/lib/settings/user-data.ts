import {
  type BootOptions,
  type BootTag,
  bootDefaults,
  type ConsulConfig,
  type GossipKeySource,
  type PeerSource,
} from '../boot/options.js';
import { messageOf } from '../errors.js';
import type { ReadText } from './connection.js';
import { extraConfig } from './extra-config.js';
import { usageError } from './usage-error.js';

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
 * Flags as what a boot script is made of.
 *
 * @throws RollError `bad-usage` for what cannot be used
 */
export function bootOptions(flags: UserDataFlags, readText: ReadText): BootOptions {
  const peers = peerSource(flags.peers);
  return {
    tags: tagsFrom(flags, peers),
    peers,
    retryJoin: flags['retry-join'] ?? [],
    bootstrapExpect: flags['bootstrap-expect'] ?? 0,
    datacenter: datacenterFrom(flags.datacenter),
    configDir: folderFrom('--config-dir', flags['config-dir'] ?? bootDefaults.configDir),
    dataDir: folderFrom('--data-dir', flags['data-dir'] ?? bootDefaults.dataDir),
    extraConfig: extraFrom(flags['extra-config'], readText),
    gossipKey: gossipKeyFrom(flags['gossip-key-from'] ?? 'none'),
  };
}

function peerSource(text: string = bootDefaults.peers): PeerSource {
  if (text === 'describe-instances' || text === 'cloud-auto-join') return text;
  throw usageError(`--peers ${text} is not known.`, 'use describe-instances or cloud-auto-join');
}

/** `--cluster NAME` is the tag Name=NAME, the article's way; `--tag` says others, in its place or beside it. */
function tagsFrom({ cluster, tag = [] }: UserDataFlags, peers: PeerSource): readonly BootTag[] {
  const name = cluster === undefined || cluster === '' ? [] : [{ key: 'Name', value: cluster }];
  const tags = [...name, ...tag.map(tagFrom)];
  if (tags.length === 0)
    throw usageError('Nothing says how the servers are tagged.', 'add --cluster NAME or --tag KEY=VALUE');
  if (tags.length > 1 && peers === 'cloud-auto-join')
    throw usageError(
      `Cloud auto-join looks for one tag, and ${tags.length} are given.`,
      'leave one, or use --peers describe-instances',
    );
  return tags;
}

function tagFrom(text: string): BootTag {
  const [key = '', ...rest] = text.split('=');
  if (key === '' || rest.length === 0)
    throw usageError(`--tag ${text} is no tag.`, 'write it as --tag KEY=VALUE');
  return { key, value: rest.join('=') };
}

/** Consul's own rule for names of datacenters, but for capitals, which its DNS cannot tell from small letters. */
function datacenterFrom(name: string | undefined): string | undefined {
  if (name === undefined || /^[a-z0-9_-]+$/.test(name)) return name;
  throw usageError(
    `--datacenter ${name} is no name for a datacenter.`,
    'use small letters, digits, dashes and underscores',
  );
}

/** The data directory is emptied at the first boot, so nothing that holds more than Consul's files may be named. */
function folderFrom(flag: string, path: string): string {
  if (/^(\/[\w.-]+){2,}$/.test(path) && !path.split('/').some((part) => /^\.+$/.test(part))) return path;
  throw usageError(
    `${flag} ${path} is no folder of Consul's own.`,
    'name an absolute path two levels deep or more, of letters, digits, dots, dashes and underscores',
  );
}

function extraFrom(path: string | undefined, readText: ReadText): ConsulConfig {
  if (path === undefined) return {};
  let text: string;
  try {
    text = readText(path);
  } catch (error) {
    throw usageError(`--extra-config cannot be read: ${messageOf(error)}`, 'name a file of JSON');
  }
  return extraConfig(path, text);
}

function gossipKeyFrom(text: string): GossipKeySource {
  if (text === 'none') return { kind: 'none' };
  const [kind = '', ...rest] = text.split(':');
  const name = rest.join(':');
  if ((kind === 'ssm' || kind === 'secretsmanager') && name !== '') return { kind, name };
  throw usageError(
    `--gossip-key-from does not say where the key is: ${text}`,
    'write ssm:PARAMETER, secretsmanager:SECRET or none; the key itself stays out of user data',
  );
}
