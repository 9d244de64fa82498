import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What to run, and with what around it. */
export interface ScriptOptions {
  readonly bash: string;
  readonly script: string;
  /** The instance's: gets `user-data.sh`, `console.log` (appended) and, while it runs, `boot.pid` for the cleanup process. */
  readonly folder: string;
  /** Its working folder. */
  readonly root: string;
  /** Its whole environment. */
  readonly env: Readonly<Record<string, string>>;
}

/** A boot script that runs. */
export interface ScriptRun {
  /** Its exit status; undefined when a signal ended it, or it could not be started. */
  readonly ended: Promise<number | undefined>;
  /** Ends it and its child processes. */
  kill(): void;
}

/** Runs a boot script as cloud-init does, in a process group of its own. */
export function runScript({ bash, script, folder, root, env }: ScriptOptions): ScriptRun {
  const scriptFile = join(folder, 'user-data.sh');
  const pidFile = join(folder, 'boot.pid');
  writeFileSync(scriptFile, script, { mode: 0o600 });
  const console = openSync(join(folder, 'console.log'), 'a', 0o600);
  try {
    const child = spawn(bash, [scriptFile], { cwd: root, env, stdio: ['ignore', console, console], detached: true });
    if (child.pid !== undefined) writeFileSync(pidFile, String(child.pid), { mode: 0o600 });
    const ended = endOf(child).finally(() => rmSync(pidFile, { force: true }));
    return { ended, kill: () => killGroup(child) };
  } finally {
    closeSync(console);
  }
}

function endOf(child: ChildProcess): Promise<number | undefined> {
  return new Promise((resolve) => {
    child.once('error', () => resolve(undefined));
    child.once('exit', (code) => resolve(code ?? undefined));
  });
}

function killGroup({ pid, exitCode, signalCode }: ChildProcess): void {
  if (pid === undefined || exitCode !== null || signalCode !== null) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}
