import { describe, expect, it } from 'vitest';
import { decide } from '../../../src/lib/engine/decide/decide.js';
import { findFounder } from '../../../src/lib/engine/decide/founders.js';
import { updateMemoryWithAction } from '../../../src/lib/engine/decide/memory.js';
import { checkSafety } from '../../../src/lib/engine/safety/safety.js';
import { listProcessesToSuspend } from '../../../src/lib/engine/strategy/suspended-processes.js';
import type { DecisionInput } from '../../../src/lib/model/decision.js';
import type { AgentUp, Server } from '../../../src/lib/model/server.js';
import { listRemedies } from '../../../src/lib/output/text/remedies.js';
import { describeStopReason } from '../../../src/lib/output/text/stop-reasons.js';
import { buildMidRoll, limits, type MidRollShape, summarizeDecision } from '../../helpers/intents.js';
import { buildAddress, OBSERVED_AT_MS } from '../../helpers/servers.js';

const RELAUNCHED = 'i-0a11';
const ADDRESS = buildAddress('old', 0);
const OWN = `${ADDRESS}:8300`;
const FOUNDED: Partial<AgentUp> = { leader: OWN, peers: [OWN] };

/** The rollback of a roll whose old servers had all left: the first of them that it launched again says this. */
function rollback(
  says: Partial<AgentUp>,
  change: Partial<Server> = {},
  stage?: 'booting',
  counts: MidRollShape = {},
): DecisionInput {
  const stages = stage === undefined ? {} : { stages: { [RELAUNCHED]: stage } };
  const shape = {
    size: 3,
    old: 1,
    new: 3,
    leader: 1,
    oldGroup: { minSize: 0, suspendedProcesses: listProcessesToSuspend(true) },
    ...counts,
  };
  const input = buildMidRoll({ ...shape, ...stages }, { direction: 'rollback' });
  const servers = input.observation.servers.map((one): Server => {
    if (one.instanceId !== RELAUNCHED) return one;
    const agent = { ...UP, ...(one.agent.kind === 'up' ? one.agent : {}), ...says };
    return { ...one, launchedAtMs: OBSERVED_AT_MS - 10_000, agent, ...change };
  });
  return { ...input, observation: { ...input.observation, servers }, limits };
}

const UP: AgentUp = {
  kind: 'up',
  nodeId: 'founder',
  nodeName: RELAUNCHED,
  version: '1.20.2',
  leader: '',
  peers: [],
  appliedIndex: 0,
  sentinel: undefined,
};
const terminate = { kind: 'terminate', instanceId: RELAUNCHED, cutOff: ADDRESS } as const;

