import { describe, expect, it } from 'vitest';
import { decide } from '../../../src/lib/engine/decide/decide.js';
import { sortForDrain } from '../../../src/lib/engine/decide/drain.js';
import { leaveTogether } from '../../../src/lib/engine/decide/leave-together.js';
import { updateMemoryWithAction, updateMemoryWithObservation } from '../../../src/lib/engine/decide/memory.js';
import { checkSafety } from '../../../src/lib/engine/safety/safety.js';
import { listProcessesToSuspend } from '../../../src/lib/engine/strategy/suspended-processes.js';
import { listDepartingInstances } from '../../../src/lib/model/action.js';
import type { Decision, DecisionInput } from '../../../src/lib/model/decision.js';
import type { Intent } from '../../../src/lib/model/intent.js';
import type { LeaveRequest } from '../../../src/lib/model/memory.js';
import type { Server, Side } from '../../../src/lib/model/server.js';
import { buildMidRoll, limits, type MidRollShape, summarizeDecision } from '../../helpers/intents.js';
import { buildInstanceId, buildPeerId, OBSERVED_AT_MS, type ServerStage } from '../../helpers/servers.js';

const allOf = (side: Side, size: number, stage: ServerStage) =>
  Object.fromEntries(Array.from({ length: size }, (_, n) => [buildInstanceId(side, n), stage]));

/** The servers that one step asks to leave; safety has nothing against it. */
function listAsked(input: DecisionInput): readonly string[] {
  const decision = decide(input);
  if (decision.kind !== 'act' || decision.step.action.kind !== 'leave') return [summarizeDecision(decision)];
  expect(checkSafety(input, decision.step.action)).toBeUndefined();
  return listDepartingInstances(decision.step.action);
}

/** A roll whose servers of this side have drained; a server of the other side leads. Forward, one old server has left. */
function drained(side: Side, size: number, shape: MidRollShape = {}, change: Partial<Intent> = {}): DecisionInput {
  const leader = side === 'old' ? size : 0;
  const stages = allOf(side, Math.max(size, shape[side] ?? size), 'deregistered');
  const desired = side === 'old' ? size + 1 : size;
  const original = { minSize: size, maxSize: size, desired, suspended: [] };
  return { ...buildMidRoll({ size, old: size, new: size, leader, stages, ...shape }, { original, ...change }), limits };
}

const unsure: LeaveRequest = { count: 0, lastRequestedAtMs: OBSERVED_AT_MS, isUncertain: true };

const asked = (...ids: string[]): Record<string, LeaveRequest> =>
  Object.fromEntries(ids.map((id) => [id, { count: 1, lastRequestedAtMs: OBSERVED_AT_MS - 1_000 }]));

describe('the servers that one step asks to leave', () => {
  it('are as many of a side as the voters can spare, in a rollback too', () => {
    expect(listAsked(drained('old', 5))).toEqual(['i-0a11', 'i-0a12', 'i-0a13']);
    expect(listAsked(drained('new', 5, {}, { direction: 'rollback' }))).toEqual(['i-0b11', 'i-0b12', 'i-0b13']);
    expect(listAsked(drained('old', 3))).toEqual(['i-0a11']);
  });

  it('have replacements, each one of its own', () => {
    expect(listAsked(drained('old', 7, { new: 2 }, { surge: 2 }))).toEqual(['i-0a11', 'i-0a12']);
  });

  it('leave in their order, those that are leaving already not among them', () => {
    const history = { leaveRequests: asked('i-0a11') };
    expect(listAsked(drained('old', 5, { history }))).toEqual(['i-0a12', 'i-0a13']);
    const full = { leaveRequests: asked('i-0a11', 'i-0a12', 'i-0a13') };
    expect(listAsked(drained('old', 5, { history: full }))).toEqual(['wait out-of-raft i-0a11']);
  });

  it('are not beside the leader, which leaves alone and last', () => {
    // Its transfer was tried, in vain.
    const history = { leadershipTransfers: { [buildPeerId('new', 0)]: OBSERVED_AT_MS - 600_000 } };
    expect(listAsked(drained('old', 5, { old: 3, leader: 0, history }))).toEqual(['i-0a12', 'i-0a13']);
    expect(listAsked(drained('old', 5, { old: 1, leader: 0, history }))).toEqual(['i-0a11']);
  });

  it('are asked in a step each where they are asked again', () => {
    const late = { count: 1, lastRequestedAtMs: OBSERVED_AT_MS - limits.leaveTimeoutMs - 1 };
    const history = { leaveRequests: { 'i-0a11': late, 'i-0a12': late } };
    expect(listAsked(drained('old', 5, { history }))).toEqual(['i-0a11']);
    const lost = { leaveRequests: { 'i-0a11': unsure, 'i-0a12': unsure, 'i-0a13': unsure } };
    expect(listAsked(drained('old', 5, { history: lost }))).toEqual(['i-0a11']);
  });

  it('are of different zones in place, as those before them count as gone', () => {
    const zones = ['eu-west-1a', 'eu-west-1a', 'eu-west-1b', 'eu-west-1b', 'eu-west-1c'];
    const { observation, memory } = drained('old', 5, { new: 2 });
    const servers = observation.servers.map((one, n) => ({ ...one, zone: zones[n] ?? 'eu-west-1c' }));
    const shared = { ...observation, servers, new: observation.old };
    const firstBeside = (...ids: string[]) => {
      const known = { observation: shared, memory: { ...memory, leaveRequests: asked(...ids) } };
      return sortForDrain(known, 'old').find(({ instanceId }) => !ids.includes(instanceId))?.zone;
    };
    expect([firstBeside(), firstBeside('i-0a11')]).toEqual(['eu-west-1a', 'eu-west-1b']);
  });
});

