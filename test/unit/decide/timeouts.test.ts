import { describe, expect, it } from 'vitest';
import { decide } from '../../../src/lib/engine/decide/decide.js';
import { updateMemoryWithDecision, updateMemoryWithObservation } from '../../../src/lib/engine/decide/memory.js';
import type { Decision } from '../../../src/lib/model/decision.js';
import type { Intent } from '../../../src/lib/model/intent.js';
import type { Memory } from '../../../src/lib/model/memory.js';
import type { Observation } from '../../../src/lib/model/observation.js';
import type { Server } from '../../../src/lib/model/server.js';
import { listRemedies } from '../../../src/lib/output/text/remedies.js';
import { describeStopReason } from '../../../src/lib/output/text/stop-reasons.js';
import { buildMidRoll, limits, type MidRollShape, summarizeDecision } from '../../helpers/intents.js';
import { OBSERVED_AT_MS } from '../../helpers/servers.js';

const HOUR_MS = 3_600_000;

/** The decision after a wait of one hour. */
function overdue(hourOf: string, shape: MidRollShape, change: Partial<Intent> = {}): Decision {
  const history = { ...shape.history, currentWait: { key: hourOf, sinceMs: OBSERVED_AT_MS - HOUR_MS } };
  const { observation, memory, intent } = buildMidRoll({ size: 3, old: 3, ...shape, history }, change);
  return decide({ observation, memory, intent, limits });
}

/** The same roll, with its new servers launched this long ago. */
function launched(observation: Observation, agoMs: number): Observation {
  const aged = (server: Server) =>
    server.side === 'new' ? { ...server, launchedAtMs: OBSERVED_AT_MS - agoMs } : server;
  return { ...observation, servers: observation.servers.map(aged) };
}

describe('a leader that refuses the token', () => {
  // failure-mode: leader-denies-token
  it.each(['forward', 'rollback'] as const)('is named with what to do, %s', (direction) => {
    const { observation, memory, intent } = buildMidRoll({ size: 3, old: 3, new: 1, leader: 3 }, { direction });
    const servers = observation.servers.map((one): Server => {
      if (one.instanceId !== 'i-0b11' || one.agent.kind !== 'up') return one;
      const { leader, peers } = one.agent;
      return { ...one, agent: { kind: 'down', why: 'denied', detail: 'Permission denied', leader, peers } };
    });
    const currentWait = { key: 'leadership', sinceMs: OBSERVED_AT_MS - HOUR_MS };
    const denied = { ...observation, servers, raft: undefined };
    const decided = decide({ observation: denied, memory: { ...memory, currentWait }, intent, limits });
    const causes = [{ kind: 'leader-refuses-token', instanceId: 'i-0b11' }];
    expect(decided).toMatchObject({ kind: 'stop', outcome: 'stopped', reason: { kind: 'timed-out', causes } });
    if (decided.kind !== 'stop') return;
    expect(describeStopReason(decided.reason)).toContain('i-0b11 leads, and refuses the ACL token');
    expect(listRemedies(decided.reason).join()).toContain('stop Consul on i-0b11');
  });
});

describe('a leader that does not answer this process, and that all others follow', () => {
  // failure-mode: new-leader-silent
  it.each([
    ['a new server: the cluster works', 3, 'stopped'],
    ['an old server', 0, 'quorum-at-risk'],
  ] as const)('%s', (_case, leader, outcome) => {
    const { observation, memory, intent } = buildMidRoll({ size: 3, old: 3, new: 1, leader });
    const address = observation.servers[leader]?.address;
    const servers = observation.servers.map((one): Server => {
      const silent = { kind: 'down', why: 'silent', detail: 'no answer in time' } as const;
      return one.address === address ? { ...one, agent: silent } : one;
    });
    const currentWait = { key: 'leadership', sinceMs: OBSERVED_AT_MS - HOUR_MS };
    const seen = { ...observation, servers, raft: undefined };
    const decided = decide({ observation: seen, memory: { ...memory, currentWait }, intent, limits });
    const causes = [{ kind: 'silent-leader', leader: address }];
    expect(decided).toMatchObject({ kind: 'stop', outcome, reason: { kind: 'timed-out', causes } });
  });
});

