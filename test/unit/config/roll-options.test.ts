import { describe, expect, it } from 'vitest';
import { assertCompatible, parseOrder, parseResumeOrder } from '../../../src/lib/config/roll-options.js';
import { formatImageReference, type ImageReference } from '../../../src/lib/model/image-reference.js';

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
      image: { kind: 'id', imageId: 'ami-0c0ffee02' },
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

  it.each<[string, ImageReference]>([
    ['resolve:ssm:/consul/image', { kind: 'parameter', parameter: '/consul/image' }],
    ['resolve:ssm:/consul/image:3', { kind: 'parameter', parameter: '/consul/image:3' }],
    ['name:consul-*', { kind: 'name', pattern: 'consul-*', owner: 'self' }],
    ["name:Consul (v2) it's [1]", { kind: 'name', pattern: "Consul (v2) it's [1]", owner: 'self' }],
  ])('takes the image %s', (ami, image) => {
    expect(parseOrder({ ...FLAGS, ami }).image).toEqual(image);
    expect(formatImageReference(image)).toBe(ami);
  });

  it('takes images of another account by their name only if it is told which', () => {
    expect(parseOrder({ ...FLAGS, ami: 'name:consul-*', 'ami-owner': '123456789012' }).image).toMatchObject({
      owner: '123456789012',
    });
    const anyone = { ...FLAGS, ami: 'name:consul-*', 'ami-owner': 'all' };
    expect(() => parseOrder(anyone)).toThrow('Invalid --ami-owner "all": expected self or the 12 digits of an account');
  });

  it('takes only an id for a roll in progress', () => {
    expect(parseResumeOrder(FLAGS).imageId).toBe('ami-0c0ffee02');
    expect(() => parseResumeOrder({ ...FLAGS, ami: 'name:consul-*' })).toThrow('Invalid --ami "name:consul-*"');
  });

  it.each([
    [{ 'health-timeout': '10s' }, '3 checks, 5 s apart, take 10 s after its boot'],
    [{ 'health-timeout': '50s', 'success-threshold': 11 }, '11 checks, 5 s apart, take 50 s'],
    [{ 'health-timeout': '1s', interval: '1s', 'success-threshold': 1 }, '2 checks, 1 s apart, take 1 s'],
  ])('refuses a health timeout in which no server can be healthy: %j', (set, why) => {
    expect(() => parseOrder({ ...FLAGS, ...set })).toThrow(why);
  });

  it.each([
    'consul-v2',
    'ami-',
    'ami-0C0FFEE',
    'AMI-0c',
    '',
    'name:',
    'name:a\nb',
    `name:${'x'.repeat(129)}`,
    'resolve:ssm:',
    'resolve:ssm:a b',
    'resolve:secretsmanager:x',
  ])('refuses the image %j', (ami) => {
    expect(() => parseOrder({ ...FLAGS, ami })).toThrow(/^Invalid --ami "/);
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
