import type { Effect } from '../effect.js';
import type { SimulatedEnvironment } from '../environment.js';
import type { SimulatedProcess } from './process.js';

/** What becomes of one effect. `swallow`: it is answered well and never happens. */
export type CallOutcome =
  | { readonly kind: 'done' }
  | { readonly kind: 'swallow' }
  | { readonly kind: 'fail'; readonly when: 'before' | 'after'; readonly error: Error }
  | { readonly kind: 'kill'; readonly when: 'before' | 'after' };

/** What is to be added to the effect's own line. */
export function describeCallOutcome(fate: CallOutcome): string {
  if (fate.kind === 'done') return '';
  return 'when' in fate ? ` (${fate.kind} ${fate.when})` : ` (${fate.kind})`;
}

/** Who decides about effects, and who watches them. */
export interface CallSupervisor {
  /** What the seed has in store for this effect. */
  decideOutcome(effect: Effect, to: Service): CallOutcome;
  /** Throws in place of a read's answer, or lets it be. */
  disturbRead(to: Service): void;
  /** The effect is about to take hold, as far as the roll can know. */
  onEffect(effect: Effect): void;
  /** The effect has been carried out, or not. */
  afterwards(effect: Effect, fate: CallOutcome): void;
}

export type Service = 'aws' | 'consul';

/** Between a roll and the outside: every call goes through here, and may fail here, or kill the process. */
export class CallRunner {
  constructor(
    readonly universe: SimulatedEnvironment,
    readonly process: SimulatedProcess,
    readonly overseer: CallSupervisor,
    readonly to: Service,
  ) {}

  /** A read. */
  async read<T>(look: () => T): Promise<T> {
    if (this.process.dead) return this.process.hang();
    this.overseer.disturbRead(this.to);
    const seen = look();
    return this.process.dead ? this.process.hang() : seen;
  }

  /** An effect; `swallowed` is its answer when it is only said to have happened. */
  async change<T>(effect: Effect, carryOut: () => T, swallowed: T): Promise<T> {
    if (this.process.dead) return this.process.hang();
    const fate = this.overseer.decideOutcome(effect, this.to);
    if (fate.kind === 'kill' && fate.when === 'before') return this.#die(effect, fate);
    if (fate.kind === 'fail' && fate.when === 'before') return this.#fail(effect, fate);
    this.overseer.onEffect(effect);
    const answer = fate.kind === 'swallow' ? swallowed : this.#carryOut(carryOut);
    if (fate.kind === 'kill') return this.#die(effect, fate);
    if (fate.kind === 'fail') return this.#fail(effect, fate);
    this.overseer.afterwards(effect, fate);
    return this.process.dead ? this.process.hang() : answer;
  }

  #carryOut<T>(carryOut: () => T): T {
    this.universe.touch();
    try {
      return carryOut();
    } finally {
      this.universe.touch();
    }
  }

  #die(effect: Effect, fate: CallOutcome): Promise<never> {
    this.overseer.afterwards(effect, fate);
    this.process.kill();
    return this.process.hang();
  }

  #fail(effect: Effect, fate: Extract<CallOutcome, { kind: 'fail' }>): never {
    this.overseer.afterwards(effect, fate);
    throw fate.error;
  }
}
