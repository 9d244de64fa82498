import { describe, expect, it } from 'vitest';
import { findProgramName } from '../../../src/cli/usage-errors.js';

describe('findProgramName', () => {
  it.each([
    ['consul-roll', '/usr/local/bin/consul-roll'],
    ['consul-roll', undefined],
    ['bin/run.js', '/home/ann/consul-roll/bin/run.js'],
    ['/opt/consul-roll/bin/run.js', '/opt/consul-roll/bin/run.js'],
  ])('returns %s for the script %s', (expected, script) => {
    expect(findProgramName('consul-roll', script, '/home/ann/consul-roll')).toBe(expected);
  });
});
