import { createRandom } from '../../src/sandbox/consul/random.js';

/** Random numbers from a seed: the same seed gives the same numbers. */
export class Chance {
  readonly #next: () => number;

  constructor(seed: number) {
    const random = createRandom(seed);
    this.#next = () => random.next();
  }

  /** In [0, 1). */
  next(): number {
    return this.#next();
  }

  /** True with this probability. */
  happens(probability: number): boolean {
    return this.#next() < probability;
  }

  /** A whole number from `least` to `most`, both included. */
  between(least: number, most: number): number {
    return least + Math.floor(this.#next() * (most - least + 1));
  }

  /** @throws RangeError for an empty list */
  pick<T>(list: readonly T[]): T {
    const picked = list[Math.floor(this.#next() * list.length)];
    if (picked === undefined) throw new RangeError('nothing to pick from');
    return picked;
  }

  /** A second source, which does not depend on how often this one is used from now on. */
  fork(): Chance {
    return new Chance(Math.floor(this.#next() * 2 ** 32));
  }
}
