import type { SandboxAws } from '../../src/sandbox/aws/sandbox-aws.js';
import { Scheduler } from '../../src/sandbox/aws/scheduler.js';
import type { ConsulNetwork } from '../../src/sandbox/consul/network.js';

/** An AWS account, its Consul servers and the events planned by a simulation, all under one virtual clock. */
export class SimulatedEnvironment {
  /** Events planned by the simulation: writes, faults and their ends. */
  readonly scheduler = new Scheduler();
  /** Epoch milliseconds. */
  nowMs: number;
  /** Changes with every event. */
  version = 0;
  /** Called after every event. */
  afterEvent: () => void = () => {};

  constructor(
    readonly aws: SandboxAws,
    readonly net: ConsulNetwork,
  ) {
    this.nowMs = aws.nowMs();
  }

  /** Lets time pass, event by event, until `endMs` or until `over` returns true. */
  advanceTo(endMs: number, over: () => boolean = () => false): void {
    while (!over()) {
      const dueMs = this.#nextDueMs();
      if (dueMs > endMs) break;
      this.#moveTo(dueMs);
      this.afterEvent();
    }
    if (!over()) this.#moveTo(endMs);
  }

  /** Lets time pass until `holds` returns true; false if it does not within `limitMs`. */
  until(holds: () => boolean, limitMs: number): boolean {
    if (!holds()) this.advanceTo(this.nowMs + limitMs, holds);
    return holds();
  }

  /** Calls `run` after this time. */
  after(delayMs: number, run: () => void): void {
    this.scheduler.add(this.nowMs + delayMs, run);
  }

  #nextDueMs(): number {
    const { aws, net, scheduler } = this;
    const never = Number.POSITIVE_INFINITY;
    // Consul's times are fractions of a millisecond: at the next whole one all of them are due.
    const consulMs = Math.floor(net.nextDueMs() ?? never) + 1;
    return Math.min(consulMs, Math.ceil(Math.min(aws.nextDueMs() ?? never, scheduler.nextDueMs() ?? never)));
  }

  /** Call it after a change that was not an event. */
  touch(): void {
    this.version++;
  }

  #moveTo(ms: number): void {
    this.version++;
    this.nowMs = Math.max(this.nowMs, ms);
    this.net.tick(this.nowMs);
    this.aws.tick(this.nowMs);
    for (let due = this.scheduler.takeDue(this.nowMs); due !== undefined; due = this.scheduler.takeDue(this.nowMs)) {
      due.run();
    }
  }
}
