import { describe, expect, it } from 'vitest';
import { decide } from '../../../src/lib/engine/decide/decide.js';
import { sortForDrain } from '../../../src/lib/engine/decide/drain.js';
import type { Intent } from '../../../src/lib/model/intent.js';
import { EMPTY_MEMORY } from '../../../src/lib/model/memory.js';
import type { AgentDown, Peer, Server } from '../../../src/lib/model/server.js';
import { buildMidRoll, limits, type MidRollShape, summarizeDecision } from '../../helpers/intents.js';
import { buildObservation } from '../../helpers/observations.js';
import { buildPeerId, OBSERVED_AT_MS, type ServerStage } from '../../helpers/servers.js';

interface Case extends MidRollShape {
  /** Changes to single servers, by instance id. */
  readonly servers?: Readonly<Record<string, Partial<Server>>>;
}

/** The decision with a whole new group beside the old one. */
function next({ servers = {}, ...shape }: Case, change: Partial<Intent> = {}): string {
  const { observation, memory, intent } = buildMidRoll({ size: 3, old: 3, new: 3, ...shape }, change);
  const seen = observation.servers.map((one) => ({ ...one, ...servers[one.instanceId] }));
  return summarizeDecision(decide({ observation: { ...observation, servers: seen }, memory, intent, limits }));
}

const asked = (id: string, agoMs = 1000, count = 1) => ({
  leaveRequests: { [id]: { count, lastRequestedAtMs: OBSERVED_AT_MS - agoMs } },
});
const withOrphanStreak = (count: number) => ({ orphanStreaks: { 'orphan-peer': count } });
const silent: AgentDown = { kind: 'down', why: 'silent', detail: 'no answer in time' };
const refused: AgentDown = { kind: 'down', why: 'refused', detail: 'nothing listens' };

describe('sortForDrain', () => {
  it.each<[string, Record<string, ServerStage>, number, string]>([
    ['oldest first', {}, 9, '1 2 3 4 5'],
    ['the leader last', {}, 0, '2 3 4 5 1'],
    ['non-voters first', { 'i-0a14': 'joined' }, 0, '4 2 3 5 1'],
    ['then unhealthy ones', { 'i-0a15': 'unhealthy', 'i-0a13': 'joined' }, 0, '3 5 2 4 1'],
    [
      'a server that is already leaving before all others',
      { 'i-0a14': 'deregistered', 'i-0a13': 'unhealthy' },
      0,
      '4 3 2 5 1',
    ],
    ['a server that still drains', { 'i-0a14': 'draining', 'i-0a13': 'unhealthy' }, 0, '4 3 2 5 1'],
    ['the leader last, even if it is already leaving', { 'i-0a11': 'deregistered' }, 0, '2 3 4 5 1'],
    ['members only', { 'i-0a12': 'left', 'i-0a13': 'terminating', 'i-0a14': 'booting' }, 0, '5 1'],
  ])('takes %s', (_case, stages, leader, order) => {
    const observation = buildObservation({ old: 5, new: 5, stages, leader });
    const seen = sortForDrain({ observation, memory: EMPTY_MEMORY }, 'old');
    expect(seen.map((server) => server.instanceId.slice(-1)).join(' ')).toBe(order);
  });
});

describe('the zones of a new group that is smaller than the old one', () => {
  it.each(['eu-west-1a', 'eu-west-1b', 'eu-west-1c'])('keep a server in service each: a new one is in %s', (zone) => {
    const { observation, memory } = buildMidRoll({ size: 3, old: 3, new: 1, leader: 3 });
    const servers = observation.servers.map((one) => (one.side === 'new' ? { ...one, zone } : one));
    const [first] = sortForDrain({ observation: { ...observation, servers }, memory }, 'old');
    expect(first?.zone).toBe(zone);
  });
});

