import { describe, expect, it } from 'vitest';
import type { OrderChange } from '../../helpers/fake-engine.js';
import { watchWithPartialReads } from '../../helpers/torn-looks.js';
import { Chance } from '../../simulation/chance.js';
import { stepsIn } from './steps-in.js';

describe('watching with looks during which the roll goes on', () => {
  it.each<[string, number, OrderChange]>([
    ['three servers', 3, {}],
    ['five servers', 5, {}],
    ['five servers with a surge of 2', 5, { surge: 2 }],
    ['three servers in place', 3, { strategy: 'in-place' }],
    ['five servers in place with a surge of 2', 5, { strategy: 'in-place', surge: 2 }],
    ['three servers whose old group is kept', 3, { keepOld: true }],
  ])('tells every step once, and in order: %s', async (_, size, order) => {
    for (let seed = 1; seed <= 5; seed += 1) {
      const { told, seen } = await watchWithPartialReads(size, order, new Chance(seed));
      expect(stepsIn(seen), `seed ${seed}`).toEqual(stepsIn(told));
    }
  });
});
