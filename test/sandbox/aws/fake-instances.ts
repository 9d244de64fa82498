import type {
  CheckAnswer,
  CheckFailure,
  InstanceBackend,
  InstanceSpec,
  Traffic,
} from '../../../src/sandbox/interfaces.js';

/** Machines without anything in them: what happened to them is recorded, and their health is what the test says. */
export class FakeMachines implements InstanceBackend, Traffic {
  readonly booted: InstanceSpec[] = [];
  readonly shutDown: string[] = [];
  /** In order: what the instances did, as `boot i-…` and `shutdown i-…`. */
  readonly log: string[] = [];
  readonly unhealthy = new Set<string>();
  /** Why unhealthy ones fail their checks; without a reason where none is given. */
  readonly failures = new Map<string, CheckFailure>();
  /** Instances that take their time to shut down, until `finishShutdown`. */
  readonly slowToStop = new Set<string>();
  readonly #stopping = new Map<string, () => void>();
  readonly #open = new Map<string, number>();

  boot(spec: InstanceSpec): void {
    this.booted.push(spec);
    this.log.push(`boot ${spec.instanceId}`);
  }

  shutdown(instanceId: string, _graceMs: number, done: () => void): void {
    this.shutDown.push(instanceId);
    this.log.push(`shutdown ${instanceId}`);
    if (this.slowToStop.has(instanceId)) this.#stopping.set(instanceId, done);
    else done();
  }

  finishShutdown(instanceId: string): void {
    this.#stopping.get(instanceId)?.();
  }

  check(instanceId: string, _target: unknown, answer: CheckAnswer): void {
    answer(!this.unhealthy.has(instanceId), this.failures.get(instanceId));
  }

  /** How many requests are in flight to an instance, from now on. */
  setOpenRequests(instanceId: string, count: number): void {
    this.#open.set(instanceId, count);
  }

  openRequests(_pool: string, instanceId: string): number {
    return this.#open.get(instanceId) ?? 0;
  }
}
