import { type ChildProcess, spawn } from 'node:child_process';
import { stripVTControlCharacters } from 'node:util';
import type { Hook, HookEnd } from '../lib/model/hook.js';
import type { Hooks } from '../lib/ports.js';

/** From the signal that asks a hook to end to the one that ends it. */
const GRACE_MS = 2_000;
/** What it left running in the background may keep its output open for ever. */
const LINGER_MS = 500;

/** Hooks as processes of this machine. */
export function hooksOf(list: readonly Hook[], env: NodeJS.ProcessEnv): Hooks {
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
): Promise<HookEnd> {
  const stdio: ['ignore', 'pipe', 'pipe'] = ['ignore', 'pipe', 'pipe'];
  const child = spawn('/bin/sh', ['-c', run], { cwd: folder, env, detached: true, stdio });
  let cause: HookEnd | undefined;
  const cut = () => {
    cause ??= { kind: 'cut-short' };
    endGroup(child);
  };
  const timer = setTimeout(() => {
    cause ??= { kind: 'timed-out', limitMs: timeoutMs };
    endGroup(child);
  }, timeoutMs);
  signal.addEventListener('abort', cut, { once: true });
  if (signal.aborted) cut();
  return ended(child, hear)
    .then((end) => cause ?? end)
    .finally(() => {
      clearTimeout(timer);
      signal.removeEventListener('abort', cut);
    });
}

function ended(child: ChildProcess, hear: (line: string) => void): Promise<HookEnd> {
  const streams = [child.stdout, child.stderr].flatMap((stream) => stream ?? []);
  const lines = streams.map((stream) => {
    const told = new Lines(hear);
    stream.setEncoding('utf8').on('data', (text: string) => told.add(text));
    return told;
  });
  return new Promise((resolve) => {
    let linger: NodeJS.Timeout | undefined;
    const over = (end: HookEnd) => {
      clearTimeout(linger);
      for (const told of lines) told.end();
      for (const stream of streams) stream.destroy();
      resolve(end);
    };
    child.on('error', ({ message }) => over({ kind: 'not-started', message }));
    child.on('close', (code, by) => over(endOf(code, by)));
    child.on('exit', (code, by) => {
      linger = setTimeout(() => over(endOf(code, by)), LINGER_MS);
    });
  });
}

function endOf(exitCode: number | null, by: NodeJS.Signals | null): HookEnd {
  if (by !== null) return { kind: 'killed', signal: by };
  return exitCode === 0 ? { kind: 'passed' } : { kind: 'failed', exitCode: exitCode ?? 1 };
}

/** Ends the whole group, politely first: what the shell has started may not listen although the shell has. */
function endGroup(child: ChildProcess): void {
  signalGroup(child, 'SIGTERM');
  setTimeout(() => signalGroup(child, 'SIGKILL'), GRACE_MS);
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal);
  } catch {
    // It is gone already.
  }
}

/** More of one line than this is no message for a person. */
const LONGEST_LINE = 500;

/** Tells text that comes in pieces line by line, without what would move a cursor. */
export class Lines {
  readonly #hear: (line: string) => void;
  #rest = '';

  constructor(hear: (line: string) => void) {
    this.#hear = hear;
  }

  add(text: string): void {
    const lines = (this.#rest + text).split(/\r?\n|\r/);
    this.#rest = (lines.pop() ?? '').slice(0, LONGEST_LINE);
    for (const line of lines) this.#tell(line);
  }

  /** The last line may have no end of its own. */
  end(): void {
    this.#tell(this.#rest);
    this.#rest = '';
  }

  #tell(text: string): void {
    const line = stripVTControlCharacters(text).replace(CONTROL, ' ').trimEnd().slice(0, LONGEST_LINE);
    if (line !== '') this.#hear(line);
  }
}

const CONTROL = /\p{Cc}/gu;
