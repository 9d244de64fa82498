import { describe, expect, it } from 'vitest';
import { assumeDurations } from '../../../src/lib/engine/plan/durations.js';
import { limits } from '../../helpers/intents.js';
import { buildObservation } from '../../helpers/observations.js';

const conditions = { limits: { ...limits, successThreshold: 3, bakeMs: 90_000 }, intervalMs: 5_000 };
const drainOf = (drainingMs: Record<string, number>) =>
  assumeDurations({ ...buildObservation(), drainingMs }, conditions).drain;

describe('the pace before anything is measured', () => {
  it('takes a target group at its word, and a classic load balancer for done in half of its time', () => {
    expect(drainOf({ consul: 60_000 })).toEqual({ ms: 30_000, basis: 'assumed' });
    expect(drainOf({ 'target-group/consul': 60_000 })).toEqual({ ms: 60_000, basis: 'set' });
    expect(drainOf({ consul: 300_000, 'target-group/consul': 60_000 })).toEqual({ ms: 150_000, basis: 'assumed' });
    expect(drainOf({})).toEqual({ ms: 0, basis: 'set' });
  });

  it('knows what is set: the baking, and how often is looked', () => {
    const durations = assumeDurations(buildObservation(), conditions);
    expect(durations.bake).toEqual({ ms: 90_000, basis: 'set' });
    expect(durations.streakMs).toBe(10_000);
  });
});
