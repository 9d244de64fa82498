import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** One command, kept running in a folder of its own. */
export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  /** Holds `agent.log` (appended) and, while the process runs, `agent.pid`, which the cleanup process reads. */
  readonly folder: string;
  /** Kill every run after this long; undefined: never. */
  readonly crashAfterMs: number | undefined;
  /** Pause before a failed process is started again, systemd's `RestartSec`. */
  readonly restartAfterMs: number;
  /** One that has exited 0 is started again at once: supervisord's `autorestart=true`. */
  readonly restartsAlways?: boolean;
}

/**
 * Runs a command as systemd does with `Restart=on-failure`: one that fails or is killed is started again, one
 * that exits 0 (a Consul agent that has left) stays down, unless it is always restarted.
 */
export class Supervisor {
  readonly #command: Command;
  #child: ChildProcess | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stopping = false;
  #whenStopped: (() => void)[] = [];

  constructor(command: Command) {
    this.#command = command;
  }

  /** Process id of the current run; undefined between runs and after the last. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  start(): void {
    if (this.#stopping) return;
    const child = launch(this.#command);
    this.#child = child;
    const { crashAfterMs } = this.#command;
    if (crashAfterMs !== undefined) this.#timer = setTimeout(() => child.kill('SIGKILL'), crashAfterMs);
    // No `exit` follows when the program could not be started.
    child.once('error', () => child.pid === undefined && this.#ended(false));
    child.once('exit', (code) => this.#ended(code === 0));
  }

  /**
   * SIGTERM, then SIGKILL to what still runs after `graceMs`, and no more restarts. A second call may shorten
   * the grace of the first.
   *
   * @param done called once, when the process has ended.
   */
  stop(graceMs: number, done: () => void): void {
    clearTimeout(this.#timer);
    this.#stopping = true;
    const child = this.#child;
    if (child === undefined) {
      setImmediate(done);
      return;
    }
    this.#whenStopped.push(done);
    child.kill('SIGTERM');
    this.#timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
  }

  #ended(well: boolean): void {
    if (this.#child === undefined) return;
    this.#child = undefined;
    clearTimeout(this.#timer);
    rmSync(pidFile(this.#command), { force: true });
    if (this.#stopping) for (const done of this.#whenStopped.splice(0)) done();
    else if (!well) this.#timer = setTimeout(() => this.start(), this.#command.restartAfterMs);
    else if (this.#command.restartsAlways) this.start();
  }
}

/** Nothing of the user's own: an agent logs what it reads, and its checks may print it. */
const AGENT_ENVIRONMENT = { PATH: '/usr/local/bin:/usr/bin:/bin', LANG: 'C.UTF-8' };

function launch(command: Command): ChildProcess {
  const log = openSync(join(command.folder, 'agent.log'), 'a', 0o600);
  try {
    const child = spawn(command.program, command.args, {
      cwd: command.folder,
      env: AGENT_ENVIRONMENT,
      stdio: ['ignore', log, log],
      // A process group of its own: Ctrl-C in the terminal is for the sandbox, which then shuts its servers down.
      detached: true,
    });
    if (child.pid !== undefined) writeFileSync(pidFile(command), String(child.pid), { mode: 0o600 });
    return child;
  } finally {
    closeSync(log);
  }
}

function pidFile(command: Command): string {
  return join(command.folder, 'agent.pid');
}
