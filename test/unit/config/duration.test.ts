import { describe, expect, it } from 'vitest';
import { parseDurationFlag } from '../../../src/lib/config/duration.js';
import { RollError } from '../../../src/lib/model/errors.js';

describe('parseDurationFlag', () => {
  it.each([
    ['90s', 90_000],
    ['15m', 900_000],
    ['1h30m', 5_400_000],
    ['250ms', 250],
    ['1.5h', 5_400_000],
    [' 2m ', 120_000],
    ['0s', 0],
  ])('reads %s', (text, ms) => {
    expect(parseDurationFlag(text, '--bake')).toBe(ms);
  });

  it.each([
    ['90', '--bake 90 has no unit.'],
    ['0', '--bake 0 has no unit.'],
    ['-5m', '--bake -5m is negative.'],
    ['soon', '--bake soon is not a duration.'],
    ['5 minutes or so', '--bake 5 minutes or so is not a duration.'],
    ['5q', '--bake 5q is not a duration.'],
    ['', '--bake is empty.'],
    ['9000d', '--bake 9000d is too long.'],
  ])('refuses %s', (text, message) => {
    const read = () => parseDurationFlag(text, '--bake');
    expect(read).toThrow(RollError);
    expect(read).toThrow(message);
  });

  it('refuses a duration out of range', () => {
    expect(() => parseDurationFlag('5ms', '--interval', { minMs: 10 })).toThrow('--interval 5ms is less than 10 ms.');
    expect(parseDurationFlag('10ms', '--interval', { minMs: 10 })).toBe(10);
  });
});
