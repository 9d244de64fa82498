import { describe, expect, it } from 'vitest';
import { decide } from '../../../src/lib/engine/decide/decide.js';
import { checkSafety } from '../../../src/lib/engine/safety/safety.js';
import type { Observation } from '../../../src/lib/model/observation.js';
import { buildMidRoll, limits, summarizeDecision } from '../../helpers/intents.js';
import { buildAddress, OBSERVED_AT_MS } from '../../helpers/servers.js';

/**
 * The new servers found each other and not the old ones, and formed a cluster of their own, empty and healthy. The old
 * ones are unreachable from here. A roll that trusted the new leader would drain the real cluster.
 */
function formedAlone(): ReturnType<typeof buildMidRoll> {
  const { observation, ...rest } = buildMidRoll({ size: 3, old: 3, new: 3, leader: 3, oldGroup: { minSize: 0 } });
  const peers = observation.servers.flatMap((one) => (one.side === 'new' ? (one.peer ?? []) : []));
  const silent = { kind: 'down', why: 'silent', detail: 'no answer in time' } as const;
  const seen: Observation = {
    ...observation,
    raft: observation.raft && { ...observation.raft, peers, sentinel: undefined },
    servers: observation.servers.map((one) =>
      one.agent.kind === 'up' && one.side === 'new'
        ? { ...one, agent: { ...one.agent, peers: peers.map((peer) => peer.address).sort(), sentinel: undefined } }
        : { ...one, agent: silent, peer: undefined },
    ),
  };
  return { ...rest, observation: seen };
}

describe('a second cluster of new servers only', () => {
  const { observation, memory, intent } = formedAlone();

  it('is not given the sentinel, and stops the roll', () => {
    expect(summarizeDecision(decide({ observation, memory, intent, limits }))).toBe('wait sentinel');
    const waiting = { key: 'sentinel', sinceMs: OBSERVED_AT_MS - 60_001 };
    const late = { ...memory, currentWait: waiting };
    expect(summarizeDecision(decide({ observation, memory: late, intent, limits }))).toBe(
      'stop quorum-at-risk: changed-externally',
    );
  });

  it('has no effect on the old servers', () => {
    const reason = { kind: 'unknown-leader', leader: `${buildAddress('new', 0)}:8300` };
    const instanceId = 'i-0a12';
    expect(checkSafety({ observation, memory, intent }, { kind: 'terminate', instanceId })).toEqual(reason);
    expect(checkSafety({ observation, memory, intent }, { kind: 'leave', instanceId, address: '127.1.1.12' })).toEqual(
      reason,
    );
    expect(checkSafety({ observation, memory, intent }, { kind: 'deregister', instanceId, balancers: [] })).toEqual(
      reason,
    );
  });
});
