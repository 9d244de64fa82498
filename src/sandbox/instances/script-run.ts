import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { Containment } from './containment.js';

/** What to run, and with what around it. */
export interface ScriptOptions {
  readonly bash: string;
  readonly script: string;
  /** The instance's: gets `user-data.sh`, `console.log` (appended) and, until it is off, `boot.pid` for the cleanup process. */
  readonly folder: string;
  /** The instance's disk, its working folder. */
  readonly root: string;
  /** Its whole environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly containment: Containment;
  /** What the script reads outside of its folder. */
  readonly needed: readonly string[];
}

/** A boot script that runs. */
export interface ScriptRun {
  /** Its exit status; undefined when a signal ended it, or it could not be started. */
  readonly ended: Promise<number | undefined>;
  /** Ends it and what it has started. */
  kill(): void;
}

/**
 * The first process of the instance: it runs the script, tells its exit status, and stays until the instance is off, so
 * that what the script left running stays too, and ends with it.
 */
const MACHINE = '"$1" "$2" 3>&-; echo $? >&3; exec 3>&-; while :; do sleep 3600; done';

/** Runs a boot script as cloud-init does, in a process group of its own, contained where this machine can. */
export function runScript({ bash, script, folder, root, env, containment, needed }: ScriptOptions): ScriptRun {
  const scriptFile = join(folder, 'user-data.sh');
  const pidFile = join(folder, 'boot.pid');
  writeFileSync(scriptFile, script, { mode: 0o600 });
  const console = openSync(join(folder, 'console.log'), 'a', 0o600);
  try {
    const words = containment.wrap({
      command: [bash, '-c', MACHINE, 'machine', bash, scriptFile],
      folder,
      root,
      needed,
    });
    const [program = bash, ...args] = words;
    const child = spawn(program, args, { cwd: root, env, stdio: ['ignore', console, console, 'pipe'], detached: true });
    if (child.pid !== undefined) writeFileSync(pidFile, String(child.pid), { mode: 0o600 });
    child.unref();
    const kill = () => {
      killGroup(child);
      rmSync(pidFile, { force: true });
    };
    return { ended: readStatus(child), kill };
  } finally {
    closeSync(console);
  }
}

/** What the machine says on its fourth stream; undefined where it ends without. */
function readStatus(child: ChildProcess): Promise<number | undefined> {
  const status = child.stdio[3] as Readable;
  let said = '';
  status.on('data', (bytes) => {
    said += bytes;
  });
  return new Promise((resolve) => {
    child.once('error', () => resolve(undefined));
    // Its program may hold the stream open, as `unshare` does.
    status.on('data', () => {
      if (said.endsWith('\n')) resolve(Number(said));
    });
    status.once('close', () => resolve(said === '' ? undefined : Number(said)));
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
