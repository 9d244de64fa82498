import { describe, expect, it } from 'vitest';
import { parseArguments } from './arguments.js';

describe('parseArguments', () => {
  it('returns the number of rolls and the first seed', () => {
    expect(parseArguments([])).toEqual({ rolls: 1000, firstSeed: 1, trace: false, why: false, adversary: undefined });
    const replayed = parseArguments(['--seed', '17', '--rolls', '1', '--trace']);
    expect(replayed).toEqual({ rolls: 1, firstSeed: 17, trace: true, why: false, adversary: undefined });
  });

  it.each([['--rolls', 'abc'], ['--rolls', '0'], ['--rolls', '1.5'], ['--rolls', ''], ['--rolls=-3'], ['--seed', 'x']])(
    'rejects %s %s',
    (...words) => {
      expect(parseArguments(words)).toMatch(/^--(rolls|seed) must be a whole number from 1, not "/);
    },
  );

  it('accepts what an adversary may write, and nothing else for it', () => {
    for (const adversary of ['tags', 'store', 'both'])
      expect(parseArguments(['--adversary', adversary])).toMatchObject({ adversary });
    expect(parseArguments(['--adversary', 'all'])).toBe('--adversary must be tags, store or both, not "all"');
  });

  it.each([
    ['--bogus', 'Unknown option'],
    ['--rolls', 'argument missing'],
    ['17', 'Unexpected argument'],
  ])('rejects %s', (word, says) => {
    expect(parseArguments([word])).toContain(says);
  });
});