describe('the health timeout of new servers', () => {
  it('starts a rollback while every old server is a member', () => {
    const decision = overdue('ready 1', { new: 1, stages: { 'i-0b11': 'joined' } });
    expect(decision).toMatchObject({
      step: {
        phase: 'rollback',
        action: {
          kind: 'start-rollback',
          groups: ['consul', 'consul-7f3a'],
          reason: {
            kind: 'timed-out',
            waitedFor: { kind: 'ready' },
            limitMs: 600_000,
            causes: [{ kind: 'gates', instanceId: 'i-0b11', gates: ['voter'] }],
          },
        },
      },
    });
  });

  it('does not end while only the comparison of its state is still to be made', () => {
    const history = { passedGates: [], currentWait: { key: 'ready 1', sinceMs: OBSERVED_AT_MS - 90_000 } };
    const { observation, memory, intent } = buildMidRoll({ size: 3, old: 3, new: 1, history });
    const decideWith = (missing: Server['missing']) => {
      const { servers, ...rest } = launched(observation, 700_000);
      const seen = servers.map((one) => (one.side === 'new' ? { ...one, missing } : one));
      return decide({ observation: { ...rest, servers: seen }, memory, intent, limits });
    };
    expect(decideWith('pending')).toMatchObject({ kind: 'wait', wait: { for: { kind: 'ready' } } });
    expect(decideWith({ keys: 1, nodes: 0, services: 0 })).toMatchObject({ kind: 'act' });
  });

  it('starts a rollback at once for an older Consul version', () => {
    const { observation, memory, intent } = buildMidRoll({ size: 3, old: 3, new: 1, stages: { 'i-0b11': 'joined' } });
    const servers = observation.servers.map((one) =>
      one.side === 'new' && one.agent.kind === 'up' ? { ...one, agent: { ...one.agent, version: '1.19.2' } } : one,
    );
    expect(decide({ observation: { ...observation, servers }, memory, intent, limits })).toMatchObject({
      step: {
        action: { kind: 'start-rollback', reason: { kind: 'downgrade' } },
        reason: {
          kind: 'rollback',
          because: { kind: 'downgrade', instanceId: 'i-0b11', version: '1.19.2', running: '1.20.2' },
        },
      },
    });
  });

  it('starts a rollback when the load balancer does not find them healthy', () => {
    const { observation, memory, intent } = buildMidRoll({
      size: 3,
      old: 3,
      new: 1,
      history: { currentWait: { key: 'in-service i-0b11', sinceMs: OBSERVED_AT_MS - HOUR_MS } },
    });
    const servers = observation.servers.map((one) =>
      one.side === 'new' ? { ...one, balancers: { 'consul-lb': 'out-of-service' as const } } : one,
    );
    expect(summarizeDecision(decide({ observation: { ...observation, servers }, memory, intent, limits }))).toBe(
      'act start-rollback',
    );
  });

  it('starts a rollback when AWS launches too few', () => {
    const decision = overdue('ready 3', { new: 2, newGroup: { desired: 3 } });
    expect(decision).toMatchObject({
      step: { action: { reason: { causes: [{ kind: 'not-launched', launched: 2, expected: 3 }] } } },
    });
  });

  it('gives AWS’s reason for missing launches, and the servers that are not ready', () => {
    const newGroup = { desired: 3, launchFailure: 'We have none left.' };
    const decision = overdue('ready 3', { new: 2, newGroup, stages: { 'i-0b12': 'joined' } });
    const causes = [
      { kind: 'gates', instanceId: 'i-0b12', gates: ['voter'] },
      { kind: 'not-launched', launched: 2, expected: 3, message: 'We have none left.' },
    ];
    expect(decision).toMatchObject({ step: { action: { reason: { causes } } } });
  });

  it.each([1, 2])('stops the roll once %i old servers have left', (left) => {
    const stages = { 'i-0b13': 'unhealthy' } as const;
    const decision = overdue('ready 3', { old: 3 - left, new: 3, leader: 3 - left, stages });
    expect(decision).toMatchObject({
      kind: 'stop',
      outcome: 'stopped',
      reason: { kind: 'old-already-left', left, because: { kind: 'timed-out' } },
    });
  });

  it.each([
    [59_000, 'wait ready i-0b11 1'],
    [61_000, 'act start-rollback'],
  ])('counts from the launch of a server that never joined, with a minute of its own: %i ms', (sinceMs, expected) => {
    const stages = { 'i-0b11': 'booting' } as const;
    const waiting = { key: 'ready 1', sinceMs: OBSERVED_AT_MS - sinceMs };
    const { observation, memory, intent } = buildMidRoll({
      size: 3,
      old: 3,
      new: 1,
      stages,
      history: { passedGates: [], currentWait: waiting },
    });
    expect(summarizeDecision(decide({ observation: launched(observation, HOUR_MS), memory, intent, limits }))).toBe(
      expected,
    );
  });

  it('does not end at the first observation of a resumed roll', () => {
    // No gate has passed yet: a new process needs several checks first.
    const { observation, memory, intent } = buildMidRoll({ size: 3, old: 3, new: 1, history: { passedGates: [] } });
    expect(summarizeDecision(decide({ observation: launched(observation, HOUR_MS), memory, intent, limits }))).toBe(
      'wait ready i-0b11 1',
    );
  });

  it('does not end because an old server fails one check', () => {
    for (const old of [3, 2]) {
      const stages = { 'i-0b13': 'unhealthy' } as const;
      const { observation, memory, intent } = buildMidRoll({ size: 3, old, new: 3, stages });
      expect(summarizeDecision(decide({ observation: launched(observation, HOUR_MS), memory, intent, limits }))).toBe(
        'wait ready i-0b13 3',
      );
    }
  });
});

