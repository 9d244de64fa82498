import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { InstanceSpec } from '../interfaces.js';
import { prefixScriptPaths } from './user-data.js';

/** Where Consul's service unit reads configuration, in this order: the article's folder and the packages'. */
const CONFIG_FOLDERS = ['etc/consul', 'etc/consul.d'];
/** Consul's, below the root. */
export const DATA_FOLDER = 'var/lib/consul';
/** Where supervisord finds its programs, below the root. */
export const SUPERVISOR_FOLDER = 'etc/supervisor/conf.d';
const TOOL_FOLDERS = ['bin', 'sbin', 'usr/bin', 'usr/sbin', 'usr/local/bin'];
const EMPTY_FOLDERS = [
  ...CONFIG_FOLDERS,
  DATA_FOLDER,
  SUPERVISOR_FOLDER,
  'tmp',
  'run',
  'root',
  'opt',
  'var/log',
  'var/tmp',
];
/** The gossip key of another cluster: a server with it joins nothing, but answers health checks. */
const FOREIGN_KEY = Buffer.from('another cluster, another gossip!').toString('base64');

/** An instance's disk: a folder that stands for `/`. */
export interface InstanceFiles {
  readonly root: string;
  readonly configFolders: readonly string[];
}

/**
 * Lays out an instance's disk as its image has it, with the tools where scripts expect them.
 *
 * @param scripts more programs of the image, by path
 */
export function createInstanceFiles(
  root: string,
  spec: InstanceSpec,
  toolsFolder: string | undefined,
  scripts: Readonly<Record<string, string>> = {},
): InstanceFiles {
  for (const folder of EMPTY_FOLDERS) mkdirSync(join(root, folder), { recursive: true, mode: 0o700 });
  if (toolsFolder !== undefined) linkTools(root, toolsFolder);
  writeFileSync(join(root, 'etc/hostname'), `${spec.launch.hostName}\n`);
  for (const [name, config] of Object.entries(bakedConfig(root, spec)))
    writeFileSync(join(root, name), `${JSON.stringify(config, undefined, 2)}\n`);
  for (const [path, text] of Object.entries(scripts)) {
    mkdirSync(join(root, dirname(path)), { recursive: true, mode: 0o700 });
    writeFileSync(join(root, path), prefixScriptPaths(text, root), { mode: 0o700 });
  }
  return { root, configFolders: listConfigFolders(root) };
}

/** On the disk that is laid out at `root`. */
export function listConfigFolders(root: string): readonly string[] {
  return CONFIG_FOLDERS.map((folder) => join(root, folder));
}

function linkTools(root: string, toolsFolder: string): void {
  for (const folder of TOOL_FOLDERS) {
    mkdirSync(dirname(join(root, folder)), { recursive: true });
    symlinkSync(toolsFolder, join(root, folder));
  }
}

/** The configuration a boot script would write, where none can be run. */
export function configureWithoutScript({ root }: InstanceFiles, { instanceId, peers }: InstanceSpec): void {
  const config = { node_name: instanceId, retry_join: peers };
  writeFileSync(join(root, 'etc/consul.d/zz-30-this-instance.json'), JSON.stringify(config));
}

/** The host name that the boot script left. */
export function readHostName({ root }: InstanceFiles): string | undefined {
  const file = join(root, 'etc/hostname');
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined;
}

/**
 * What the images have under /etc: the article's base file, which a script of its kind adds its peers to, with a
 * bootstrap_expect only on those that found a cluster; on a lonely image another cluster's gossip key; on a founder
 * a bootstrap_expect of 1 that overrides what the script wrote; on a stuck one the request to leave is blocked.
 */
function bakedConfig(root: string, { image, bootstrapExpect }: InstanceSpec): Record<string, object> {
  const base = {
    server: true,
    data_dir: join(root, DATA_FOLDER),
    performance: { raft_multiplier: 1 },
    ...(bootstrapExpect === undefined ? {} : { bootstrap_expect: bootstrapExpect }),
  };
  const lonely = { 'etc/consul.d/900-image.json': { encrypt: FOREIGN_KEY } };
  const stuck = { 'etc/consul.d/900-image.json': { http_config: { block_endpoints: ['/v1/agent/leave'] } } };
  const founder = { 'etc/consul.d/zz-90-image.json': { bootstrap_expect: 1 } };
  return {
    'etc/consul/000-consul.json': base,
    ...(image.behaviour === 'lonely' ? lonely : {}),
    ...(image.behaviour === 'founder' ? founder : {}),
    ...(image.behaviour === 'stuck' ? stuck : {}),
  };
}
