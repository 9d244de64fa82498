import { execFile } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { SandboxError } from '../sandbox-error.js';

/** A `consul` program whose version is known. */
export interface ConsulBinary {
  readonly path: string;
  /** Without the leading `v`, for instance `1.8.7`. */
  readonly version: string;
}

const VERSION_LINE = /^Consul v(\S+)/;
const VERSION_LIMIT_MS = 15_000;

/**
 * Finds a Consul to run: `path` when given, else `CONSUL_BIN`, else `consul` on the PATH.
 *
 * @returns undefined when neither the variable nor the PATH has one.
 * @throws SandboxError `consul-not-found` when a path that was named does not exist, `not-consul` when what is
 *   there does not answer `version` as Consul does.
 */
export async function findConsul(path: string | undefined, env: NodeJS.ProcessEnv): Promise<ConsulBinary | undefined> {
  const named = path ?? (env.CONSUL_BIN || undefined);
  const found = named ?? findProgram('consul', env.PATH ?? '');
  if (found === undefined) return undefined;
  if (!isExecutable(found)) {
    const next = 'name an executable with --consul PATH or CONSUL_BIN, or use --consul simulated';
    throw new SandboxError('consul-not-found', `There is no executable at ${found}.`, next);
  }
  return { path: found, version: await versionOf(found) };
}

/** The first executable of that name. */
export function findProgram(name: string, path: string): string | undefined {
  const folders = path.split(delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

async function versionOf(path: string): Promise<string> {
  const output = await run(path);
  const version = VERSION_LINE.exec(output)?.[1];
  if (version !== undefined) return version;
  const firstLine = output.split('\n')[0]?.slice(0, 120) ?? '';
  const message = `${path} is not Consul: "${path} version" said ${JSON.stringify(firstLine)}.`;
  throw new SandboxError('not-consul', message, 'name a consul binary, or use --consul simulated');
}

function run(path: string): Promise<string> {
  return new Promise((resolve) => {
    const limits = { timeout: VERSION_LIMIT_MS, maxBuffer: 64 * 1024 };
    execFile(path, ['version'], limits, (error, stdout) => resolve(stdout || (error?.message ?? '')));
  });
}
