import { describe, expect, it } from 'vitest';
import { decide } from '../../../src/lib/engine/decide/decide.js';
import { buildMidRoll, limits, type MidRollShape, summarizeDecision } from '../../helpers/intents.js';

const back = { direction: 'rollback' } as const;

/** What is decided on the way back of a roll of three servers, all of them new and the leader among them. */
function next(shape: MidRollShape, keepOld = false): string {
  const { observation, memory, intent } = buildMidRoll(
    { size: 3, old: 0, new: 3, leader: 0, ...shape },
    { ...back, keepOld },
  );
  return summarizeDecision(decide({ observation, memory, intent, limits }));
}

describe('going back when the old group is gone', () => {
  // failure-mode: rollback-too-late
  it('touches nothing: the new servers are the cluster', () => {
    expect(next({ oldGroup: null })).toBe('stop stopped: old-group-gone');
  });

  it('touches nothing while AWS deletes it, or once it is kept and no part of the roll', () => {
    expect(next({ oldGroup: { deleting: true } })).toBe('stop stopped: old-group-gone');
    expect(next({ oldGroup: { tags: {} } }, true)).toBe('stop stopped: old-group-gone');
  });

  it('goes back as long as it stands, though it is empty', () => {
    expect(next({})).not.toContain('old-group-gone');
  });
});

describe('what stays on the way back', () => {
  it('is frozen again, should somebody have thawed it', () => {
    expect(next({ old: 3, oldGroup: { suspendedProcesses: ['Launch'] } })).toMatch(/^act suspend-processes consul/);
  });
});

describe('new servers that never joined', () => {
  it('go one after the other: one may still join while it is shut down', () => {
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
