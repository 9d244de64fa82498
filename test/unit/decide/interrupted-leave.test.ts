import { describe, expect, it } from 'vitest';
import { decide } from '../../../src/lib/engine/decide/decide.js';
import { updateMemoryWithObservation } from '../../../src/lib/engine/decide/memory.js';
import type { LeaveRequest } from '../../../src/lib/model/memory.js';
import type { Observation } from '../../../src/lib/model/observation.js';
import type { AgentDown, Server } from '../../../src/lib/model/server.js';
import { buildMidRoll, limits, summarizeDecision } from '../../helpers/intents.js';
import { OBSERVED_AT_MS } from '../../helpers/servers.js';

const ASKED: LeaveRequest = { count: 1, lastRequestedAtMs: OBSERVED_AT_MS - 1000 };
const CUT: LeaveRequest = { ...ASKED, crashedMeanwhile: true };

/** During a rollback, a new server was asked to leave a second ago and is still in Raft. */
function leaving(leave: LeaveRequest) {
  return buildMidRoll(
    { old: 3, new: 1, size: 3, history: { leaveRequests: { 'i-0b11': leave } } },
    { direction: 'rollback' },
  );
}

/** The same observation with the leaving server's agent down for this reason. */
function withAgentDown(observation: Observation, why: AgentDown['why']): Observation {
  const agent = { kind: 'down', why, detail: '' } as const;
  const servers = observation.servers.map((one) => (one.instanceId === 'i-0b11' ? { ...one, agent } : one));
  return { ...observation, servers };
}

const remembered = (observation: Observation) =>
  updateMemoryWithObservation({ observation, memory: leaving(ASKED).memory }, limits, 1000).leaveRequests['i-0b11'];

describe('an interrupted leave', () => {
  it('is detected when the agent goes down while Raft still has the peer', () => {
    const { observation } = leaving(ASKED);
    expect(remembered(observation)).toEqual(ASKED);
    expect(remembered(withAgentDown(observation, 'silent'))).toEqual(ASKED);
    expect(remembered(withAgentDown(observation, 'refused'))).toEqual(CUT);
  });

  it('is requested again once the agent is up', () => {
    const { observation, memory, intent } = leaving(CUT);
    expect(summarizeDecision(decide({ observation, memory, intent, limits }))).toBe('act leave i-0b11');
    const down = withAgentDown(observation, 'refused');
    expect(summarizeDecision(decide({ observation: down, memory, intent, limits }))).toBe('wait out-of-raft i-0b11');
  });

  it('is not detected while the agent is up', () => {
    const { observation, memory, intent } = leaving(ASKED);
    expect(summarizeDecision(decide({ observation, memory, intent, limits }))).toBe('wait out-of-raft i-0b11');
  });

  it('ends with a termination at once where the server never voted', () => {
    const { observation, memory, intent } = buildMidRoll(
      { old: 3, new: 1, size: 3, stages: { 'i-0b11': 'joined' }, history: { leaveRequests: { 'i-0b11': CUT } } },
      { direction: 'rollback' },
    );
    const down = withAgentDown(observation, 'refused');
    expect(summarizeDecision(decide({ observation: down, memory, intent, limits }))).toBe('act terminate i-0b11');
  });

  // failure-mode: gone-and-counted
  it('ends with a termination where the server is gone, and Raft counts it again', () => {
    const lastRequestedAtMs = OBSERVED_AT_MS - limits.leaveTimeoutMs - 1000;
    const history = {
      leaveRequests: { 'i-0a13': { count: 1, lastRequestedAtMs, crashedMeanwhile: true } },
      silentStreaks: { 'i-0a13': limits.successThreshold },
    };
    const { observation, memory, intent } = buildMidRoll({ old: 3, new: 3, size: 3, history });
    const servers = observation.servers.map((one): Server => {
      if (one.instanceId !== 'i-0a13' || one.peer === undefined) return one;
      return { ...one, agent: { kind: 'down', why: 'refused', detail: '' }, peer: { ...one.peer, healthy: false } };
    });
    const gone = { ...observation, servers };
    expect(summarizeDecision(decide({ observation: gone, memory, intent, limits }))).toBe('act terminate i-0a13');
  });

  it('waits while another server is down without which this one cannot be spared, and then stops', () => {
    const history = { leaveRequests: { 'i-0b11': CUT } };
    const { observation, memory, intent } = buildMidRoll(
      { old: 3, new: 2, size: 3, history },
      { direction: 'rollback' },
    );
    const servers = observation.servers.map((one): Server => {
      if (one.instanceId !== 'i-0b12' || one.peer === undefined) return one;
      return { ...one, agent: { kind: 'down', why: 'refused', detail: '' }, peer: { ...one.peer, healthy: false } };
    });
    const input = { observation: { ...observation, servers }, memory, intent, limits };
    expect(decide(input)).toMatchObject({ kind: 'wait', wait: { for: { kind: 'healthy', margin: { margin: 0 } } } });
    const currentWait = { key: 'healthy', sinceMs: OBSERVED_AT_MS - 3_600_000 };
    const late = { ...input, memory: { ...memory, currentWait } };
    expect(summarizeDecision(decide(late))).toBe('stop stopped: timed-out');
  });

  it('ends with a termination after three requests', () => {
    const { observation, memory, intent } = leaving({ ...CUT, count: 3 });
    expect(summarizeDecision(decide({ observation, memory, intent, limits }))).toBe('act terminate i-0b11');
  });

  // failure-mode: standby
  it('is not requested again while a replacement is on standby: it is waited for', () => {
    const history = { leaveRequests: { 'i-0a13': { ...CUT } } };
    const { observation, memory, intent } = buildMidRoll({ old: 3, new: 1, size: 3, history });
    const input = { observation, memory, intent, limits };
    expect(summarizeDecision(decide(input))).toBe('act leave i-0a13');
    const servers = observation.servers.map((one): Server => {
      return one.instanceId === 'i-0b11' ? { ...one, lifecycle: 'Standby' } : one;
    });
    expect(summarizeDecision(decide({ ...input, observation: { ...observation, servers } }))).toBe(
      'wait ready i-0b11 1',
    );
  });
});
