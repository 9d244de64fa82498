import { describe, expect, it } from 'vitest';
import { decide } from '../../../src/lib/engine/decide/decide.js';
import {
  updateMemoryWithAction,
  updateMemoryWithAttempt,
  updateMemoryWithDecision,
  updateMemoryWithObservation,
} from '../../../src/lib/engine/decide/memory.js';
import { checkSafety } from '../../../src/lib/engine/safety/safety.js';
import { buildSentinel } from '../../../src/lib/model/intent.js';
import type { Observation } from '../../../src/lib/model/observation.js';
import { listRemedies } from '../../../src/lib/output/text/remedies.js';
import { buildMidRoll, limits, type MidRollShape, summarizeDecision } from '../../helpers/intents.js';
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
    const { cluster, rollId } = intent;
    const reason = { kind: 'state-lost', leader: `${buildAddress('new', 0)}:8300`, cluster, rollId };
    const instanceId = 'i-0a12';
    expect(checkSafety({ observation, memory, intent }, { kind: 'terminate', instanceId })).toEqual(reason);
    const servers = [{ instanceId, address: '127.1.1.12' }];
    expect(checkSafety({ observation, memory, intent }, { kind: 'leave', servers })).toEqual(reason);
    const deregister = { kind: 'deregister', instanceIds: [instanceId], balancers: [] } as const;
    expect(checkSafety({ observation, memory, intent }, deregister)).toEqual(reason);
  });
});

// failure-mode: state-lost
describe('the sentinel key that this process has seen', () => {
  const lost = (history: MidRollShape['history'] = {}) => {
    const input = buildMidRoll({ size: 3, old: 0, new: 3, leader: 0, sentinel: undefined, history });
    return { ...input, memory: { ...input.memory, seenSentinel: buildSentinel(input.intent) } };
  };

  it('is gone: the roll stops, and does not say that it is over', () => {
    const decision = decide(lost());
    expect(decision).toMatchObject({ kind: 'stop', outcome: 'quorum-at-risk', reason: { kind: 'state-lost' } });
    if (decision.kind === 'stop') expect(listRemedies(decision.reason).join()).toContain('consul snapshot restore');
  });

  it.each([
    ['deleted it', updateMemoryWithAction],
    ['tried to', updateMemoryWithAttempt],
  ])('is gone because this process has %s', (_what, update) => {
    const input = lost();
    const memory = update(input, { kind: 'delete-sentinel' });
    expect(decide({ ...input, memory })).not.toMatchObject({ reason: { kind: 'state-lost' } });
  });

  it('is gone before the step that was to delete it', () => {
    const { observation, memory, ...input } = lost();
    const reason = { kind: 'sentinel-unneeded' } as const;
    const step = { phase: 'finish', action: { kind: 'delete-sentinel' }, reason, margin: undefined } as const;
    const decided = updateMemoryWithDecision({ observation, memory }, { kind: 'act', step });
    expect(decide({ ...input, observation, memory: decided })).toMatchObject({ reason: { kind: 'state-lost' } });
  });

  it('was never seen: a new process cannot tell whether another has deleted it', () => {
    const input = lost();
    const memory = { ...input.memory, seenSentinel: undefined };
    expect(decide({ ...input, memory })).not.toMatchObject({ reason: { kind: 'state-lost' } });
  });

  it('is remembered from the last observation that had it', () => {
    const { observation, memory, intent } = buildMidRoll({ size: 3, old: 3, new: 3 });
    const seen = updateMemoryWithObservation({ observation, memory }, limits, 0);
    expect(seen.seenSentinel).toBe(buildSentinel(intent));
    const gone = { ...observation, raft: undefined };
    expect(updateMemoryWithObservation({ observation: gone, memory: seen }, limits, 0).seenSentinel).toBe(
      seen.seenSentinel,
    );
  });
});
