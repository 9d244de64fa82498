import { describe, expect, it } from 'vitest';
import { findLeaderTimeoutMs, findLeaveTimeoutMs, findTransferTimeoutMs } from '../../../src/lib/model/limits.js';
import type { Observation } from '../../../src/lib/model/observation.js';
import { limits } from '../../helpers/intents.js';
import { buildObservation } from '../../helpers/observations.js';

const derived = { ...limits, leaderTimeoutMs: undefined, leaveTimeoutMs: undefined };

/** Of each server that answers: one that is down says nothing. */
function withTimeouts(...timeoutsMs: readonly (number | undefined)[]): Observation {
  const observation = buildObservation();
  const servers = observation.servers.map((server, n) =>
    server.agent.kind === 'up' ? { ...server, agent: { ...server.agent, raftTimeoutMs: timeoutsMs[n] } } : server,
  );
  return { ...observation, servers };
}

// failure-mode: slow-elections
describe('limits that are not set', () => {
  it.each([
    ['raft_multiplier = 1', [1_000, 1_000, 1_000], 60_000, 60_000, 15_000],
    ["Consul's default, 5", [5_000, 5_000, 5_000], 60_000, 60_000, 15_000],
    ['raft_multiplier = 10', [10_000, 10_000, 10_000], 120_000, 120_000, 20_000],
    ['one slow server', [1_000, 10_000, 1_000], 120_000, 120_000, 20_000],
    ['a version that does not tell', [undefined, undefined, undefined], 60_000, 60_000, 15_000],
  ])('follow the Raft timeouts of the servers: %s', (_, timeoutsMs, leaderMs, leaveMs, transferMs) => {
    const observation = withTimeouts(...timeoutsMs);
    expect(findLeaderTimeoutMs({ observation, limits: derived })).toBe(leaderMs);
    expect(findLeaveTimeoutMs({ observation, limits: derived })).toBe(leaveMs);
    expect(findTransferTimeoutMs(observation)).toBe(transferMs);
  });
});

describe('limits that the operator set', () => {
  it('stay, whatever the servers say', () => {
    const set = { ...limits, leaderTimeoutMs: 20_000, leaveTimeoutMs: 30_000 };
    expect(findLeaderTimeoutMs({ observation: withTimeouts(10_000), limits: set })).toBe(20_000);
    expect(findLeaveTimeoutMs({ observation: withTimeouts(10_000), limits: set })).toBe(30_000);
  });

  it('for the leader hold for leaving too, which needs one', () => {
    const set = { ...derived, leaderTimeoutMs: 300_000 };
    expect(findLeaveTimeoutMs({ observation: withTimeouts(1_000), limits: set })).toBe(300_000);
  });
});
