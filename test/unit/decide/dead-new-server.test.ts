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

/** The decision once a new server did not answer for the whole health timeout. */
function next({ lifecycle = 'InService', ...shape }: MidRollShape & { readonly lifecycle?: string }): string {
  const { observation, memory, intent } = buildMidRoll({ size: 3, new: 3, ...shape });
  const dead = { agent: silentAgent, lifecycle };
  const servers = observation.servers.map((one) => (one.instanceId === DEAD ? { ...one, ...dead } : one));
  const seen: Observation = { ...observation, servers };
  const first = decide({ observation: seen, memory, intent, limits });
  if (first.kind !== 'wait') return summarizeDecision(first);
  const waiting = { key: buildWaitKey(first.wait.for), sinceMs: OBSERVED_AT_MS - first.wait.limitMs - 1 };
  return summarizeDecision(decide({ observation: seen, memory: { ...memory, currentWait: waiting }, intent, limits }));
}

describe('a new server that was a member and died', () => {
  it('rolls back while every old server is a member', () => {
    expect(next({ old: 3, stages: UNHEALTHY, history: LONG })).toBe('act start-rollback');
  });

  // failure-mode: replacement-dies-late
  it('is terminated and replaced once old servers have left', () => {
    expect(next({ old: 1, leader: 0, stages: UNHEALTHY, history: LONG })).toBe(`act terminate ${DEAD}`);
  });

  it('is terminated and replaced when it is the only one missing', () => {
    const proven = { old: 0, leader: 0, sentinel: '7f3a done' };
    expect(next({ ...proven, stages: UNHEALTHY, history: LONG })).toBe(`act terminate ${DEAD}`);
  });

  it('is terminated and replaced too once Raft does not have it any more', () => {
    const gone = { stages: { [DEAD]: 'left' }, history: LONG } as const;
    expect(next({ old: 1, leader: 0, ...gone })).toBe(`act terminate ${DEAD}`);
    expect(next({ old: 0, leader: 0, sentinel: '7f3a done', ...gone })).toBe(`act terminate ${DEAD}`);
  });

  it('is not replaced where it answered a moment ago, or is not in service in its group', () => {
    const outside = { old: 1, leader: 0, stages: { [DEAD]: 'left' } } as const;
    expect(next(outside)).toBe('stop stopped: old-already-left');
    expect(next({ ...outside, history: LONG, lifecycle: 'Pending:Wait' })).toBe('stop stopped: old-already-left');
  });

  it('leaves room for the next one only once AWS has ended it, also where the surge is one', () => {
    const full = { old: 2, new: 2, leader: 0, stages: { [DEAD]: 'terminating' } } as const;
    const { observation, memory, intent } = buildMidRoll({ size: 3, ...full, newGroup: { desired: 1 } }, { surge: 1 });
    expect(summarizeDecision(decide({ observation, memory, intent, limits }))).toBe(`wait terminated ${DEAD}`);
  });

  // failure-mode: replacements-die
  it('is not replaced for ever: an image whose servers keep dying ends in a pause', () => {
    const gone = { old: 1, leader: 0, stages: { [DEAD]: 'left' } } as const;
    expect(next({ ...gone, history: { ...LONG, replacedDead: { new: 2 } } })).toBe(`act terminate ${DEAD}`);
    expect(next({ ...gone, history: { ...LONG, replacedDead: { new: 3 } } })).toBe('stop stopped: old-already-left');
  });

  it('is not replaced where it never joined, and no server of its image is known to work', () => {
    const first = { new: 2, old: 2, leader: 0, stages: { [DEAD]: 'left', 'i-0b11': 'booting' } } as const;
    expect(next({ ...first, history: { ...LONG, passedGates: [] } })).toBe('stop stopped: old-already-left');
  });

  it('is left to the operator while autopilot finds it healthy, or if it did not answer for a moment only', () => {
    const patient = { old: 1, leader: 0 };
    expect(next({ ...patient, history: LONG })).toBe('stop stopped: old-already-left');
    expect(next({ ...patient, stages: UNHEALTHY })).toBe('stop stopped: old-already-left');
  });
});
