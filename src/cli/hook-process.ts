import { type ChildProcess, spawn } from 'node:child_process';
import { stripVTControlCharacters } from 'node:util';
import type { Hook, HookOutcome } from '../lib/model/hook.js';
import type { Hooks } from '../lib/ports.js';

/** From the signal that asks a hook to end to the one that ends it. */
const GRACE_MS = 2_000;
/** What it left running in the background may keep its output open for ever. */
const OUTPUT_GRACE_MS = 500;

/** Hooks as processes of this machine. */
export function createHooks(list: readonly Hook[], env: NodeJS.ProcessEnv): Hooks {
  return { list, run: (hook, facts, hear, signal) => runHook(hook, { ...env, ...facts }, hear, signal) };
}

/**
 * Runs a hook by `/bin/sh -c`, in a process group of its own: Ctrl-C in the terminal does not reach it, and at the end
 * of its time everything it has started ends with it. It reads nothing.
 */
export function runHook(
  { run, folder, timeoutMs }: Hook,
  env: NodeJS.ProcessEnv,
  hear: (line: string) => void,
  signal: AbortSignal,
): Promise<HookOutcome> {
  const stdio: ['ignore', 'pipe', 'pipe'] = ['ignore', 'pipe', 'pipe'];
  const child = spawn('/bin/sh', ['-c', run], { cwd: folder, env, detached: true, stdio });
  let cause: HookOutcome | undefined;
  const cut = () => {
    cause ??= { kind: 'cut-short' };
    stopProcessGroup(child);
  };
  const timer = setTimeout(() => {
    cause ??= { kind: 'timed-out', limitMs: timeoutMs };
    stopProcessGroup(child);
  }, timeoutMs);
  signal.addEventListener('abort', cut, { once: true });
  if (signal.aborted) cut();
  return waitForEnd(child, hear)
    .then((end) => cause ?? end)
    .finally(() => {
      clearTimeout(timer);
      signal.removeEventListener('abort', cut);
    });
}

function waitForEnd(child: ChildProcess, hear: (line: string) => void): Promise<HookOutcome> {
  const streams = [child.stdout, child.stderr].flatMap((stream) => stream ?? []);
  const lines = streams.map((stream) => {
    const told = new LineSplitter(hear);
    stream.setEncoding('utf8').on('data', (text: string) => told.add(text));
    return told;
  });
  return new Promise((resolve) => {
    let linger: NodeJS.Timeout | undefined;
    const over = (end: HookOutcome) => {
      clearTimeout(linger);
      for (const told of lines) told.end();
      for (const stream of streams) stream.destroy();
      resolve(end);
    };
    child.on('error', ({ message }) => over({ kind: 'not-started', message }));
    child.on('close', (code, by) => over(toHookEnd(code, by)));
    child.on('exit', (code, by) => {
      linger = setTimeout(() => over(toHookEnd(code, by)), OUTPUT_GRACE_MS);
    });
  });
}

function toHookEnd(exitCode: number | null, by: NodeJS.Signals | null): HookOutcome {
  if (by !== null) return { kind: 'killed', signal: by };
  return exitCode === 0 ? { kind: 'passed' } : { kind: 'failed', exitCode: exitCode ?? 1 };
}

/** Ends the whole group, politely first: what the shell has started may not listen although the shell has. */
function stopProcessGroup(child: ChildProcess): void {
  signalProcessGroup(child, 'SIGTERM');
  setTimeout(() => signalProcessGroup(child, 'SIGKILL'), GRACE_MS);
}

function signalProcessGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal);
  } catch {
    // It is gone already.
  }
}

/** More of one line than this is no message for a person. */
const MAX_LINE_LENGTH = 500;

/** Tells text that comes in pieces line by line, without what would move a cursor. */
export class LineSplitter {
  readonly #onLine: (line: string) => void;
  #rest = '';

  constructor(hear: (line: string) => void) {
    this.#onLine = hear;
  }

  add(text: string): void {
    const lines = (this.#rest + text).split(/\r?\n|\r/);
    this.#rest = (lines.pop() ?? '').slice(0, MAX_LINE_LENGTH);
    for (const line of lines) this.#emit(line);
  }

  /** The last line may have no end of its own. */
  end(): void {
    this.#emit(this.#rest);
    this.#rest = '';
  }

  #emit(text: string): void {
    const line = stripVTControlCharacters(text)
      .replace(CONTROL_CHARACTERS, ' ')
      .trimEnd()
      .slice(0, MAX_LINE_LENGTH);
    if (line !== '') this.#onLine(line);
  }
}

const CONTROL_CHARACTERS = /\p{Cc}/gu;
