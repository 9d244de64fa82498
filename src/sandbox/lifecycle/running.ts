import { SandboxError } from '../sandbox-error.js';
import { readRecord, type SandboxRecord } from './state-file.js';

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
 * @throws SandboxError `port-taken`, which says who does.
 */
export function assertPortFree(folder: string, port: number): void {
  const holder = readRecord(folder, port);
  if (holder === undefined) return;
  const since = new Date(holder.startedAtMs).toISOString().replace(/\.\d+Z$/, 'Z');
  const message = `A sandbox runs on port ${port} already: process ${holder.pid}, since ${since}.`;
  const next = `use it: eval "$(consul-roll sandbox env --port ${port})"; or end it: consul-roll sandbox down --port ${port}; or choose another one with --port`;
  throw new SandboxError('port-taken', message, next);
}
