import { describe, expect, it } from 'vitest';
import { decide } from '../../../src/lib/engine/decide/decide.js';
import type { Intent } from '../../../src/lib/model/intent.js';
import { buildMidRoll, limits, type MidRollShape, summarizeDecision } from '../../helpers/intents.js';

/** The decision when EC2 has taken this server's address away. */
function next(instanceId: string, shape: MidRollShape, change: Partial<Intent> = {}): string {
  const { observation, memory, intent } = buildMidRoll({ size: 3, ...shape }, change);
  const servers = observation.servers.map((server) =>
    server.instanceId === instanceId ? { ...server, address: undefined } : server,
  );
  return summarizeDecision(decide({ observation: { ...observation, servers }, memory, intent, limits }));
}

const gone = { 'i-0b12': 'left' } as const;

describe('a server whose instance was terminated', () => {
  it('makes room for another while the new group scales out', () => {
    expect(next('i-0b12', { old: 3, new: 3, stages: gone })).toBe('act terminate i-0b12');
  });

  it('makes room for another when no old server is left', () => {
    expect(next('i-0b12', { old: 0, new: 3, leader: 0, stages: gone })).toBe('act terminate i-0b12');
  });

  it('is not waited for if it was to leave', () => {
    const shape: MidRollShape = { old: 3, new: 3, stages: { 'i-0a12': 'left', 'i-0a13': 'left' } };
    expect(next('i-0a12', shape)).toBe('act terminate i-0a12');
  });

  it('is kept while Raft has its peer', () => {
    expect(next('i-0b12', { old: 3, new: 3 })).not.toContain('terminate');
  });

  it('makes room in an old group that scales out again', () => {
    const shape: MidRollShape = { old: 3, new: 3, stages: { 'i-0a12': 'left' } };
    const back = { direction: 'rollback', startedAtMs: 0 } as const;
    expect(next('i-0a12', shape, back)).toBe('act terminate i-0a12');
  });
});
