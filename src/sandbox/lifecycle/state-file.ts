import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { SandboxError } from '../sandbox-error.js';
import { readProcessStart } from './process-mark.js';
import type { SandboxSummary } from './summary.js';

const Record = z.object({
  /** Process id of the sandbox. */
  pid: z.number(),
  /** Of that process, so that a later one with its id is not taken for it; see `readProcessStart`. */
  startMark: z.string(),
  /** Epoch milliseconds. */
  startedAtMs: z.number(),
  port: z.number(),
  endpointUrl: z.string(),
  region: z.string(),
  credentials: z.object({ accessKeyId: z.string(), secretAccessKey: z.string() }),
  /** Of the first load balancer; an account that was started empty has none. */
  loadBalancerUrl: z.optional(z.string()),
  consul: z.object({ kind: z.enum(['process', 'simulated']), version: z.string() }),
});

/** What one running sandbox left for `sandbox env` and `sandbox down` to find. */
export type SandboxRecord = z.infer<typeof Record>;

/** Where the state files of an environment are: the XDG base directory specification. */
export function getStateFolder(env: NodeJS.ProcessEnv): string {
  const base = env.XDG_STATE_HOME || join(env.HOME || homedir(), '.local', 'state');
  return join(base, 'consul-roll');
}

/** Writes the record of a sandbox, for its owner alone to read. */
export function writeRecord(folder: string, record: SandboxRecord): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = recordPath(folder, record.port);
  const temporary = `${path}.${process.pid}`;
  writeFileSync(temporary, `${JSON.stringify(record, undefined, 2)}\n`, { mode: 0o600 });
  renameSync(temporary, path);
}

/**
 * The record of the sandbox that runs on a port. One whose process has ended, or whose process id is another
 * process by now, is stale: it is removed, and counts as none.
 */
export function readRecord(folder: string, port: number): SandboxRecord | undefined {
  const record = parse(recordPath(folder, port));
  if (record === undefined) return undefined;
  if (isAlive(record)) return record;
  removeRecord(folder, port);
  return undefined;
}

/** Whether the very process that wrote the record still runs. */
export function isAlive(record: Pick<SandboxRecord, 'pid' | 'startMark'>): boolean {
  return readProcessStart(record.pid) === record.startMark;
}

/** Does nothing when it does not exist. */
export function removeRecord(folder: string, port: number): void {
  rmSync(recordPath(folder, port), { force: true });
}

/** The log of a sandbox that was started with `--detach`. */
export function getLogPath(folder: string, port: number): string {
  return join(folder, `sandbox-${port}.log`);
}

function recordPath(folder: string, port: number): string {
  return join(folder, `sandbox-${port}.json`);
}

function parse(path: string): SandboxRecord | undefined {
  try {
    const parsed = z.safeParse(Record, JSON.parse(readFileSync(path, 'utf8')));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

/** What `sandbox env` and `sandbox down` will need of a sandbox that has just been started. */
export function buildRecord(summary: SandboxSummary, startedAtMs: number): SandboxRecord {
  const { pid, port, endpointUrl, region, credentials, consul } = summary;
  const loadBalancerUrl = summary.loadBalancerUrl ?? undefined;
  const mark = readProcessStart(pid) ?? '';
  return { pid, startMark: mark, startedAtMs, port, endpointUrl, region, credentials, loadBalancerUrl, consul };
}

/**
 * The sandbox that runs on a port.
 *
 * @throws SandboxError `not-running`
 */
export function findRunningSandbox(folder: string, port: number): SandboxRecord {
  const record = readRecord(folder, port);
  if (record !== undefined) return record;
  const next = `consul-roll sandbox up --detach --port ${port}`;
  throw new SandboxError('not-running', `No sandbox runs on port ${port}.`, next);
}

/**
 * Nothing, where no sandbox of this user holds the port.
 *
 * @throws SandboxError `port-taken`, which names the process that does.
 */
export function assertPortFree(folder: string, port: number): void {
  const holder = readRecord(folder, port);
  if (holder === undefined) return;
  const since = new Date(holder.startedAtMs).toISOString().replace(/\.\d+Z$/, 'Z');
  const message = `A sandbox runs on port ${port} already: process ${holder.pid}, since ${since}.`;
  const next = `use it: eval "$(consul-roll sandbox env --port ${port})"; or end it: consul-roll sandbox down --port ${port}; or choose another one with --port`;
  throw new SandboxError('port-taken', message, next);
}
