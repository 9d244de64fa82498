import { describe, expect, it } from 'vitest';
import { parseGoDurationMs } from '../../../src/lib/consul/responses.js';

describe('a duration as Go writes it', () => {
  it.each([
    ['10s', 10_000],
    ['200ms', 200],
    ['1m0s', 60_000],
    ['1h2m3.5s', 3_723_500],
    ['500µs', 0.5],
    ['0s', 0],
  ])('%s', (text, ms) => expect(parseGoDurationMs(text)).toBeCloseTo(ms));

  it.each(['', '10', 's', '10 s', '10s!', '-5s', 'ten'])('is not %j', (text) => {
    expect(parseGoDurationMs(text)).toBeUndefined();
  });
});
