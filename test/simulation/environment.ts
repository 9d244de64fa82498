import type { SandboxAws } from '../../src/sandbox/aws/sandbox-aws.js';
import { Scheduler } from '../../src/sandbox/aws/scheduler.js';
import type { ConsulNetwork } from '../../src/sandbox/consul/network.js';

/** An AWS account, the Consul servers in it and what a simulation has planned, all under one virtual clock. */
export class SimulatedEnvironment {
  /** What the simulation itself has planned: writes, faults, the ends of faults. */
  readonly scheduler = new Scheduler();
  /** Epoch milliseconds. */
  nowMs: number;
  /** Changes whenever something may have happened. */
  version = 0;
  /** Called after every moment at which something happened. */
  afterEvent: () => void = () => {};

  constructor(
    readonly world: SandboxAws,
    readonly net: ConsulNetwork,
  ) {
    this.nowMs = world.nowMs();
  }

  /** Lets time pass, event by event, until `endMs` or until `over` says so. */
  advanceTo(endMs: number, over: () => boolean = () => false): void {
    while (!over()) {
      const dueMs = this.#nextDueMs();
      if (dueMs > endMs) break;
      this.#moveTo(dueMs);
      this.afterEvent();
    }
    if (!over()) this.#moveTo(endMs);
  }

  /** Lets time pass until something holds; false when it did not within `limitMs`. */
  until(holds: () => boolean, limitMs: number): boolean {
    if (!holds()) this.advanceTo(this.nowMs + limitMs, holds);
    return holds();
  }

  /** Plans something. */
  after(delayMs: number, run: () => void): void {
    this.scheduler.add(this.nowMs + delayMs, run);
  }

  #nextDueMs(): number {
    const { world, net, scheduler: agenda } = this;
    const never = Number.POSITIVE_INFINITY;
    // Consul's times are fractions, which an epoch time has little room for: by the next whole one all is due.
    const consulMs = Math.floor(net.nextDueMs() ?? never) + 1;
    return Math.min(consulMs, Math.ceil(Math.min(world.nextDueMs() ?? never, agenda.nextDueMs() ?? never)));
  }

  /** Something was done at this moment. */
  touch(): void {
    this.version++;
  }

  #moveTo(ms: number): void {
    this.version++;
    this.nowMs = Math.max(this.nowMs, ms);
    this.net.tick(this.nowMs);
    this.world.tick(this.nowMs);
    for (let due = this.scheduler.takeDue(this.nowMs); due !== undefined; due = this.scheduler.takeDue(this.nowMs)) {
      due.run();
    }
  }
}
