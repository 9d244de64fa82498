import { describe, expect, it } from 'vitest';
import { findFailedGates, GATES, type Gate, isReady } from '../../../src/lib/engine/decide/gates.js';
import type { Observation, Raft } from '../../../src/lib/model/observation.js';
import type { AgentUp, Peer, Server } from '../../../src/lib/model/server.js';
import { buildMidRoll } from '../../helpers/intents.js';

const { observation, memory } = buildMidRoll({ size: 3, old: 3, new: 1 });

function withServer(from: Observation, instanceId: string, change: (server: Server) => Server): Observation {
  return { ...from, servers: from.servers.map((one) => (one.instanceId === instanceId ? change(one) : one)) };
}

function withAgent(change: Partial<AgentUp>, instanceId = 'i-0b11'): Observation {
  return withServer(observation, instanceId, (one) =>
    one.agent.kind === 'up' ? { ...one, agent: { ...one.agent, ...change } } : one,
  );
}

function withPeer(change: Partial<Peer>): Observation {
  return withServer(observation, 'i-0b11', (one) => (one.peer ? { ...one, peer: { ...one.peer, ...change } } : one));
}

function withRaft(change: Partial<Raft>): Observation {
  return { ...observation, raft: observation.raft && { ...observation.raft, ...change } };
}

function canaryGates(seen: Observation): readonly Gate[] {
  const canary = seen.servers.find((server) => server.instanceId === 'i-0b11');
  return canary === undefined ? GATES : findFailedGates(seen, canary);
}

describe('findFailedGates', () => {
  it('finds none for a caught-up voter', () => {
    expect(canaryGates(observation)).toEqual([]);
  });

  it.each<[Gate, string, Observation]>([
    [
      'in-group',
      'Auto Scaling still holds it back',
      withServer(observation, 'i-0b11', (one) => ({ ...one, lifecycle: 'Pending:Wait' })),
    ],
    [
      'image',
      'it was launched from another image',
      withServer(observation, 'i-0b11', (one) => ({ ...one, imageId: 'ami-0other' })),
    ],
    ['version', 'it runs an older Consul', withAgent({ version: '1.20.1' })],
    ['version', 'its version is unknown', withAgent({ version: 'unknown' })],
    ['leader', 'it follows another', withAgent({ leader: '127.1.2.11:8300' })],
    ['members', 'it counts fewer members', withAgent({ peers: ['127.1.2.11:8300'] })],
    ['members', 'it counts other members', withAgent({ peers: ['1', '2', '3', '4'] })],
    ['voter', 'it does not vote', withPeer({ voter: false })],
    ['autopilot', 'autopilot finds it unhealthy', withPeer({ healthy: false })],
    ['caught-up', 'it has applied less than was committed', withAgent({ appliedIndex: 999 })],
    ['caught-up', 'the commit index is unknown', withRaft({ baselineCommitIndex: undefined })],
    ['state', 'it was not compared', withServer(observation, 'i-0b11', (one) => ({ ...one, missing: 'pending' }))],
    [
      'operator',
      'its gate did not run',
      withServer(observation, 'i-0b11', (one) => ({ ...one, operatorGate: 'pending' })),
    ],
    ['operator', 'its gate failed', withServer(observation, 'i-0b11', (one) => ({ ...one, operatorGate: 'refused' }))],
    ['sentinel', 'it has not got the sentinel', withAgent({ sentinel: undefined })],
    ['sentinel', 'it has an old sentinel', withAgent({ sentinel: '0000' })],
    ['sentinel', 'there is no sentinel', withRaft({ sentinel: undefined })],
  ])('finds %s when %s', (gate, _case, seen) => {
    expect(canaryGates(seen)).toEqual([gate]);
  });

  it('finds every gate except those of AWS while the agent does not answer', () => {
    const down = { kind: 'down', why: 'silent', detail: '' } as const;
    const seen = withServer(observation, 'i-0b11', (one) => ({ ...one, agent: down }));
    expect(canaryGates(seen)).toEqual(GATES.slice(2));
  });

  it('finds failed gates without a leader', () => {
    expect(canaryGates({ ...observation, raft: undefined })).toEqual(GATES.slice(GATES.indexOf('leader')));
  });

  it('finds a failed gate for every new server while two of them run different versions', () => {
    const { observation: two } = buildMidRoll({ size: 3, old: 3, new: 2 });
    const split = withServer(two, 'i-0b12', (one) =>
      one.agent.kind === 'up' ? { ...one, agent: { ...one.agent, version: '1.22.0' } } : one,
    );
    expect(canaryGates(split)).toEqual(['version']);
  });

  it('finds none when an image roll keeps the Consul version', () => {
    const seen = withAgent({ version: '1.20.2' });
    expect(canaryGates(seen)).toEqual([]);
  });
});

describe('isReady', () => {
  const canary = (seen: Observation, passedGates = memory.passedGates) =>
    seen.servers.some(
      (one) => one.instanceId === 'i-0b11' && isReady({ observation: seen, memory: { ...memory, passedGates } }, one),
    );

  it('requires consecutive checks as well as passed gates', () => {
    expect(canary(observation)).toBe(true);
    expect(canary(observation, [])).toBe(false);
    expect(canary(withPeer({ healthy: false }))).toBe(false);
  });
});
