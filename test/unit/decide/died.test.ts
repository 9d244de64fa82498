import { describe, expect, it } from 'vitest';
import { decide } from '../../../src/lib/engine/decide/decide.js';
import { buildWaitKey } from '../../../src/lib/model/decision.js';
import type { Observation } from '../../../src/lib/model/observation.js';
import { buildMidRoll, limits, type MidRollShape, summarizeDecision } from '../../helpers/intents.js';
import { OBSERVED_AT_MS } from '../../helpers/servers.js';
import { silentAgent } from '../safety/cases.js';

const DEAD = 'i-0b12';
const UNHEALTHY = { [DEAD]: 'unhealthy' } as const;
const LONG = { silentStreaks: { [DEAD]: limits.successThreshold } };

/** What is decided once patience with a silent new server has ended. */
function next(shape: MidRollShape): string {
  const { observation, memory, intent } = buildMidRoll({ size: 3, new: 3, ...shape });
  const servers = observation.servers.map((one) => (one.instanceId === DEAD ? { ...one, agent: silentAgent } : one));
  const seen: Observation = { ...observation, servers };
  const first = decide({ observation: seen, memory, intent, limits });
  if (first.kind !== 'wait') return summarizeDecision(first);
  const waiting = { key: buildWaitKey(first.wait.for), sinceMs: OBSERVED_AT_MS - first.wait.limitMs - 1 };
  return summarizeDecision(decide({ observation: seen, memory: { ...memory, currentWait: waiting }, intent, limits }));
}

describe('a new server that died and was once a member', () => {
  it('turns the roll back while every old server stands', () => {
    expect(next({ old: 3, stages: UNHEALTHY, history: LONG })).toBe('act start-rollback');
  });

  // failure-mode: replacement-dies-late
  it('is replaced once old servers have left', () => {
    expect(next({ old: 1, leader: 0, stages: UNHEALTHY, history: LONG })).toBe(`act terminate ${DEAD}`);
  });

  it('is replaced when the others are all there is', () => {
    const proven = { old: 0, leader: 0, sentinel: '7f3a done' };
    expect(next({ ...proven, stages: UNHEALTHY, history: LONG })).toBe(`act terminate ${DEAD}`);
  });

  it('is left to a person while autopilot finds it alive, or where it was silent for a moment only', () => {
    const patient = { old: 1, leader: 0 };
    expect(next({ ...patient, history: LONG })).toBe('stop stopped: old-already-left');
    expect(next({ ...patient, stages: UNHEALTHY })).toBe('stop stopped: old-already-left');
  });
});
