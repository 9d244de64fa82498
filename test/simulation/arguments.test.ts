import { describe, expect, it } from 'vitest';
import { parseArguments } from './arguments.js';

describe('the arguments of npm run simulate', () => {
  it('are a number of rolls and the first seed', () => {
    expect(parseArguments([])).toEqual({ rolls: 1000, firstSeed: 1, trace: false, why: false });
    const replayed = parseArguments(['--seed', '17', '--rolls', '1', '--trace']);
    expect(replayed).toEqual({ rolls: 1, firstSeed: 17, trace: true, why: false });
  });

  it.each([['--rolls', 'abc'], ['--rolls', '0'], ['--rolls', '1.5'], ['--rolls', ''], ['--rolls=-3'], ['--seed', 'x']])(
    'say what is wrong with %s %s, which would simulate nothing',
    (...words) => {
      expect(parseArguments(words)).toMatch(/^--(rolls|seed) must be a whole number from 1, not "/);
    },
  );

  it.each([
    ['--bogus', 'Unknown option'],
    ['--rolls', 'argument missing'],
    ['17', 'Unexpected argument'],
  ])('refuse %s', (word, says) => {
    expect(parseArguments([word])).toContain(says);
  });
});
