import { describe, expect, it } from 'vitest';
import { assertCompatible, parseOrder } from '../../../src/lib/config/roll-options.js';

const FLAGS = {
  cluster: 'consul',
  ami: 'ami-0c0ffee02',
  'keep-old': false,
  interval: '5s',
  'health-timeout': '10m',
  'drain-timeout': '5m',
  bake: '1m30s',
  'success-threshold': 3,
};

describe('limits that are set', () => {
  it('are used as they are written', () => {
    const set = { 'leader-timeout': '3m', 'leave-timeout': '90s', 'aws-timeout': '1h' };
    const { limits } = parseOrder({ ...FLAGS, ...set });
    expect(limits).toMatchObject({ leaderTimeoutMs: 180_000, leaveTimeoutMs: 90_000, awsTimeoutMs: 3_600_000 });
  });
});

describe('parseOrder', () => {
  it('returns every limit in milliseconds', () => {
    expect(parseOrder({ ...FLAGS, surge: 2 })).toEqual({
      kind: 'upgrade',
      cluster: 'consul',
      group: undefined,
      imageId: 'ami-0c0ffee02',
      surge: 2,
      keepOld: false,
      launchSource: 'auto',
      strategy: 'beside',
      limits: {
        healthTimeoutMs: 600_000,
        drainTimeoutMs: 300_000,
        leaveTimeoutMs: undefined,
        leaderTimeoutMs: undefined,
        awsTimeoutMs: 600_000,
        bakeMs: 90_000,
        successThreshold: 3,
      },
      intervalMs: 5000,
      forceUnlock: false,
      lockTtlMs: 30_000,
    });
  });

  it.each(['consul-v2', 'ami-', 'ami-0C0FFEE', 'AMI-0c', ''])('refuses the image id %j', (ami) => {
    expect(() => parseOrder({ ...FLAGS, ami })).toThrow(`Invalid --ami ${JSON.stringify(ami)}`);
  });

  it('refuses a health timeout of 0 s and an interval of 1 ms', () => {
    expect(() => parseOrder({ ...FLAGS, 'health-timeout': '0s' })).toThrow('--health-timeout 0s');
    expect(() => parseOrder({ ...FLAGS, interval: '1ms' })).toThrow('--interval 1ms');
  });

  it('refuses keep-old with the strategy in-place, and names where both are set', () => {
    const origin = (name: string) => (name === 'strategy' ? '--strategy' : 'consul-roll.yaml:3');
    expect(parseOrder({ ...FLAGS, strategy: 'in-place' })).toMatchObject({ strategy: 'in-place' });
    expect(() => assertCompatible({ strategy: 'in-place', 'keep-old': false }, origin)).not.toThrow();
    expect(() => assertCompatible({ strategy: 'in-place', 'keep-old': true }, origin)).toThrow(
      'keep-old (consul-roll.yaml:3) cannot be combined with strategy in-place (--strategy).',
    );
  });
});
