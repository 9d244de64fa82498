import type { ImageStart } from './image-start.js';
import type { InstanceService } from './shims.js';
import { type Command, Supervisor } from './supervisor.js';

/** Consul's service unit on one instance: a real agent under a supervisor. */
export class ConsulService implements InstanceService {
  readonly #image: ImageStart;
  readonly #command: () => Omit<Command, 'crashAfterMs' | 'restartsAlways'>;
  #supervisor: Supervisor | undefined;
  #timer: NodeJS.Timeout | undefined;
  #over = false;

  /** @param command created at every start, after the boot script has written its files */
  constructor(image: ImageStart, command: () => Omit<Command, 'crashAfterMs' | 'restartsAlways'>) {
    this.#image = image;
    this.#command = command;
  }

  get active(): boolean {
    return this.#supervisor !== undefined;
  }

  get pid(): number | undefined {
    return this.#supervisor?.pid;
  }

  start(restartsAlways = false): string | undefined {
    const { startAfterMs, crashAfterMs } = this.#image;
    if (startAfterMs === undefined) return 'Unit consul.service not found.';
    if (this.active || this.#over) return undefined;
    const supervisor = new Supervisor({ ...this.#command(), crashAfterMs, restartsAlways });
    this.#supervisor = supervisor;
    if (startAfterMs > 0) this.#timer = setTimeout(() => supervisor.start(), startAfterMs);
    else supervisor.start();
    return undefined;
  }

  stop(): Promise<void> {
    return new Promise((resolve) => this.#stop(STOP_LIMIT_MS, resolve));
  }

  /** For good: SIGTERM, then SIGKILL to what still runs after `graceMs`; `done` is called when nothing does. */
  shutDown(graceMs: number, done: () => void): void {
    this.#over = true;
    this.#stop(graceMs, done);
  }

  #stop(graceMs: number, done: () => void): void {
    clearTimeout(this.#timer);
    const supervisor = this.#supervisor;
    if (supervisor === undefined) {
      setImmediate(done);
      return;
    }
    supervisor.stop(graceMs, () => {
      if (this.#supervisor === supervisor) this.#supervisor = undefined;
      done();
    });
  }
}

/** As systemd's `TimeoutStopSec`. */
const STOP_LIMIT_MS = 90_000;
