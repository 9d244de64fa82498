import { describe, expect, it } from 'vitest';
import { decide } from '../../../src/lib/engine/decide/decide.js';
import { buildMidRoll, limits, type MidRollShape, summarizeDecision } from '../../helpers/intents.js';

const back = { direction: 'rollback' } as const;

/** The decision for a rollback of three servers, all of them new and the leader among them. */
function next(shape: MidRollShape, keepOld = false): string {
  const { observation, memory, intent } = buildMidRoll(
    { size: 3, old: 0, new: 3, leader: 0, ...shape },
    { ...back, keepOld },
  );
  return summarizeDecision(decide({ observation, memory, intent, limits }));
}

describe('a rollback when the old group is gone', () => {
  // failure-mode: rollback-too-late
  it('changes nothing: the new servers are the cluster', () => {
    expect(next({ oldGroup: null })).toBe('stop stopped: old-group-gone');
  });

  it('changes nothing while AWS deletes the group, or if it is kept and not part of the roll', () => {
    expect(next({ oldGroup: { deleting: true } })).toBe('stop stopped: old-group-gone');
    expect(next({ oldGroup: { tags: {} } }, true)).toBe('stop stopped: old-group-gone');
  });

  it('rolls back while the group exists, though it is empty', () => {
    expect(next({})).not.toContain('old-group-gone');
  });
});

describe('the group that stays after a rollback', () => {
  it('has its processes suspended again, if an operator resumed them', () => {
    expect(next({ old: 3, oldGroup: { suspendedProcesses: ['Launch'] } })).toMatch(/^act suspend-processes consul/);
  });
});

describe('new servers that never joined', () => {
  it('are terminated one at a time: another may still join meanwhile', () => {
    const stages = { 'i-0b11': 'booting', 'i-0b12': 'booting', 'i-0b13': 'booting' } as const;
    const { observation, memory, intent } = buildMidRoll({ size: 3, old: 3, new: 3, stages }, back);
    const first = summarizeDecision(decide({ observation, memory, intent, limits }));
    expect(first).toMatch(/^act terminate i-0b1\d$/);
    const going = observation.servers.map((server) =>
      first.endsWith(server.instanceId) ? { ...server, lifecycle: 'Terminating:Wait' } : server,
    );
    expect(summarizeDecision(decide({ observation: { ...observation, servers: going }, memory, intent, limits }))).toBe(
      `wait terminated ${first.split(' ').at(-1)}`,
    );
  });
});
