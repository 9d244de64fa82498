import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** What became of a command that was started in the background. */
export type DetachedResult =
  /** It wrote a JSON document to stdout. It may keep running, or be about to end. */
  | { readonly kind: 'said'; readonly document: unknown }
  /** It has ended without a document; `errors` is what it wrote to stderr. */
  | { readonly kind: 'ended'; readonly exitCode: number; readonly errors: string };

/**
 * Runs a command in the background and comes back when it has written a JSON document to stdout, or has ended.
 * From then on it has no terminal, and no parent it would notice.
 *
 * @param command program and arguments; it must have limits of its own.
 * @param log takes its stderr; what was in it before is dropped.
 * @param signal ends the command as well, until it has written its document.
 */
export async function startDetached(
  command: readonly [string, ...string[]],
  log: string,
  signal: AbortSignal,
): Promise<DetachedResult> {
  const [program, ...args] = command;
  mkdirSync(dirname(log), { recursive: true, mode: 0o700 });
  const errors = openSync(log, 'w', 0o600);
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', errors], detached: true });
  closeSync(errors);
  const abort = () => child.kill('SIGTERM');
  signal.addEventListener('abort', abort);
  try {
    return await documentOrEnd(child, log);
  } finally {
    signal.removeEventListener('abort', abort);
    child.stdout?.destroy();
    child.unref();
  }
}

function documentOrEnd(child: ChildProcess, log: string): Promise<DetachedResult> {
  return new Promise((resolve, reject) => {
    let heard = '';
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      heard += chunk;
      const document = parse(heard);
      if (document === undefined) return;
      child.removeAllListeners('close');
      resolve({ kind: 'said', document });
    });
    child.once('error', reject);
    // Not `exit`, after which there may be something to read still.
    child.once('close', (code) => {
      resolve({ kind: 'ended', exitCode: code ?? 1, errors: readFileSync(log, 'utf8').trim() });
    });
  });
}

/** Undefined as long as the document is not complete. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
