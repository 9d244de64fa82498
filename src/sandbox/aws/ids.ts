/** Ids in AWS's forms, from one seed: the same calls at the same times give the same ids. */
export interface IdGenerator {
  /** A number in [0, 1). */
  random(): number;
  /** `prefix-` and 17 hex digits, for instance `i-0f3a…`. */
  resource(prefix: string): string;
  /** That many hex digits, as the ARNs of load balancers end in. */
  hex(digits: number): string;
  /** A version 4 UUID, as activities and ARNs carry. */
  uuid(): string;
}

const HEX_DIGITS = '0123456789abcdef';

/** An identity source; the generator is mulberry32. */
export function createIdGenerator(seed: number): IdGenerator {
  const random = mulberry32(seed);
  const hex = (digits: number) => {
    let text = '';
    while (text.length < digits) text += HEX_DIGITS[Math.floor(random() * HEX_DIGITS.length)];
    return text;
  };
  return {
    random,
    resource: (prefix) => [prefix, `0${hex(16)}`].join('-'),
    hex,
    uuid: () => `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`,
  };
}

function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