describe('a dead server', () => {
  it('is removed before a leaving one, so that the voters can spare that one', () => {
    const dead: Case = { stages: { 'i-0a12': 'deregistered', 'i-0a13': 'unhealthy' } };
    const silence = { servers: { 'i-0a13': { agent: silent } }, history: { silentStreaks: { 'i-0a13': 3 } } };
    expect(next({ ...dead, ...silence })).toBe('act terminate i-0a13');
    expect(next(dead)).toBe('act deregister i-0a13,i-0a11');
  });
});

describe('old servers that were asked to leave and are in Raft again', () => {
  const leaves = {
    'i-0a12': { count: 2, lastRequestedAtMs: OBSERVED_AT_MS - 61_000, hasLeft: true },
    'i-0a13': { count: 1, lastRequestedAtMs: OBSERVED_AT_MS - 61_000, hasLeft: true },
  };

  it('stop the roll: something restarts their agents', () => {
    expect(next({ history: { leaveRequests: leaves } })).toBe('stop stopped: rejoined');
    const inRaft = { ...leaves['i-0a12'], hasLeft: false };
    expect(next({ history: { leaveRequests: { 'i-0a12': inRaft } } })).toBe('act leave i-0a12');
  });
});

describe('a quorum without margin', () => {
  const unhealthy: Case = {
    leader: 3,
    stages: { 'i-0a11': 'unhealthy', 'i-0a12': 'unhealthy', 'i-0a13': 'unhealthy' },
  };
  const waited = { history: { currentWait: { key: 'healthy', sinceMs: OBSERVED_AT_MS - 600_001 } } };

  // failure-mode: voters-too-ill
  it('is waited for, and stops the roll if it stays so', () => {
    expect(next(unhealthy)).toBe('wait healthy');
    expect(next({ ...unhealthy, ...waited })).toBe('stop quorum-at-risk: timed-out');
  });
});

const allOld = (stage: ServerStage) => ({
  'i-0a11': stage,
  'i-0a12': stage,
  'i-0a13': stage,
  'i-0a14': stage,
  'i-0a15': stage,
});

describe('old servers that leave side by side', () => {
  const drained = (size: number) => ({
    size,
    old: size,
    new: size,
    stages: Object.fromEntries(Array.from({ length: size }, (_, n) => [`i-0a1${n + 1}`, 'deregistered' as const])),
  });
  const askedAll = (...ids: string[]) => ({
    history: { leaveRequests: Object.fromEntries(ids.flatMap((id) => Object.entries(asked(id).leaveRequests))) },
  });

  it.each<[string, Case, string]>([
    ['one alone first', drained(5), 'act leave i-0a12'],
    ['two more', { ...drained(5), ...askedAll('i-0a12') }, 'act leave i-0a13,i-0a14'],
    ['one more', { ...drained(5), ...askedAll('i-0a12', 'i-0a13') }, 'act leave i-0a14'],
    [
      'not four: were they to die, no other could fail',
      { ...drained(5), ...askedAll('i-0a12', 'i-0a13', 'i-0a14') },
      'wait out-of-raft i-0a12',
    ],
    [
      'not the leader',
      {
        ...drained(5),
        stages: { ...drained(5).stages, 'i-0a12': 'left', 'i-0a13': 'left', 'i-0a14': 'left' },
        ...askedAll('i-0a15'),
      },
      'wait out-of-raft i-0a15',
    ],
    ['not two of three', { ...drained(3), ...askedAll('i-0a12') }, 'wait out-of-raft i-0a12'],
    [
      'not two while others are ill',
      {
        ...drained(5),
        stages: { ...drained(5).stages, 'i-0b12': 'unhealthy', 'i-0b13': 'unhealthy' },
        ...askedAll('i-0a12'),
      },
      'wait out-of-raft i-0a12',
    ],
  ])('are %s', (_case, shape, expected) => {
    expect(next(shape)).toBe(expected);
  });
});

