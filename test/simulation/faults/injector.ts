import { type Effect, formatEffectName } from '../effect.js';
import type { SimulatedEnvironment } from '../environment.js';
import type { Fault, PlannedFault } from './fault.js';
import type { FaultRunner } from './fault-runner.js';

/** Applies the faults of a scenario at their time. */
export class FaultInjector {
  /** Number of faults so far, without those of single calls. */
  count = 0;
  readonly #environment: SimulatedEnvironment;
  readonly #faultRunner: FaultRunner;
  readonly #log: (what: string) => void;
  readonly #counts = new Map<string, number>();
  #pending: readonly PlannedFault[];
  #stopped = false;

  constructor(
    environment: SimulatedEnvironment,
    planned: readonly PlannedFault[],
    faultRunner: FaultRunner,
    log: (what: string) => void,
  ) {
    this.#environment = environment;
    this.#pending = planned;
    this.#faultRunner = faultRunner;
    this.#log = log;
    for (const { trigger, fault } of planned) {
      if (trigger.kind === 'time') environment.after(trigger.afterMs, () => this.#apply(fault));
    }
  }

  /** Counts an effect, and applies the faults that it triggers. */
  countEffect(effect: Effect): void {
    if (this.#pending.length === 0) return;
    const named = formatEffectName(effect);
    const nth = (this.#counts.get(named) ?? 0) + 1;
    this.#counts.set(named, nth);
    for (const { trigger, fault } of this.#pending) {
      if (trigger.kind !== 'effect' || trigger.named !== named || trigger.nth !== nth) continue;
      this.#environment.after(trigger.delayMs, () => this.#apply(fault));
    }
  }

  /** Ends every fault that is still active, and applies no more. */
  stopFaults(): void {
    this.#stopped = true;
    this.#pending = [];
    this.#faultRunner.end();
  }

  #apply(fault: Fault): void {
    const what = this.#stopped ? undefined : this.#faultRunner.apply(fault);
    if (what === undefined) return;
    this.count++;
    this.#log(what);
  }
}
