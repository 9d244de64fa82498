import { describe, expect, it } from 'vitest';
import { decide } from '../../../src/lib/engine/decide/decide.js';
import { checkSafety } from '../../../src/lib/engine/safety/safety.js';
import { type Action, listDepartingInstances } from '../../../src/lib/model/action.js';
import type { Intent } from '../../../src/lib/model/intent.js';
import type { LeaveRequest } from '../../../src/lib/model/memory.js';
import type { AgentDown, Peer, Side } from '../../../src/lib/model/server.js';
import { buildMidRoll, limits, type MidRollShape, summarizeDecision } from '../../helpers/intents.js';
import { buildInstanceId, OBSERVED_AT_MS, type ServerStage } from '../../helpers/servers.js';

const gone: AgentDown = { kind: 'down', why: 'refused', detail: 'nothing listens' };

interface Case extends MidRollShape {
  /** Their agents have ended before they left, and autopilot knows. */
  readonly dead?: readonly string[];
  /** They say themselves that they are leaving. */
  readonly leaving?: readonly string[];
  /** Changes to the Raft peers of single servers. */
  readonly peers?: Readonly<Record<string, Partial<Peer>>>;
}

function build({ dead = [], leaving = [], peers = {}, ...shape }: Case, change: Partial<Intent> = {}) {
  const roll = buildMidRoll(shape, change);
  const changeOf = (id: string) => ({ ...peers[id], ...(dead.includes(id) && { healthy: false }) });
  const servers = roll.observation.servers.map((one) => ({
    ...one,
    agent: dead.includes(one.instanceId)
      ? gone
      : { ...one.agent, ...(leaving.includes(one.instanceId) && { isLeaving: true }) },
    peer: one.peer && { ...one.peer, ...changeOf(one.instanceId) },
  }));
  const { raft } = roll.observation;
  const seen = raft && { ...raft, peers: raft.peers.map((peer) => ({ ...peer, ...changeOf(peer.node) })) };
  return { ...roll, observation: { ...roll.observation, servers, raft: seen } };
}

/** The decision, and what safety says of it. */
function next(shape: Case, change: Partial<Intent> = {}): string {
  const roll = build(shape, change);
  const decision = decide({ ...roll, limits });
  const refusal = decision.kind === 'act' ? checkSafety(roll, decision.step.action) : undefined;
  return [summarizeDecision(decision), refusal?.kind].filter(Boolean).join(', refused: ');
}

const allOf = (side: Side, size: number, stage: ServerStage) =>
  Object.fromEntries(Array.from({ length: size }, (_, n) => [buildInstanceId(side, n), stage]));

/** As many new servers as old ones, of which a new one leads, and no old one takes traffic any more. */
const drained = (size: number): MidRollShape => ({
  size,
  old: size,
  new: size,
  leader: size,
  stages: allOf('old', size, 'deregistered'),
});

const asked = (agoMs: number, ...ids: string[]): Record<string, LeaveRequest> =>
  Object.fromEntries(ids.map((id) => [id, { count: 1, lastRequestedAtMs: OBSERVED_AT_MS - agoMs }]));

const LATE_MS = limits.leaveTimeoutMs + 1;
const silentFor = (...ids: string[]) => Object.fromEntries(ids.map((id) => [id, limits.successThreshold]));

describe('the most that leave at once', () => {
  it.each([
    [2, 1],
    [3, 1],
    [4, 2],
    [5, 3],
    [6, 4],
    [7, 5],
    [9, 7],
  ])('of %i servers beside as many new ones is %i: a quorum and one more would stand without them', (size, most) => {
    const ids: string[] = [];
    for (;;) {
      const shape = { ...drained(size), history: { leaveRequests: asked(1000, ...ids) } };
      const decision = decide({ ...build(shape), limits });
      if (decision.kind !== 'act' || decision.step.action.kind !== 'leave') break;
      expect(checkSafety(build(shape), decision.step.action)).toBeUndefined();
      ids.push(...listDepartingInstances(decision.step.action));
    }
    expect(ids).toHaveLength(most);
    // Beside as many new ones, of 2 * size voters.
    expect(2 * size - most).toBeGreaterThanOrEqual(most === 1 ? size + 1 : size + 2);
  });

  it('counts one without a vote too: autopilot may give it one until it notices', () => {
    const shape = { ...drained(4), history: { leaveRequests: asked(1000, 'i-0a11') } };
    expect(next(shape)).toBe('act leave i-0a12');
    const nonVoter = { peers: { 'i-0a11': { voter: false } } };
    // Of seven voters, and eight once it has its vote, five would stand after two more.
    expect(next({ ...shape, ...nonVoter })).toBe('act leave i-0a12');
    const two = { ...shape, history: { leaveRequests: asked(1000, 'i-0a11', 'i-0a12') } };
    expect(next({ ...two, ...nonVoter })).toBe('wait out-of-raft i-0a11');
  });
});

