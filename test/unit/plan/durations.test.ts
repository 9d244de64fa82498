import { describe, expect, it } from 'vitest';
import { assumeDurations } from '../../../src/lib/engine/plan/durations.js';
import { limits } from '../../helpers/intents.js';
import { buildObservation } from '../../helpers/observations.js';

const conditions = { limits: { ...limits, successThreshold: 3, bakeMs: 90_000 }, intervalMs: 5_000 };
const drainOf = (drainingMs: Record<string, number>) =>
  assumeDurations({ ...buildObservation(), drainingMs }, conditions).drain;

describe('assumeDurations', () => {
  it('expects a target group to drain for its whole delay, and a classic load balancer for half of it', () => {
    expect(drainOf({ consul: 60_000 })).toEqual({ ms: 30_000, basis: 'assumed' });
    expect(drainOf({ 'target-group/consul': 60_000 })).toEqual({ ms: 60_000, basis: 'set' });
    expect(drainOf({ consul: 300_000, 'target-group/consul': 60_000 })).toEqual({ ms: 150_000, basis: 'assumed' });
    expect(drainOf({})).toEqual({ ms: 0, basis: 'set' });
  });

  it('takes the bake time and the interval of observations from the options', () => {
    const durations = assumeDurations(buildObservation(), conditions);
    expect(durations.bake).toEqual({ ms: 90_000, basis: 'set' });
    expect(durations.streakMs).toBe(10_000);
  });

  it('takes a server to be ready after as many observations as the decision does, two at least', () => {
    const bootMs = (successThreshold: number) =>
      assumeDurations(buildObservation(), { ...conditions, limits: { ...limits, successThreshold } }).boot.ms;
    expect(bootMs(1)).toBe(bootMs(2));
    expect(bootMs(3)).toBe(bootMs(2) + 5_000);
  });
});