describe('the timeout of an old server', () => {
  const leaving = { leaveRequests: { 'i-0a12': { count: 1, lastRequestedAtMs: OBSERVED_AT_MS - HOUR_MS } } };

  it.each<[string, string, MidRollShape, string]>([
    [
      // failure-mode: drain-never-ends
      'its connections do not end',
      'drained i-0a12',
      { new: 3, stages: { 'i-0a11': 'draining', 'i-0a12': 'draining', 'i-0a13': 'draining' } },
      'stop stopped: timed-out',
    ],
    [
      'it stays in Raft',
      'out-of-raft i-0a12',
      { new: 3, stages: { 'i-0a12': 'deregistered' }, history: leaving },
      'act leave i-0a12',
    ],
    [
      'AWS does not terminate it',
      'terminated i-0a11',
      { old: 1, new: 3, leader: 1, stages: { 'i-0a11': 'terminating' } },
      'stop stopped: timed-out',
    ],
    [
      'AWS does not delete the group',
      'deleted consul',
      { old: 0, new: 3, leader: 0, sentinel: '7f3a done', oldGroup: { deleting: true, balancers: [] } },
      'stop stopped: timed-out',
    ],
  ])('because %s', (_case, waited, shape, expected) => {
    expect(summarizeDecision(overdue(waited, shape))).toBe(expected);
  });

  it('repeats the leave request if the agent runs, and terminates the server if it hangs', () => {
    const shape: MidRollShape = { new: 3, stages: { 'i-0a12': 'left', 'i-0a13': 'left' } };
    const why = (kind: 'silent' | 'refused') => {
      const { observation, memory, intent } = buildMidRoll({ size: 3, old: 3, ...shape });
      const waiting = { key: 'agent-down i-0a12', sinceMs: OBSERVED_AT_MS - HOUR_MS };
      const servers = observation.servers.map((one) =>
        one.instanceId === 'i-0a12' ? { ...one, agent: { kind: 'down' as const, why: kind, detail: '' } } : one,
      );
      return summarizeDecision(
        decide({
          observation: { ...observation, servers },
          memory: { ...memory, currentWait: waiting },
          intent,
          limits,
        }),
      );
    };
    expect(why('silent')).toBe('act terminate i-0a12');
    expect(summarizeDecision(decide(buildInputWithAgentUp(shape)))).toBe('act leave i-0a12');
  });

  it('allows the draining time of the load balancer, forward and back', () => {
    const slow = { drainingMs: { 'consul-lb': 2 * HOUR_MS } };
    const out = overdue('drained i-0a12', {
      new: 3,
      stages: { 'i-0a11': 'draining', 'i-0a12': 'draining', 'i-0a13': 'draining' },
      over: slow,
    });
    expect(summarizeDecision(out)).toBe('wait drained i-0a12');
    const back = overdue(
      'drained i-0b11',
      { new: 1, stages: { 'i-0b11': 'draining' }, over: slow },
      { direction: 'rollback' },
    );
    expect(summarizeDecision(back)).toBe('wait drained i-0b11');
  });
});

/** Out of Raft for an hour, and its agent still answers. */
function buildInputWithAgentUp(shape: MidRollShape) {
  const { observation, memory, intent } = buildMidRoll({ size: 3, old: 3, ...shape });
  const agent = observation.servers.find((one) => one.agent.kind === 'up')?.agent;
  const servers = observation.servers.map((one) =>
    one.instanceId === 'i-0a12' && agent ? { ...one, agent: { ...agent, nodeId: 'left', leader: '', peers: [] } } : one,
  );
  const waiting = { key: 'agent-down i-0a12', sinceMs: OBSERVED_AT_MS - HOUR_MS };
  return { observation: { ...observation, servers }, memory: { ...memory, currentWait: waiting }, intent, limits };
}