describe('servers that end before they have left', () => {
  const three = ['i-0a12', 'i-0a13', 'i-0a14'];
  const late = { leaveRequests: asked(LATE_MS, ...three), silentStreaks: silentFor(...three) };

  // failure-mode: dies-in-leave
  it('are terminated one after another, although Raft still has the others', () => {
    expect(next({ ...drained(5), dead: three, history: late })).toBe('act terminate i-0a12');
    const stages = { ...drained(5).stages, 'i-0a12': 'terminating' as const };
    expect(next({ ...drained(5), stages, dead: three.slice(1), history: late })).toBe('act terminate i-0a13');
  });

  it('are removed from Raft once their instances are gone, although Raft still has the others', () => {
    const orphan = { id: 'raft-gone', node: 'i-0gone', address: '127.1.9.9:8300', leader: false, voter: true };
    const shape = { ...drained(5), dead: three.slice(1), orphanPeers: [{ ...orphan, healthy: false }] };
    const remove: Action = { kind: 'remove-peer', peerId: 'raft-gone', node: 'i-0gone' };
    const others = { leaveRequests: asked(LATE_MS, 'i-0a13', 'i-0a14') };
    expect(checkSafety(build({ ...shape, history: others }), remove)).toBeUndefined();
    expect(checkSafety(build({ ...shape, history: late }), remove)?.kind).toBe('membership-change-pending');
  });

  it('are terminated beside one that is still leaving only where the others could do without both', () => {
    const leaveRequests = { ...asked(LATE_MS, 'i-0a12'), ...asked(1000, 'i-0a13') };
    const history = { leaveRequests, silentStreaks: silentFor('i-0a12') };
    expect(next({ ...drained(4), dead: ['i-0a12'], history })).toBe('act terminate i-0a12');
    expect(next({ ...drained(3), dead: ['i-0a12'], history })).toBe('wait out-of-raft i-0a13');
    const terminate: Action = { kind: 'terminate', instanceId: 'i-0a12' };
    const refused = checkSafety(build({ ...drained(3), dead: ['i-0a12'], history }), terminate);
    expect(refused).toEqual({ kind: 'membership-change-pending', node: 'i-0a13' });
  });

  it('are terminated in a rollback too where several ignore three requests', () => {
    const stages = { ...allOf('new', 5, 'deregistered') };
    const count = 3;
    const leaveRequests = Object.fromEntries(
      ['i-0b12', 'i-0b13'].map((id) => [id, { count, lastRequestedAtMs: OBSERVED_AT_MS - LATE_MS }]),
    );
    const shape = { size: 5, old: 5, new: 5, stages, history: { leaveRequests } };
    expect(next(shape, { direction: 'rollback' })).toBe('act terminate i-0b12');
  });
});

describe('servers that Raft has again', () => {
  const left = { count: 1, lastRequestedAtMs: OBSERVED_AT_MS - 1000, hasLeft: true };
  const history = { leaveRequests: { 'i-0a12': left, 'i-0a13': left } };

  it('stop the roll only where their agents run: a new leader may take in one again that is gone', () => {
    expect(next({ ...drained(5), history })).toBe('stop stopped: rejoined');
    expect(next({ ...drained(5), dead: ['i-0a12', 'i-0a13'], history })).toBe('wait agent-reachable i-0a12');
    expect(next({ ...drained(5), leaving: ['i-0a12', 'i-0a13'], history })).toBe('act leave i-0a11');
  });
});

// failure-mode: left-by-hand
describe('servers that others have asked to leave: an earlier process, or an operator', () => {
  it('count as dead like those that this process has asked', () => {
    const two = ['i-0a12', 'i-0a13'];
    expect(next({ ...drained(5), leaving: two })).toBe('act leave i-0a11');
    expect(next({ ...drained(5), leaving: [...two, 'i-0a14'] })).toBe('wait out-of-raft i-0a12');
  });

  it('are not asked again before the limit of a leave', () => {
    const alone = { ...drained(3), leaving: ['i-0a11'] };
    expect(next(alone)).toBe('wait out-of-raft i-0a11');
    const currentWait = { key: 'out-of-raft i-0a11', sinceMs: OBSERVED_AT_MS - LATE_MS };
    expect(next({ ...alone, history: { currentWait } })).toBe('act leave i-0a11');
  });

  it('replace no old server, are not given leadership, and stop its transfer', () => {
    expect(next({ ...drained(3), leaving: ['i-0b12'] })).toBe('wait out-of-raft i-0b12');
    const transfer: Action = { kind: 'transfer-leadership', to: 'i-0b13', peerId: 'raft-i-0b13' };
    const roll = build({ ...drained(3), leader: 0, leaving: ['i-0b12'] });
    expect(checkSafety(roll, transfer)).toEqual({ kind: 'membership-change-pending', node: 'i-0b12' });
    const deregister: Action = { kind: 'deregister', instanceIds: ['i-0a11'], balancers: ['consul-lb'] };
    const last = build({ size: 3, old: 1, new: 3, leader: 1, leaving: ['i-0b12'] });
    expect(checkSafety(last, deregister)).toEqual({ kind: 'too-few-replacements', ready: 2, needed: 3 });
  });

  it('do not lead the others away: while one of them leads, nothing else changes', () => {
    expect(next({ ...drained(5), leader: 1, leaving: ['i-0a12'] })).toBe('wait out-of-raft i-0a12');
  });

  it('are waited for in a rollback before anything is launched', () => {
    const leaving = ['i-0a12', 'i-0a13', 'i-0a14'];
    expect(next({ ...drained(5), leaving }, { direction: 'rollback' })).toBe('wait out-of-raft i-0a12');
  });
});

describe('a request to leave of which is not known whether it has arrived', () => {
  const request = { count: 0, lastRequestedAtMs: OBSERVED_AT_MS, isUncertain: true };
  const history = { leaveRequests: { 'i-0a13': request } };

  it('is made again at once', () => {
    expect(next({ ...drained(5), history })).toBe('act leave i-0a13');
  });

  it('counts as in flight: no leadership is transferred, and no more leave beside it', () => {
    const transfer: Action = { kind: 'transfer-leadership', to: 'i-0b13', peerId: 'raft-i-0b13' };
    expect(checkSafety(build({ ...drained(5), history }), transfer)?.kind).toBe('membership-change-pending');
    const leave: Action = { kind: 'leave', servers: [{ instanceId: 'i-0a12', address: '127.1.1.12' }] };
    expect(checkSafety(build({ ...drained(3), history }), leave)?.kind).toBe('membership-change-pending');
  });
});
