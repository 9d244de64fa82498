import type { Effect } from '../effect.js';
import type { SimulatedEnvironment } from '../environment.js';
import type { SimulatedProcess } from './process.js';

/** What happens to one effect. `swallow`: it is answered with success and not carried out. */
export type CallOutcome =
  | { readonly kind: 'done' }
  | { readonly kind: 'swallow' }
  | { readonly kind: 'fail'; readonly when: 'before' | 'after'; readonly error: Error }
  | { readonly kind: 'kill'; readonly when: 'before' | 'after' };

/** The end of the effect's line in the trace. */
export function describeCallOutcome(outcome: CallOutcome): string {
  if (outcome.kind === 'done') return '';
  return 'when' in outcome ? ` (${outcome.kind} ${outcome.when})` : ` (${outcome.kind})`;
}

/** Decides the outcome of effects, and observes them. */
export interface CallSupervisor {
  /** Draws the outcome of this effect. */
  decideOutcome(effect: Effect, to: Service): CallOutcome;
  /** Throws instead of the answer to a read, or returns. */
  disturbRead(to: Service): void;
  /** Called with the answer to a read. */
  onAnswer(to: Service): void;
  /** Called before the effect is carried out. */
  onEffect(effect: Effect): void;
  /** Called after the effect was carried out or has failed. */
  afterwards(effect: Effect, outcome: CallOutcome): void;
}

export type Service = 'aws' | 'consul';

/** Runs every call of a roll to the outside. A call may fail here, or kill the process. */
export class CallRunner {
  constructor(
    readonly environment: SimulatedEnvironment,
    readonly process: SimulatedProcess,
    readonly supervisor: CallSupervisor,
    readonly to: Service,
  ) {}

  /** A read. */
  async read<T>(read: () => T): Promise<T> {
    if (this.process.dead) return this.process.hang();
    this.supervisor.disturbRead(this.to);
    const answer = read();
    this.supervisor.onAnswer(this.to);
    return this.process.dead ? this.process.hang() : answer;
  }

  /** An effect; `swallowed` is the answer if the effect is swallowed. */
  async change<T>(effect: Effect, carryOut: () => T, swallowed: T): Promise<T> {
    if (this.process.dead) return this.process.hang();
    const outcome = this.supervisor.decideOutcome(effect, this.to);
    if (outcome.kind === 'kill' && outcome.when === 'before') return this.#die(effect, outcome);
    if (outcome.kind === 'fail' && outcome.when === 'before') return this.#fail(effect, outcome);
    this.supervisor.onEffect(effect);
    const answer = outcome.kind === 'swallow' ? swallowed : this.#carryOut(carryOut);
    if (outcome.kind === 'kill') return this.#die(effect, outcome);
    if (outcome.kind === 'fail') return this.#fail(effect, outcome);
    this.supervisor.afterwards(effect, outcome);
    return this.process.dead ? this.process.hang() : answer;
  }

  #carryOut<T>(carryOut: () => T): T {
    this.environment.touch();
    try {
      return carryOut();
    } finally {
      this.environment.touch();
    }
  }

  #die(effect: Effect, outcome: CallOutcome): Promise<never> {
    this.supervisor.afterwards(effect, outcome);
    this.process.kill();
    return this.process.hang();
  }

  #fail(effect: Effect, outcome: Extract<CallOutcome, { kind: 'fail' }>): never {
    this.supervisor.afterwards(effect, outcome);
    throw outcome.error;
  }
}