describe('one departing old server', () => {
  it.each<[string, Case, string]>([
    ['in service: all are deregistered at once', {}, 'act deregister i-0a12,i-0a13,i-0a11'],
    ['draining: the next one drains beside it', { stages: { 'i-0a12': 'draining' } }, 'act deregister i-0a13,i-0a11'],
    ['draining, as all do', { stages: allOld('draining') }, 'wait drained i-0a12'],
    [
      'drained, while others drain',
      { stages: { ...allOld('draining'), 'i-0a12': 'deregistered' } },
      'act leave i-0a12',
    ],
    ['asked to leave', { stages: { 'i-0a12': 'deregistered' }, history: asked('i-0a12') }, 'wait out-of-raft i-0a12'],
    [
      'out of Raft while the next one may leave',
      { stages: { 'i-0a12': 'left' }, history: asked('i-0a12') },
      'act deregister i-0a13,i-0a11',
    ],
    [
      'out of Raft, and all others too',
      { leader: 3, stages: { 'i-0a11': 'left', 'i-0a12': 'left', 'i-0a13': 'left' }, history: asked('i-0a11') },
      'wait agent-down i-0a12',
    ],
    ['out of Raft, and the next one too', { stages: { 'i-0a12': 'left', 'i-0a13': 'left' } }, 'act deregister i-0a11'],
    [
      'down in three checks',
      { stages: { 'i-0a12': 'left', 'i-0a13': 'left' }, history: { downStreaks: { 'i-0a12': 3 } } },
      'act terminate i-0a12',
    ],
    [
      'down in two checks',
      { stages: { 'i-0a12': 'left', 'i-0a13': 'left' }, history: { downStreaks: { 'i-0a12': 2 } } },
      'act deregister i-0a11',
    ],
    ['being terminated', { stages: { 'i-0a12': 'terminating' } }, 'act deregister i-0a13,i-0a11'],
    [
      'left long after the request',
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

  it('is waited for until AWS has terminated it', () => {
    const stages: Record<string, ServerStage> = {
      'i-0a11': 'terminating',
      'i-0a12': 'terminating',
      'i-0a13': 'terminating',
    };
    expect(next({ stages, leader: 3 })).toBe('wait terminated i-0a11');
  });

  it('makes room for the next new server with a small surge', () => {
    const one: Case = { new: 1, oldGroup: { minSize: 0, desired: 2 } };
    const left: Case = { new: 1, stages: { 'i-0a12': 'left' }, history: { downStreaks: { 'i-0a12': 3 } } };
    expect(next(left, { surge: 1 })).toBe('act terminate i-0a12');
    expect(next({ ...one, stages: { 'i-0a12': 'terminating' } }, { surge: 1 })).toBe('wait terminated i-0a12');
    expect(next({ ...one, old: 2 }, { surge: 1 })).toBe('act scale-out consul-7f3a 2');
  });
});

describe('the leader as the last old server', () => {
  const last: Case = { old: 1, stages: { 'i-0a11': 'deregistered' } };
  const version = (text: string) => {
    const [leader] = buildObservation({ old: 1, new: 3 }).servers;
    if (leader?.agent.kind !== 'up') throw new Error('it is up');
    const agent = { ...leader.agent, sentinel: '7f3a', version: text };
    return { 'i-0a11': { agent } };
  };

  it.each<[string, Case, string]>([
    ['transfers leadership from 1.15 on', last, 'act transfer-leadership i-0b11'],
    ['transfers leadership on 1.15.0', { ...last, servers: version('1.15.0') }, 'act transfer-leadership i-0b11'],
    ['leaves without a transfer before 1.15', { ...last, servers: version('1.14.9') }, 'act leave i-0a11'],
    [
      'is given time to transfer',
      { ...last, history: { leadershipTransfers: { [buildPeerId('new', 0)]: OBSERVED_AT_MS - 15_000 } } },
      'wait leadership i-0b11',
    ],
    [
      'leaves when the transfer did not happen',
      { ...last, history: { leadershipTransfers: { [buildPeerId('new', 0)]: OBSERVED_AT_MS - 15_001 } } },
      'act leave i-0a11',
    ],
    ['leaves once there is a new leader', { ...last, leader: 1 }, 'act leave i-0a11'],
  ])('%s', (_case, shape, expected) => {
    expect(next(shape)).toBe(expected);
  });
});

// failure-mode: never-answered
// failure-mode: crash-loop
describe('a new server that votes and does not answer from here', () => {
  const ID = 'i-0b11';
  const base: Case = { new: 1, stages: { [ID]: 'deregistered' }, servers: { [ID]: { agent: refused } } };
  const late = { key: `agent-reachable ${ID}`, sinceMs: OBSERVED_AT_MS - limits.leaveTimeoutMs - 60_001 };
  const never = { silentStreaks: { [ID]: 9 }, agentRuns: { [ID]: { isUp: false, crashes: 0 } } };

  it.each<[string, Case, string]>([
    ['is waited for at first', { ...base, history: never }, `wait agent-reachable ${ID}`],
    [
      'is terminated alone then, if it never answered',
      { ...base, history: { ...never, currentWait: late } },
      `act terminate ${ID}`,
    ],
    [
      'is terminated alone too, if its agent has ended since it answered',
      { ...base, history: { ...never, agentRuns: { [ID]: { isUp: false, crashes: 1 } }, currentWait: late } },
      `act terminate ${ID}`,
    ],
    [
      'is left to the operator if it has answered before, and its agent may run',
      { ...base, history: { ...never, agentRuns: { [ID]: { isUp: true, crashes: 0 } }, currentWait: late } },
      'stop stopped: timed-out',
    ],
    [
      'is left to the operator if this process has seen too little of it',
      { ...base, history: { silentStreaks: { [ID]: 1 }, agentRuns: never.agentRuns, currentWait: late } },
      'stop stopped: timed-out',
    ],
  ])('%s', (_case, shape, expected) => {
    expect(next(shape, { direction: 'rollback' })).toBe(expected);
  });
});

describe('an old server that does not answer', () => {
  const dead: Case = { stages: { 'i-0a13': 'unhealthy' }, servers: { 'i-0a13': { agent: silent } } };

  it.each<[string, Case, string]>([
    ['is waited for at first', dead, 'wait agent-reachable i-0a13'],
    [
      'is terminated alone once it is down for every server',
      { ...dead, history: { silentStreaks: { 'i-0a13': 3 } } },
      'act terminate i-0a13',
    ],
    [
      'is waited for while autopilot finds it healthy',
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
      { orphanPeers: [orphan], history: withOrphanStreak(3) },
      'act remove-peer i-0dead',
    ],
    [
      'is not removed by a leader without the sentinel of the roll',
      { orphanPeers: [orphan], history: withOrphanStreak(3), sentinel: undefined },
      'wait sentinel',
    ],
    [
      'is not removed after too few unhealthy checks',
      { orphanPeers: [orphan], history: withOrphanStreak(2) },
      'act deregister i-0a12,i-0a13,i-0a11',
    ],
    [
      'is not removed while it is healthy',
      { orphanPeers: [{ ...orphan, healthy: true }] },
      'act deregister i-0a12,i-0a13,i-0a11',
    ],
    [
      'is not removed while another server leaves',
      { orphanPeers: [orphan], history: { ...withOrphanStreak(3), ...asked('i-0a12') } },
      'wait out-of-raft i-0a12',
    ],
  ])('%s', (_case, shape, expected) => {
    expect(next(shape)).toBe(expected);
  });

  it('does not block the others: the next one leaves when the voters can spare it', () => {
    const stages: Record<string, ServerStage> = { 'i-0b12': 'unhealthy', 'i-0b13': 'unhealthy' };
    expect(next({ stages })).toBe('wait ready i-0b12,i-0b13 3');
  });
});
