import { describe, expect, it } from 'vitest';
import { decide } from '../../../src/lib/engine/decide/decide.js';
import { sortForDrain } from '../../../src/lib/engine/decide/drain.js';
import type { Intent } from '../../../src/lib/model/intent.js';
import { EMPTY_MEMORY } from '../../../src/lib/model/memory.js';
import type { AgentDown, Peer, Server } from '../../../src/lib/model/server.js';
import { buildMidRoll, limits, type MidRollShape, summarizeDecision } from '../../helpers/intents.js';
import { buildPeerId, OBSERVED_AT_MS, type ServerStage } from '../../helpers/servers.js';
import { buildObservation } from '../../helpers/surveys.js';

interface Case extends MidRollShape {
  /** Changes to single servers, by instance id. */
  readonly servers?: Readonly<Record<string, Partial<Server>>>;
}

/** What is decided with a whole new group beside the old one. */
function next({ servers = {}, ...shape }: Case, change: Partial<Intent> = {}): string {
  const { observation, memory, intent } = buildMidRoll({ size: 3, old: 3, new: 3, ...shape }, change);
  const seen = observation.servers.map((one) => ({ ...one, ...servers[one.instanceId] }));
  return summarizeDecision(decide({ observation: { ...observation, servers: seen }, memory, intent, limits }));
}

const asked = (id: string, agoMs = 1000, count = 1) => ({
  leaveRequests: { [id]: { count, lastRequestedAtMs: OBSERVED_AT_MS - agoMs } },
});
const haunted = (looks: number) => ({ orphanStreaks: { 'orphan-peer': looks } });
const silent: AgentDown = { kind: 'down', why: 'silent', detail: 'no answer in time' };
const refused: AgentDown = { kind: 'down', why: 'refused', detail: 'nothing listens' };

describe('the drain order', () => {
  it.each<[string, Record<string, ServerStage>, number, string]>([
    ['oldest first', {}, 9, '1 2 3 4 5'],
    ['the leader last', {}, 0, '2 3 4 5 1'],
    ['non-voters first', { 'i-0a14': 'joined' }, 0, '4 2 3 5 1'],
    ['then unhealthy ones', { 'i-0a15': 'unhealthy', 'i-0a13': 'joined' }, 0, '3 5 2 4 1'],
    ['before all, the one that is on its way', { 'i-0a14': 'deregistered', 'i-0a13': 'unhealthy' }, 0, '4 3 2 5 1'],
    ['one that still drains', { 'i-0a14': 'draining', 'i-0a13': 'unhealthy' }, 0, '4 3 2 5 1'],
    ['but the leader last even then', { 'i-0a11': 'deregistered' }, 0, '2 3 4 5 1'],
    ['members only', { 'i-0a12': 'left', 'i-0a13': 'terminating', 'i-0a14': 'booting' }, 0, '5 1'],
  ])('takes %s', (_case, stages, leader, order) => {
    const observation = buildObservation({ old: 5, new: 5, stages, leader });
    const seen = sortForDrain({ observation, memory: EMPTY_MEMORY }, 'old');
    expect(seen.map((server) => server.instanceId.slice(-1)).join(' ')).toBe(order);
  });
});

describe('a dead server', () => {
  it('goes before one that is on its way: without it the others can spare that one', () => {
    const dead: Case = { stages: { 'i-0a12': 'deregistered', 'i-0a13': 'unhealthy' } };
    const silence = { servers: { 'i-0a13': { agent: silent } }, history: { silentStreaks: { 'i-0a13': 3 } } };
    expect(next({ ...dead, ...silence })).toBe('act terminate i-0a13');
    expect(next(dead)).toBe('act leave i-0a12');
  });
});

describe('old servers that were asked to leave, and are all in Raft again', () => {
  const leaves = {
    'i-0a12': { count: 2, lastRequestedAtMs: OBSERVED_AT_MS - 61_000 },
    'i-0a13': { count: 1, lastRequestedAtMs: OBSERVED_AT_MS - 61_000 },
  };

  it('are started again by something: a person’s', () => {
    expect(next({ history: { leaveRequests: leaves } })).toBe('stop stopped: rejoined');
    expect(next({ history: { leaveRequests: { 'i-0a12': leaves['i-0a12'] } } })).toBe('act leave i-0a12');
  });
});

describe('voters that can spare nobody', () => {
  const ailing: Case = {
    leader: 3,
    stages: { 'i-0a11': 'unhealthy', 'i-0a12': 'unhealthy', 'i-0a13': 'unhealthy' },
  };
  const waited = { history: { currentWait: { key: 'healthy', sinceMs: OBSERVED_AT_MS - 600_001 } } };

  // failure-mode: voters-too-ill
  it('are waited for, and are a person’s when they stay so: one more, and the quorum is lost', () => {
    expect(next(ailing)).toBe('wait healthy');
    expect(next({ ...ailing, ...waited })).toBe('stop quorum-at-risk: timed-out');
  });
});

