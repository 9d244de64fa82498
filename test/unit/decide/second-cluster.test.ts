import { describe, expect, it } from 'vitest';
import { decide } from '../../../src/lib/engine/decide/decide.js';
import { safety } from '../../../src/lib/engine/safety/safety.js';
import type { Survey } from '../../../src/lib/model/observation.js';
import { inShort, limits, midRoll } from '../../helpers/intents.js';
import { addressOf, LOOK_MS } from '../../helpers/servers.js';

/**
 * The new servers found each other and not the old ones, and formed a cluster of their own, empty and healthy. Just
 * then nobody can reach the old ones from here. Whoever listens to the new leader now drains the true cluster.
 */
function formedAlone(): ReturnType<typeof midRoll> {
  const { survey, intent } = midRoll({ size: 3, old: 3, new: 3, leader: 3, oldGroup: { minSize: 0 } });
  const peers = survey.servers.flatMap((one) => (one.side === 'new' ? (one.peer ?? []) : []));
  const silent = { kind: 'down', why: 'silent', detail: 'no answer in time' } as const;
  const seen: Survey = {
    ...survey,
    raft: survey.raft && { ...survey.raft, peers, sentinel: undefined },
    servers: survey.servers.map((one) =>
      one.agent.kind === 'up' && one.side === 'new'
        ? {
            ...one,
            agent: { ...one.agent, peers: peers.map((peer) => peer.address).sort(), sentinel: undefined },
          }
        : { ...one, agent: silent, peer: undefined },
    ),
  };
  return { survey: seen, intent };
}

describe('a second cluster of new servers only', () => {
  const { survey, intent } = formedAlone();

  it('is not given the sentinel, and a person is called', () => {
    expect(inShort(decide(survey, intent, limits))).toBe('wait sentinel');
    const waiting = { key: 'sentinel', sinceMs: LOOK_MS - 60_001 };
    const late = { ...survey, history: { ...survey.history, waiting } };
    expect(inShort(decide(late, intent, limits))).toBe('stop quorum-at-risk: changed-by-hand');
  });

  it('lets no old server be touched', () => {
    const refusal = { kind: 'unknown-leader', leader: `${addressOf('new', 0)}:8300` };
    const instanceId = 'i-0a12';
    expect(safety(survey, intent, { kind: 'terminate', instanceId })).toEqual(refusal);
    expect(safety(survey, intent, { kind: 'leave', instanceId, address: '127.1.1.12' })).toEqual(refusal);
    expect(safety(survey, intent, { kind: 'deregister', instanceId, balancers: [] })).toEqual(refusal);
  });
});