describe('no agreed leader', () => {
  const dispute = (observation: Observation) => ({
    ...observation,
    raft: undefined,
    servers: observation.servers.map((one) =>
      one.instanceId === 'i-0a12' && one.agent.kind === 'up'
        ? { ...one, agent: { ...one.agent, leader: '127.1.1.12:8300' } }
        : one,
    ),
  });
  const stranger = (observation: Observation) => ({
    ...observation,
    raft: undefined,
    servers: observation.servers.map((one) =>
      one.agent.kind === 'up' ? { ...one, agent: { ...one.agent, leader: '127.9.9.9:8300' } } : one,
    ),
  });
  const mute = (observation: Observation) => ({ ...observation, raft: undefined });
  const none = (observation: Observation) => ({
    ...observation,
    raft: undefined,
    servers: observation.servers.map((one) =>
      one.agent.kind === 'up' ? { ...one, agent: { ...one.agent, leader: '' } } : one,
    ),
  });

  it.each([
    ['none', none, 'no-leader'],
    ['two', dispute, 'two-leaders'],
    ['a stranger', stranger, 'unknown-leader'],
    ['one that does not answer as such', mute, 'timed-out'],
    // failure-mode: two-leaders
  ] as const)('%s: changes nothing, and stops after a minute', (_case, change, reason) => {
    for (const direction of ['forward', 'rollback'] as const) {
      const { observation, memory, intent } = buildMidRoll({ size: 3, old: 3, new: 3 }, { direction });
      const seen = change(observation);
      expect(summarizeDecision(decide({ observation: seen, memory, intent, limits }))).toBe('wait leadership');
      const waiting = { key: 'leadership', sinceMs: OBSERVED_AT_MS - 60_001 };
      const late = { ...memory, currentWait: waiting };
      expect(summarizeDecision(decide({ observation: seen, memory: late, intent, limits }))).toBe(
        `stop quorum-at-risk: ${reason}`,
      );
    }
  });
});

describe('the limit of an election', () => {
  /**
   * Three servers without a leader that says so, of which so many answer, seen one after the other with 20 s between them.
   *
   * @param answering how many; or the leader that two of them name, which is the third
   */
  function lookAt(...answering: readonly (number | 'named')[]) {
    const { observation, memory, intent } = buildMidRoll({ size: 3, old: 3, newGroup: null });
    return answering.reduce<{ memory: Memory; decision?: Decision }>(
      (before, seenAs, n) => {
        const count = seenAs === 'named' ? 2 : seenAs;
        const leader = seenAs === 'named' ? `${observation.servers[2]?.address}:8300` : '';
        const servers = observation.servers.map((one, index): Server => {
          if (index >= count || one.agent.kind === 'down')
            return { ...one, agent: { kind: 'down', why: 'silent', detail: '' } };
          return { ...one, agent: { ...one.agent, leader } };
        });
        const seen = { ...observation, servers, raft: undefined, atMs: OBSERVED_AT_MS + n * 20_000 };
        const known = updateMemoryWithObservation({ observation: seen, memory: before.memory }, limits, 20_000);
        const decision = decide({ observation: seen, memory: known, intent, limits });
        return { memory: updateMemoryWithDecision({ observation: seen, memory: known }, decision), decision };
      },
      { memory },
    ).decision;
  }

  // failure-mode: no-leader-longer
  it.each([3, 1])('is a minute, where %i of three answer', (count) => {
    expect(summarizeDecision(lookAt(count, count, count, count))).toBe('wait leadership');
    expect(summarizeDecision(lookAt(count, count, count, count, count))).toContain('stop quorum-at-risk');
  });

  it('begins again where a quorum answers again: only then an election begins', () => {
    expect(summarizeDecision(lookAt(1, 1, 1, 1, 2))).toBe('wait leadership');
    expect(summarizeDecision(lookAt(1, 1, 1, 1, 2, 3, 3, 3))).toBe('wait leadership');
    expect(summarizeDecision(lookAt(1, 1, 1, 1, 2, 3, 3, 3, 3))).toBe('stop quorum-at-risk: no-leader');
  });

  it('begins again where the leader that did not answer is named no longer', () => {
    expect(summarizeDecision(lookAt('named', 'named', 'named', 'named', 'named'))).toBe(
      'stop quorum-at-risk: timed-out',
    );
    expect(summarizeDecision(lookAt('named', 'named', 'named', 'named', 2, 2, 2))).toBe('wait leadership');
    expect(summarizeDecision(lookAt('named', 2, 2, 2, 2, 2))).toBe('stop quorum-at-risk: no-leader');
  });

  it('ends where servers answer and do not in turn', () => {
    const inTurn = Array.from({ length: 17 }, (_, n) => (n % 2 === 0 ? 3 : 1));
    expect(summarizeDecision(lookAt(...inTurn.slice(1)))).toBe('wait leadership');
    expect(summarizeDecision(lookAt(...inTurn))).toContain('stop quorum-at-risk');
  });
});
