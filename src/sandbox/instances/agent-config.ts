import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Cloud, InstanceSpec } from '../interfaces.js';
import { isAutoJoin, resolveAutoJoin } from './auto-join.js';
import { type ConsulFile, getRetryJoin, readConsulFiles } from './consul-files.js';
import { getImageStart } from './image-start.js';
import { DATA_FOLDER, type InstanceFiles, listConfigFolders, readHostName } from './instance-files.js';

/**
 * The arguments of one server's agent: the configuration that its boot script left, between two files of the sandbox's
 * in the instance's folder. `host.json`, before it, has the host name, which is this machine's for every process here;
 * `agent.json`, after it, has what many agents on one machine need: each its own loopback address, and no DNS.
 */
export function buildAgentArguments(
  spec: InstanceSpec,
  folder: string,
  files: InstanceFiles,
  cloud: Cloud,
): readonly string[] {
  const host = join(folder, 'host.json');
  const agent = join(folder, 'agent.json');
  write(host, { node_name: readHostName(files) ?? spec.instanceId });
  write(agent, { ...onOneMachine(spec), ...bakedIdentity(spec, folder) });
  const joinsLate = getImageStart(spec.image, 1).joinAfterMs !== undefined;
  const folders = files.configFolders.map((one, at) => resolved(one, join(folder, `config-${at}`), cloud, joinsLate));
  return ['agent', '-config-file', host, ...folders.flatMap((one) => ['-config-dir', one]), '-config-file', agent];
}

function onOneMachine({ address }: InstanceSpec): object {
  return {
    bind_addr: address,
    advertise_addr: address,
    client_addr: address,
    ports: { dns: -1, grpc: -1 },
    disable_update_check: true,
    log_level: 'INFO',
    retry_interval: '1s',
  };
}

/** On an image that was made of a server that runs: the node id in that one's data folder, or its node name. */
function bakedIdentity({ image, peers }: InstanceSpec, folder: string): object {
  if (image.behaviour !== 'clone' && image.behaviour !== 'namesake') return {};
  const others = readdirSync(dirname(folder)).map((name) => join(dirname(folder), name));
  for (const address of peers) {
    const original = others.find((one) => readConfig(one, 'agent.json').bind_addr === address);
    if (original === undefined) continue;
    if (image.behaviour === 'namesake') return { node_name: readNodeName(original) };
    const file = join(original, 'root', DATA_FOLDER, 'node-id');
    if (existsSync(file)) return { node_id: readFileSync(file, 'utf8').trim() };
  }
  return {};
}

/** As its boot script left it, or its host name. */
function readNodeName(folder: string): unknown {
  const files = listConfigFolders(join(folder, 'root')).flatMap(readConsulFiles);
  return (
    files.findLast(({ config }) => config?.node_name !== undefined)?.config?.node_name ??
    readConfig(folder, 'host.json').node_name
  );
}

/** What the sandbox wrote for the agent of another instance; nothing if that has not started. */
function readConfig(folder: string, name: string): Readonly<Record<string, unknown>> {
  const file = join(folder, name);
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
}

/** The addresses that an instance's files say to join. */
export function listJoinAddresses(files: InstanceFiles, cloud: Cloud): readonly string[] {
  const entries = files.configFolders.flatMap(readConsulFiles).flatMap(getRetryJoin);
  return entries.flatMap((entry) => resolveRetryJoin(entry, cloud));
}

/** The folder itself; a copy with the sandbox's answer where something in it asks AWS, without any where it joins late. */
function resolved(folder: string, copy: string, cloud: Cloud, joinsLate: boolean): string {
  const files = readConsulFiles(folder);
  if (!joinsLate && !files.some((file) => getRetryJoin(file).some(isAutoJoin))) return folder;
  rmSync(copy, { recursive: true, force: true });
  mkdirSync(copy, { mode: 0o700 });
  for (const file of files) {
    write(join(copy, file.name), joinsLate ? { ...file.config, retry_join: [] } : withAddresses(file, cloud));
  }
  return copy;
}

function withAddresses(file: ConsulFile, cloud: Cloud): object {
  const entries = getRetryJoin(file);
  if (entries.length === 0) return file.config ?? {};
  return { ...file.config, retry_join: entries.flatMap((entry) => resolveRetryJoin(entry, cloud)) };
}

/** The addresses of an entry of `retry_join`, from the sandbox where Consul would use AWS. */
export function resolveRetryJoin(entry: string, cloud: Cloud): readonly string[] {
  return isAutoJoin(entry) ? resolveAutoJoin(entry, cloud) : [entry];
}

function write(path: string, config: object): void {
  writeFileSync(path, `${JSON.stringify(config, undefined, 2)}\n`, { mode: 0o600 });
}