describe('the first old server of a roll', () => {
  const whole = { minSize: 5, maxSize: 5, desired: 5, suspended: [] };

  it('is asked alone: where it refuses, the roll rolls back', () => {
    const first = drained('old', 5, {}, { original: whole });
    expect(listAsked(first)).toEqual(['i-0a11']);
    const leaveRefusals = { 'i-0a11': { instanceId: 'i-0a11', message: 'Permission denied', remedy: '' } };
    const refused = { ...first, memory: { ...first.memory, leaveRefusals } };
    expect(listAsked(refused)).toEqual(['act start-rollback']);
  });

  it('is followed by the others as soon as it has agreed', () => {
    const history = { leaveRequests: asked('i-0a11') };
    expect(listAsked(drained('old', 5, { history }, { original: whole }))).toEqual(['i-0a12', 'i-0a13']);
  });

  it('is not a new one, which can be terminated where it refuses', () => {
    const change = { original: whole, direction: 'rollback' } as const;
    expect(listAsked(drained('new', 5, {}, change))).toHaveLength(3);
  });
});

describe('servers whose request was lost', () => {
  const lost = { leaveRequests: { 'i-0a11': unsure, 'i-0a12': unsure, 'i-0a13': unsure } };
  const stages = { ...allOf('old', 5, 'deregistered'), 'i-0b15': 'unhealthy' as const };
  const observed = (input: DecisionInput, afterMs: number): DecisionInput => {
    const observation = { ...input.observation, atMs: OBSERVED_AT_MS + afterMs };
    const memory = updateMemoryWithObservation({ observation, memory: input.memory }, limits, 0);
    return { ...input, observation, memory };
  };

  it('count no more once they would say that they are leaving: a new voter that has died can be replaced', () => {
    const input = drained('old', 5, { stages, history: lost });
    expect(Object.keys(observed(input, 6_000).memory.leaveRequests)).toHaveLength(3);
    expect(listAsked(observed(input, 12_000))).toEqual(['wait ready i-0b15 5']);
  });

  it('are asked again in one step where all voters stand', () => {
    expect(listAsked(observed(drained('old', 5, { history: lost }), 12_000))).toEqual(['i-0a11', 'i-0a12', 'i-0a13']);
  });

  it.each<[string, Partial<Server>, LeaveRequest]>([
    ['it does not answer', { agent: { kind: 'down', why: 'silent', detail: '' } }, unsure],
    ['it was asked before', {}, { ...unsure, count: 1 }],
    ['it was asked for certain', {}, { count: 1, lastRequestedAtMs: OBSERVED_AT_MS }],
  ])('count on where %s', (_why, change, request) => {
    const { observation, memory, ...rest } = drained('old', 5);
    const servers = observation.servers.map((one) => (one.instanceId === 'i-0a11' ? { ...one, ...change } : one));
    const leaveRequests = { 'i-0a11': request };
    const input = { ...rest, observation: { ...observation, servers }, memory: { ...memory, leaveRequests } };
    expect(observed(input, 12_000).memory.leaveRequests).toEqual(leaveRequests);
  });

  it('count on where they say that they are leaving', () => {
    const { observation, memory, ...rest } = drained('old', 5, { history: lost });
    const servers = observation.servers.map((one) =>
      one.agent.kind === 'up' ? { ...one, agent: { ...one.agent, isLeaving: true } } : one,
    );
    const input = { ...rest, observation: { ...observation, servers }, memory };
    expect(Object.keys(observed(input, 12_000).memory.leaveRequests)).toHaveLength(3);
  });
});