describe('a rollback whose old servers bootstrap a cluster of their own', () => {
  it('first keeps a group that acts on its own from launching the next one', () => {
    const { observation, ...known } = rollback(FOUNDED, {}, 'booting');
    const { old } = observation;
    const input = { ...known, observation: { ...observation, old: old && { ...old, suspendedProcesses: [] } } };
    expect(checkSafety(input, terminate)).toMatchObject({ kind: 'processes-not-suspended' });
    const suspend = { kind: 'suspend-processes', group: old?.name, processes: listProcessesToSuspend(true) };
    expect(decide(input)).toMatchObject({ step: { action: suspend } });
  });

  // failure-mode: old-image-founds
  it('terminates such a server alone, launches no more of them, and stops', () => {
    const input = rollback(FOUNDED, {}, 'booting');
    const reason = { kind: 'founder', sign: 'own-cluster', followers: 0 } as const;
    expect(decide(input)).toMatchObject({ step: { action: terminate, reason } });
    expect(checkSafety(input, terminate)).toBeUndefined();

    const memory = updateMemoryWithAction(input, terminate);
    const servers = input.observation.servers.filter(({ side }) => side === 'new');
    const gone = { ...input, memory, observation: { ...input.observation, servers } };
    expect(decide(gone)).toMatchObject({ step: { action: { kind: 'suspend-processes', processes: ['Launch'] } } });
    const { old } = gone.observation;
    const still = old && { ...old, suspendedProcesses: [...old.suspendedProcesses, 'Launch'] };
    const stopped = decide({ ...gone, observation: { ...gone.observation, old: still } });
    const why = { ...reason, instanceId: RELAUNCHED, side: 'old' } as const;
    expect(stopped).toEqual({ kind: 'stop', outcome: 'stopped', reason: why });
    expect(describeStopReason(why)).toContain('no more servers of the old image are launched');
    expect(listRemedies(why).join()).toContain('bootstrap_expect');
  });

  it('terminates the server, not the new one that leads', () => {
    const { observation } = rollback(FOUNDED, {}, 'booting');
    for (const raft of [observation.raft, undefined])
      expect(findFounder({ ...observation, raft })?.server.instanceId).toBe(RELAUNCHED);
  });

  it('has it leave where Raft has it already', () => {
    const input = rollback({ bootstrapExpect: 1 });
    const { old } = input.observation;
    const suspended = old && { ...old, suspendedProcesses: [...old.suspendedProcesses, 'Launch'] };
    const observation = { ...input.observation, old: suspended };
    const leave = { kind: 'leave', servers: [{ instanceId: RELAUNCHED, address: ADDRESS }] } as const;
    expect(decide({ ...input, observation })).toMatchObject({ step: { action: leave } });
    expect(updateMemoryWithAction({ ...input, observation }, leave).founder).toMatchObject({ side: 'old' });
  });

  /** All launches are suspended, so that only the server itself is left to remove. */
  const withoutLaunches = (input: DecisionInput): DecisionInput => {
    const { old, ...seen } = input.observation;
    const suspended = old && { ...old, suspendedProcesses: [...old.suspendedProcesses, 'Launch'] };
    return { ...input, observation: { ...seen, old: suspended } };
  };
  const leave = { kind: 'leave', servers: [{ instanceId: RELAUNCHED, address: ADDRESS }] } as const;

  // failure-mode: old-image-founds
  it('has it leave as the third of three voters: its own vote protects nothing', () => {
    const two = { new: 2, leader: 1 };
    const input = withoutLaunches(rollback({ bootstrapExpect: 1 }, {}, undefined, two));
    expect(decide(input)).toMatchObject({ step: { action: leave } });
    expect(checkSafety(input, leave)).toBeUndefined();
    const sound = withoutLaunches(rollback({}, {}, undefined, two));
    expect(checkSafety(sound, leave)).toMatchObject({ kind: 'quorum-at-risk', after: { margin: 0 } });
  });

  it('does not have it leave where the others have no quorum', () => {
    const two = { new: 2, leader: 1, stages: { 'i-0b12': 'unhealthy' } } as const;
    const input = withoutLaunches(rollback({ bootstrapExpect: 1 }, {}, undefined, two));
    expect(checkSafety(input, leave)).toMatchObject({ kind: 'quorum-at-risk', after: { margin: -1 } });
  });

  it('transfers leadership away from it where it was elected, and has it leave before the others of its side', () => {
    const elected = { old: 2, new: 2, leader: 0 };
    const input = withoutLaunches(rollback({ bootstrapExpect: 1, version: '1.20.2' }, {}, undefined, elected));
    expect(decide(input)).toMatchObject({ step: { action: { kind: 'transfer-leadership', to: 'i-0b11' } } });
    const older = withoutLaunches(rollback({ bootstrapExpect: 1, version: '1.8.7' }, {}, undefined, elected));
    expect(decide(older)).toMatchObject({ step: { action: leave } });
    expect(checkSafety(older, leave)).toBeUndefined();
  });

  it.each([
    ['it is in bootstrap mode', { bootstrapExpect: 1 }, {}, 'bootstrap-mode'],
    ['it lacks keys for good', {}, { missing: { keys: 4 } }, 'state-missing'],
  ] as const)('has it leave also once no new server is left: %s', (_why, says, change, sign) => {
    const old = { old: 3, new: 0, leader: 1 };
    const input = withoutLaunches(rollback(says, change, undefined, old));
    expect(decide(input)).toMatchObject({ step: { action: leave, reason: { kind: 'founder', sign } } });
    expect(checkSafety(input, leave)).toBeUndefined();
  });

  it('takes none for one that the rollback launched that is not the youngest, while only a clock tells', () => {
    const launchedAtMs = OBSERVED_AT_MS - 60_000;
    const { observation } = rollback({ bootstrapExpect: 1 }, {}, undefined, { old: 3, new: 0, leader: 1 });
    const servers = observation.servers.map((one) =>
      one.instanceId === RELAUNCHED ? { ...one, launchedAtMs } : { ...one, launchedAtMs: OBSERVED_AT_MS - 50_000 },
    );
    expect(findFounder({ ...observation, servers })).toBeUndefined();
  });

  // failure-mode: clock-skew
  it('does not take a server that it launched for one that has left, although the clock of who began the roll is ahead', () => {
    const { intent, ...known } = rollback({}, {}, 'booting');
    const ahead = { ...intent, startedAtMs: OBSERVED_AT_MS + 600_000 };
    expect(summarizeDecision(decide({ ...known, intent: ahead }))).toBe('act scale-out consul 2');
  });

  it('takes no old server for one that is older than the roll', () => {
    const launchedAtMs = OBSERVED_AT_MS - 86_400_000;
    expect(findFounder(rollback({ bootstrapExpect: 1 }, { launchedAtMs }).observation)).toBeUndefined();
  });
});
