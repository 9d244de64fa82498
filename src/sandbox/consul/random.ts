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

/** One more than the greatest number of four hex digits. */
const HEX_HALF = 2 ** 16;
const UUID_PARTS = [
  [0, 8],
  [8, 12],
  [12, 16],
  [16, 20],
  [20, 32],
] as const;

/** Mulberry32: 32 bits of state, good enough for delays and ids. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const half = (number: number): string => (HEX_HALF + number).toString(16).slice(1);
  const word = (): string => {
    const number = next() * HEX_HALF;
    return half(Math.floor(number)) + half(Math.floor((number % 1) * HEX_HALF));
  };
  const uuid = (): string => {
    const digits = [word(), word(), word(), word()].join('');
    // Joined, a text is stored in one piece, which comparing it again and again is quicker with.
    return UUID_PARTS.map(([from, to]) => digits.slice(from, to)).join('-');
  };
  return { next, within: ({ minMs: leastMs, maxMs: mostMs }) => leastMs + next() * (mostMs - leastMs), uuid };
}