describe('servers beyond the size of a side', () => {
  /** Others have scaled the new group out by this many; all of them vote. */
  const scaled = (by: number, history: MidRollShape['history'] = {}): DecisionInput => {
    const stages = { ...allOf('new', 5 + by, 'deregistered'), ...allOf('new', 5, 'in-service') };
    const newGroup = { suspendedProcesses: [...listProcessesToSuspend(true), 'Launch'] };
    return { ...buildMidRoll({ size: 5, old: 5, new: 5 + by, leader: 0, stages, history, newGroup }), limits };
  };

  it('leave together, each named once', () => {
    for (const by of [1, 2, 3]) {
      const ids = listAsked(scaled(by));
      expect(ids).toEqual(['i-0b18', 'i-0b17', 'i-0b16'].slice(3 - by));
    }
  });

  it('are no more while those that leave are still counted', () => {
    expect(listAsked(scaled(3, { leaveRequests: asked('i-0b18', 'i-0b17') }))).toEqual(['i-0b16']);
    expect(listAsked(scaled(2, { leaveRequests: asked('i-0b17', 'i-0b16') }))).toEqual(['wait out-of-raft i-0b16']);
    expect(listAsked(scaled(1, { leaveRequests: asked('i-0b16') }))).toEqual(['wait out-of-raft i-0b16']);
  });

  it('are no more where others have asked one, which may be any', () => {
    const byHand = ({ observation, ...rest }: DecisionInput): DecisionInput => {
      const servers = observation.servers.map((one) =>
        one.instanceId === 'i-0b11' && one.agent.kind === 'up'
          ? { ...one, agent: { ...one.agent, isLeaving: true } }
          : one,
      );
      return { ...rest, observation: { ...observation, servers } };
    };
    expect(listAsked(byHand(scaled(1)))).toEqual(['wait out-of-raft i-0b11']);
    expect(listAsked(byHand(scaled(2)))).toEqual(['i-0b17']);
  });

  it.each<[string, LeaveRequest]>([
    ['its request was lost', unsure],
    ['it did not leave in time', { count: 1, lastRequestedAtMs: OBSERVED_AT_MS - limits.leaveTimeoutMs - 1 }],
    ['it was restarted', { count: 1, lastRequestedAtMs: OBSERVED_AT_MS - 1_000, crashedMeanwhile: true }],
  ])('in a rollback: the one that was asked is asked again, and no other, where %s', (_why, request) => {
    const roll = (leaveRequests: Record<string, LeaveRequest>): DecisionInput => {
      const oldGroup = { suspendedProcesses: [...listProcessesToSuspend(true), 'Launch'] };
      const shape = { size: 3, old: 5, new: 1, leader: 0, oldGroup, history: { leaveRequests } };
      const stages = { ...allOf('old', 5, 'deregistered'), ...allOf('old', 3, 'in-service') };
      return { ...buildMidRoll({ ...shape, stages }, { direction: 'rollback' }), limits };
    };
    const [first = '', ...others] = listAsked(roll({}));
    expect(others).toEqual([]);
    expect(listAsked(roll({ [first]: request }))).toEqual([first]);
  });
});