describe('one old server on its way out', () => {
  it.each<[string, Case, string]>([
    ['in service', {}, 'act deregister i-0a12'],
    ['draining', { stages: { 'i-0a12': 'draining' } }, 'wait drained i-0a12'],
    ['drained', { stages: { 'i-0a12': 'deregistered' } }, 'act leave i-0a12'],
    ['asked to leave', { stages: { 'i-0a12': 'deregistered' }, history: asked('i-0a12') }, 'wait out-of-raft i-0a12'],
    [
      'out of Raft while the next may go',
      { stages: { 'i-0a12': 'left' }, history: asked('i-0a12') },
      'act deregister i-0a13',
    ],
    ['out of Raft, and the next too', { stages: { 'i-0a12': 'left', 'i-0a13': 'left' } }, 'wait agent-down i-0a12'],
    [
      'down for three looks',
      { stages: { 'i-0a12': 'left', 'i-0a13': 'left' }, history: { downStreaks: { 'i-0a12': 3 } } },
      'act terminate i-0a12',
    ],
    [
      'down for two looks',
      { stages: { 'i-0a12': 'left', 'i-0a13': 'left' }, history: { downStreaks: { 'i-0a12': 2 } } },
      'wait agent-down i-0a12',
    ],
    ['terminating', { stages: { 'i-0a12': 'terminating' } }, 'act deregister i-0a13'],
    [
      'left long after it was asked',
      { stages: { 'i-0a12': 'deregistered' }, history: asked('i-0a12', 61_000) },
      'act leave i-0a12',
    ],
    [
      'asked three times',
      { stages: { 'i-0a12': 'deregistered' }, history: asked('i-0a12', 61_000, 3) },
      'stop stopped: rejoined',
    ],
  ])('%s', (_case, shape, expected) => {
    expect(next(shape)).toBe(expected);
  });

  it('is waited for, at the last, until AWS has terminated it', () => {
    const stages: Record<string, ServerStage> = {
      'i-0a11': 'terminating',
      'i-0a12': 'terminating',
      'i-0a13': 'terminating',
    };
    expect(next({ stages, leader: 3 })).toBe('wait terminated i-0a11');
  });

  it('makes room for the next new one where the surge is small', () => {
    const one: Case = { new: 1, oldGroup: { minSize: 0, desired: 2 } };
    const left: Case = { ...one, stages: { 'i-0a12': 'left' }, history: { downStreaks: { 'i-0a12': 3 } } };
    expect(next(left, { surge: 1 })).toBe('act terminate i-0a12');
    expect(next({ ...one, stages: { 'i-0a12': 'terminating' } }, { surge: 1 })).toBe('wait terminated i-0a12');
    expect(next({ ...one, old: 2 }, { surge: 1 })).toBe('act scale-out consul-7f3a 2');
  });
});

describe('the leader, last of its side', () => {
  const last: Case = { old: 1, stages: { 'i-0a11': 'deregistered' } };
  const version = (text: string) => {
    const [leader] = buildObservation({ old: 1, new: 3 }).servers;
    if (leader?.agent.kind !== 'up') throw new Error('it is up');
    const agent = { ...leader.agent, sentinel: '7f3a', version: text };
    return { 'i-0a11': { agent } };
  };

  it.each<[string, Case, string]>([
    ['hands over from 1.15 on', last, 'act transfer-leadership i-0b11'],
    ['hands over on 1.15.0', { ...last, servers: version('1.15.0') }, 'act transfer-leadership i-0b11'],
    ['just leaves before 1.15', { ...last, servers: version('1.14.9') }, 'act leave i-0a11'],
    [
      'is given time to hand over',
      { ...last, history: { leadershipTransfers: { [buildPeerId('new', 0)]: OBSERVED_AT_MS - 15_000 } } },
      'wait leadership i-0b11',
    ],
    [
      'leaves where it would not',
      { ...last, history: { leadershipTransfers: { [buildPeerId('new', 0)]: OBSERVED_AT_MS - 15_001 } } },
      'act leave i-0a11',
    ],
    ['leaves when a new one leads', { ...last, leader: 1 }, 'act leave i-0a11'],
  ])('%s', (_case, shape, expected) => {
    expect(next(shape)).toBe(expected);
  });
});

describe('an old server that does not answer', () => {
  const dead: Case = { stages: { 'i-0a13': 'unhealthy' }, servers: { 'i-0a13': { agent: silent } } };

  it.each<[string, Case, string]>([
    ['is waited for at first', dead, 'wait agent-reachable i-0a13'],
    [
      'is terminated alone once it is dead to all',
      { ...dead, history: { silentStreaks: { 'i-0a13': 3 } } },
      'act terminate i-0a13',
    ],
    [
      'is waited for while autopilot sees it alive',
      { servers: { 'i-0a12': { agent: refused } }, history: { silentStreaks: { 'i-0a12': 9 } } },
      'wait agent-reachable i-0a12',
    ],
  ])('%s', (_case, shape, expected) => {
    expect(next(shape)).toBe(expected);
  });

  const orphan: Peer = {
    id: 'orphan-peer',
    node: 'i-0dead',
    address: '127.1.9.9:8300',
    leader: false,
    voter: true,
    healthy: false,
  };

  it.each<[string, Case, string]>([
    [
      'is removed from Raft once its instance is gone',
      { orphanPeers: [orphan], history: haunted(3) },
      'act remove-peer i-0dead',
    ],
    [
      'is not by a leader that does not show the sentinel of the roll',
      { orphanPeers: [orphan], history: haunted(3), sentinel: undefined },
      'wait sentinel',
    ],
    [
      'is not after fewer unhealthy looks than it takes',
      { orphanPeers: [orphan], history: haunted(2) },
      'act deregister i-0a12',
    ],
    ['is not while it is healthy', { orphanPeers: [{ ...orphan, healthy: true }] }, 'act deregister i-0a12'],
    [
      'is not while another leaves',
      { orphanPeers: [orphan], history: { ...haunted(3), ...asked('i-0a12') } },
      'wait out-of-raft i-0a12',
    ],
  ])('%s', (_case, shape, expected) => {
    expect(next(shape)).toBe(expected);
  });

  it('stops nothing else: the next waits until the voters can spare it', () => {
    const stages: Record<string, ServerStage> = { 'i-0b12': 'unhealthy', 'i-0b13': 'unhealthy' };
    expect(next({ stages })).toBe('wait ready i-0b12,i-0b13 3');
  });
});
