import type { Range } from './timings.js';

/** A seeded source of chance: the same seed gives the same network, event by event. */
export interface Random {
  /** In [0, 1). */
  next(): number;
  /** A delay from the range, milliseconds. */
  within(range: Range): number;
  /** A version 4-shaped identifier, as Consul makes its node and session ids. */
  uuid(): string;
}

const HEX = '0123456789abcdef';

/** Mulberry32: 32 bits of state, good enough for delays and ids. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const hex = (digits: number): string => {
    let text = '';
    while (text.length < digits) text += HEX[Math.floor(next() * 16)];
    return text;
  };
  return {
    next,
    within: ({ leastMs, mostMs }) => leastMs + next() * (mostMs - leastMs),
    uuid: () => `${hex(8)}-${hex(4)}-${hex(4)}-${hex(4)}-${hex(12)}`,
  };
}
