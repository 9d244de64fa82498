import { type Effect, formatEffectName } from '../effect.js';
import type { SimulatedEnvironment } from '../environment.js';
import type { Fault, PlannedFault } from './fault.js';
import type { FaultRunner } from './fault-runner.js';

/** Brings about the faults of a scenario at their time. */
export class FaultInjector {
  /** Faults that came about so far, those of single calls aside. */
  count = 0;
  readonly #universe: SimulatedEnvironment;
  readonly #harm: FaultRunner;
  readonly #tell: (what: string) => void;
  readonly #seen = new Map<string, number>();
  #pending: readonly PlannedFault[];
  #calm = false;

  constructor(
    universe: SimulatedEnvironment,
    planned: readonly PlannedFault[],
    harm: FaultRunner,
    tell: (what: string) => void,
  ) {
    this.#universe = universe;
    this.#pending = planned;
    this.#harm = harm;
    this.#tell = tell;
    for (const { trigger, fault } of planned) {
      if (trigger.kind === 'time') universe.after(trigger.afterMs, () => this.#bring(fault));
    }
  }

  /** An effect has been asked for: some faults wait for it. */
  noteEffect(effect: Effect): void {
    if (this.#pending.length === 0) return;
    const named = formatEffectName(effect);
    const nth = (this.#seen.get(named) ?? 0) + 1;
    this.#seen.set(named, nth);
    for (const { trigger, fault } of this.#pending) {
      if (trigger.kind !== 'effect' || trigger.named !== named || trigger.nth !== nth) continue;
      this.#universe.after(trigger.delayMs, () => this.#bring(fault));
    }
  }

  /** Ends what still goes on, and brings nothing more. */
  calmDown(): void {
    this.#calm = true;
    this.#pending = [];
    this.#harm.end();
  }

  #bring(fault: Fault): void {
    const what = this.#calm ? undefined : this.#harm.apply(fault);
    if (what === undefined) return;
    this.count++;
    this.#tell(what);
  }
}
