import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** What became of a sandbox that was started in the background. */
export type Detached =
  /** It runs by itself now; `announcement` is the line it wrote when it was ready. */
  | { readonly ready: true; readonly announcement: string }
  /** It has ended before it was ready; `said` is what it wrote to stderr. */
  | { readonly ready: false; readonly exitCode: number; readonly said: string };

/**
 * Runs a command in the background and comes back when it has written its first line to stdout, or has ended.
 * From then on it has no terminal, and no parent it would notice.
 *
 * @param command program and arguments; it must have limits of its own.
 * @param log takes its stderr, what was in it before is dropped.
 * @param signal ends the command as well, as long as it is not ready.
 */
export async function startDetached(
  command: readonly [string, ...string[]],
  log: string,
  signal: AbortSignal,
): Promise<Detached> {
  const [program, ...args] = command;
  mkdirSync(dirname(log), { recursive: true, mode: 0o700 });
  const errors = openSync(log, 'w', 0o600);
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', errors], detached: true });
  closeSync(errors);
  const abort = () => child.kill('SIGTERM');
  signal.addEventListener('abort', abort);
  try {
    return await firstLineOrEnd(child, log);
  } finally {
    signal.removeEventListener('abort', abort);
    child.stdout?.destroy();
    child.unref();
  }
}

function firstLineOrEnd(child: ChildProcess, log: string): Promise<Detached> {
  return new Promise((resolve, reject) => {
    let heard = '';
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      heard += chunk;
      const end = heard.indexOf('\n');
      if (end >= 0) resolve({ ready: true, announcement: heard.slice(0, end) });
    });
    child.once('error', reject);
    child.once('exit', (code) => {
      resolve({ ready: false, exitCode: code ?? 1, said: readFileSync(log, 'utf8').trim() });
    });
  });
}