describe('leaveTogether', () => {
  it.each(['i-0a11', 'i-0gone', undefined])('ends where the same server is decided again and again: %s', (named) => {
    const servers = named === undefined ? [] : [{ instanceId: named, address: '127.1.1.11' }];
    const reason = { kind: 'drained', side: 'old', remaining: 5 } as const;
    const step = { phase: 'drain', action: { kind: 'leave', servers }, reason, margin: undefined } as const;
    let asked = 0;
    const again = leaveTogether(drained('old', 5), () => {
      asked += 1;
      return asked > 9 ? { kind: 'done', outcome: 'rolled' } : { kind: 'act', step };
    });
    expect([again, asked < 9]).toEqual([{ kind: 'act', step }, true]);
  });

  it('shows each decision those before it as leaving', () => {
    const input = drained('old', 5);
    const seen: string[][] = [];
    leaveTogether(input, (known): Decision => {
      seen.push(Object.keys(known.memory.leaveRequests));
      const next = ['i-0a11', 'i-0a12'][seen.length - 1];
      if (next === undefined) return { kind: 'done', outcome: 'rolled' };
      const action = { kind: 'leave', servers: [{ instanceId: next, address: '127.1.1.11' }] } as const;
      const reason = { kind: 'drained', side: 'old', remaining: 5 } as const;
      return { kind: 'act', step: { phase: 'drain', action, reason, margin: undefined } };
    });
    expect(seen).toEqual([[], ['i-0a11'], ['i-0a11', 'i-0a12']]);
  });
});

describe('an unlucky order of failures', () => {
  /** Healthy voters without these, and the quorum. */
  const votes = ({ observation }: DecisionInput, ...dead: readonly string[]) => {
    const voters = observation.raft?.peers.filter(({ voter }) => voter) ?? [];
    return {
      alive: voters.filter(({ node }) => !dead.includes(node)).length,
      quorum: Math.floor(voters.length / 2) + 1,
    };
  };

  it('leaves a quorum where all that are asked die, and another server with them', () => {
    for (const size of [3, 4, 5, 6, 7]) {
      const input = drained('old', size);
      const { alive, quorum } = votes(input, ...listAsked(input), buildInstanceId('new', 0));
      expect(alive, String(size)).toBeGreaterThanOrEqual(quorum);
    }
  });

  it('counts those whose request was lost: no other is asked in their place', () => {
    const input = drained('old', 5);
    const leaveRequests = { ...asked('i-0a11', 'i-0a13'), 'i-0a12': unsure };
    const next = { ...input, memory: { ...input.memory, leaveRequests } };
    expect(listAsked(next)).toEqual(['i-0a12']);
  });

  it('asks fewer where a server has died since the last step', () => {
    const stages = { ...allOf('new', 5, 'deregistered'), 'i-0a15': 'unhealthy' as const };
    expect(listAsked(drained('new', 5, { stages }, { direction: 'rollback' }))).toEqual(['i-0b11', 'i-0b12']);
  });

  it('is refused as a whole where a server has died since the decision', () => {
    const input = drained('old', 5);
    const decision = decide(input);
    const after = drained('old', 5, { stages: { ...allOf('old', 5, 'deregistered'), 'i-0b15': 'unhealthy' } });
    expect(decision.kind === 'act' && checkSafety(after, decision.step.action)?.kind).toBe('membership-change-pending');
  });

  it('asks none of those that an ended process has asked, as far as they say so, and no more beside them', () => {
    const input = drained('old', 5);
    const servers = input.observation.servers.map((one) =>
      ['i-0a11', 'i-0a12'].includes(one.instanceId) && one.agent.kind === 'up'
        ? { ...one, agent: { ...one.agent, isLeaving: true } }
        : one,
    );
    expect(listAsked({ ...input, observation: { ...input.observation, servers } })).toEqual(['i-0a13']);
  });

  it('is never worse step by step: whichever of them leaves first, a quorum and one more stay', () => {
    for (const first of ['i-0a11', 'i-0a12', 'i-0a13']) {
      const input = drained('old', 5);
      const decision = decide(input);
      if (decision.kind !== 'act') throw new Error('no step');
      const memory = updateMemoryWithAction(input, decision.step.action);
      const servers = input.observation.servers.map((one) =>
        one.instanceId === first ? { ...one, peer: undefined } : one,
      );
      const { raft } = input.observation;
      const peers = raft?.peers.filter(({ node }) => node !== first) ?? [];
      const observation = { ...input.observation, servers, raft: raft && { ...raft, peers } };
      const left = { ...memory.leaveRequests, [first]: { count: 1, lastRequestedAtMs: OBSERVED_AT_MS, hasLeft: true } };
      const after = { ...input, observation, memory: { ...memory, leaveRequests: left } };
      const inFlight = ['i-0a11', 'i-0a12', 'i-0a13'].filter((id) => id !== first);
      const { alive, quorum } = votes(after, ...inFlight, ...listAsked(after), 'i-0b11');
      expect(alive).toBeGreaterThanOrEqual(quorum);
    }
  });
});
