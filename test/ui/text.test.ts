import { describe, expect, it } from 'vitest';
import { bytesOf, enumerated, justified, someOf, truncated, wrapped } from '../../src/lib/ui/text.js';
import { spanOf, wholeSpanOf } from '../../src/lib/ui/time.js';

describe('text', () => {
  it('lists names as people do', () => {
    expect([[], ['a'], ['a', 'b'], ['a', 'b', 'c']].map(enumerated)).toEqual([
      'nothing',
      'a',
      'a and b',
      'a, b and c',
    ]);
    expect(someOf(['a', 'b', 'c'])).toBe('a and 2 others');
  });

  it('never outgrows its width', () => {
    for (const width of [1, 2, 5, 12, 40]) {
      expect(truncated('a line that is long', width).length).toBeLessThanOrEqual(width);
      expect(justified('a line that is long', '9 s', Math.max(4, width)).length).toBe(Math.max(4, width));
      const lines = wrapped('words and averyveryverylongword', width);
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(width);
      expect(lines.join('').replaceAll(' ', '')).toBe('wordsandaveryveryverylongword');
    }
  });

  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1_234_567, '1.2 MB'],
    [5_000_000_000_000, '5000.0 GB'],
  ])('says %d bytes', (bytes, said) => {
    expect(bytesOf(bytes)).toBe(said);
  });

  it.each([
    [380, '380 ms'],
    [9_400, '9 s'],
    [60_000, '1 m'],
    [82_000, '1 m 22 s'],
    [7_500_000, '2 h 5 m'],
    [-5, '0 ms'],
  ])('says %d ms', (ms, said) => {
    expect(spanOf(ms)).toBe(said);
  });

  it('does not flicker below a second', () => {
    expect(wholeSpanOf(380)).toBe('0 s');
  });
});
