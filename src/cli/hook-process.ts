import { type ChildProcess, spawn } from 'node:child_process';
import { stripVTControlCharacters } from 'node:util';
import { getVariableName } from '../lib/config/settings-layer.js';
import type { Hook, HookOutcome } from '../lib/model/hook.js';
import { toPrintable } from '../lib/model/printable.js';
import type { Hooks } from '../lib/ports.js';

/** Time between SIGTERM and SIGKILL. */
const GRACE_MS = 2_000;
/** A background process of the hook may keep its output open after the hook has exited. */
const OUTPUT_GRACE_MS = 500;

/** Runs hooks as local processes, with this environment except the token that is for the snapshot alone. */
export function createHooks(list: readonly Hook[], env: NodeJS.ProcessEnv): Hooks {
  const own = { ...env, [getVariableName('snapshot-token')]: undefined };
  return { list, run: (hook, facts, onLine, signal) => runHook(hook, { ...own, ...facts }, onLine, signal) };
}

/**
 * Runs a hook with `/bin/sh -c` in its own process group, without standard input. Ctrl-C in the terminal does not
 * reach it. When its time limit runs out, the whole group is stopped.
 */
export function runHook(
  { run, folder, timeoutMs }: Hook,
  env: NodeJS.ProcessEnv,
  onLine: (line: string) => void,
  signal: AbortSignal,
): Promise<HookOutcome> {
  const stdio: ['ignore', 'pipe', 'pipe'] = ['ignore', 'pipe', 'pipe'];
  const child = spawn('/bin/sh', ['-c', run], { cwd: folder, env, detached: true, stdio });
  let cause: HookOutcome | undefined;
  const cancel = () => {
    cause ??= { kind: 'cut-short' };
    stopProcessGroup(child);
  };
  const timer = setTimeout(() => {
    cause ??= { kind: 'timed-out', limitMs: timeoutMs };
    stopProcessGroup(child);
  }, timeoutMs);
  signal.addEventListener('abort', cancel, { once: true });
  if (signal.aborted) cancel();
  return waitForExit(child, onLine)
    .then((end) => cause ?? end)
    .finally(() => {
      clearTimeout(timer);
      signal.removeEventListener('abort', cancel);
    });
}

function waitForExit(child: ChildProcess, onLine: (line: string) => void): Promise<HookOutcome> {
  const streams = [child.stdout, child.stderr].flatMap((stream) => stream ?? []);
  const splitters = streams.map((stream) => {
    const splitter = new LineSplitter(onLine);
    stream.setEncoding('utf8').on('data', (text: string) => splitter.add(text));
    return splitter;
  });
  return new Promise((resolve) => {
    let outputTimer: NodeJS.Timeout | undefined;
    const finish = (outcome: HookOutcome) => {
      clearTimeout(outputTimer);
      for (const splitter of splitters) splitter.end();
      for (const stream of streams) stream.destroy();
      resolve(outcome);
    };
    child.on('error', ({ message }) => finish({ kind: 'not-started', message }));
    child.on('close', (code, signal) => finish(toHookOutcome(code, signal)));
    child.on('exit', (code, signal) => {
      outputTimer = setTimeout(() => finish(toHookOutcome(code, signal)), OUTPUT_GRACE_MS);
    });
  });
}

function toHookOutcome(exitCode: number | null, signal: NodeJS.Signals | null): HookOutcome {
  if (signal !== null) return { kind: 'killed', signal };
  return exitCode === 0 ? { kind: 'passed' } : { kind: 'failed', exitCode: exitCode ?? 1 };
}

/** Sends SIGTERM, then SIGKILL, to the whole group: a child of the shell may ignore SIGTERM. */
function stopProcessGroup(child: ChildProcess): void {
  signalProcessGroup(child, 'SIGTERM');
  setTimeout(() => signalProcessGroup(child, 'SIGKILL'), GRACE_MS);
}

function signalProcessGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal);
  } catch {
    // The process group has exited.
  }
}

/** Longer lines are cut. */
const MAX_LINE_LENGTH = 500;

/** Splits text that arrives in pieces into lines, and removes control characters. */
class LineSplitter {
  readonly #onLine: (line: string) => void;
  #rest = '';

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  add(text: string): void {
    const lines = (this.#rest + text).split(/\r?\n|\r/);
    this.#rest = (lines.pop() ?? '').slice(0, MAX_LINE_LENGTH);
    for (const line of lines) this.#emit(line);
  }

  /** Emits the last line, which may have no newline. */
  end(): void {
    this.#emit(this.#rest);
    this.#rest = '';
  }

  #emit(text: string): void {
    const line = toPrintable(stripVTControlCharacters(text)).trimEnd().slice(0, MAX_LINE_LENGTH);
    if (line !== '') this.#onLine(line);
  }
}
