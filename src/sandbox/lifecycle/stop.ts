import { setTimeout as sleep } from 'node:timers/promises';
import { SandboxError } from '../sandbox-error.js';
import { isAlive, removeRecord, type SandboxRecord } from './state-file.js';

const POLL_MS = 50;

/**
 * Ends a sandbox by its record: SIGTERM, on which it ends everything it started, then SIGKILL, after which its
 * cleanup process does.
 *
 * @param graceMs between the two.
 * @throws SandboxError `not-stopped` when it runs still, for instance because it is another user's.
 */
export async function stopSandbox(folder: string, record: SandboxRecord, graceMs: number): Promise<void> {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    send(record, signal);
    if (await hasEnded(record, graceMs)) {
      removeRecord(folder, record.port);
      return;
    }
  }
  const message = `The sandbox on port ${record.port} (process ${record.pid}) does not end.`;
  throw new SandboxError('not-stopped', message, `see the process: ps -fp ${record.pid}`);
}

function send(record: SandboxRecord, signal: NodeJS.Signals): void {
  if (!isAlive(record)) return;
  try {
    process.kill(record.pid, signal);
  } catch (thrown) {
    // It may have ended between the two lines above; a missing permission shows as not ending.
    if (!(thrown instanceof Error)) throw thrown;
  }
}

async function hasEnded(record: SandboxRecord, limitMs: number): Promise<boolean> {
  const endMs = performance.now() + limitMs;
  while (isAlive(record)) {
    if (performance.now() > endMs) return false;
    await sleep(POLL_MS);
  }
  return true;
}
