import { describe, expect, it } from 'vitest';
import { decide } from '../../../src/lib/engine/decide/decide.js';
import { updateMemoryWithAction, updateMemoryWithObservation } from '../../../src/lib/engine/decide/memory.js';
import type { DecisionInput } from '../../../src/lib/model/decision.js';
import type { Server } from '../../../src/lib/model/server.js';
import { listRemedies } from '../../../src/lib/output/text/remedies.js';
import { describeStopReason } from '../../../src/lib/output/text/stop-reasons.js';
import { buildMidRoll, limits, type MidRollShape, summarizeDecision } from '../../helpers/intents.js';
import { LOAD_BALANCER, OBSERVED_AT_MS } from '../../helpers/servers.js';

const ENDING = ['AlarmNotification', 'InstanceRefresh', 'ReplaceUnhealthy', 'ScheduledActions'];
const sizes = { minSize: 3, maxSize: 3, desired: 3 };
const forward: MidRollShape = {
  size: 3,
  old: 0,
  new: 3,
  leader: 0,
  oldGroup: null,
  newGroup: { ...sizes, balancers: [LOAD_BALANCER], suspendedProcesses: ENDING },
  over: { launchConfigurations: ['consul-lc-7f3a'] },
};
const back: MidRollShape = {
  size: 3,
  old: 3,
  newGroup: null,
  oldGroup: { ...sizes, suspendedProcesses: ENDING },
  over: { launchConfigurations: [] },
};
const OUT_OF_SERVICE = { balancers: { [LOAD_BALANCER]: 'out-of-service' } } as const;
const WAYS = [
  ['forward', forward, 'consul-7f3a', 'i-0b12'],
  ['back', back, 'consul', 'i-0a12'],
] as const;

/** The end of a roll, with the second server changed, after one more observation. */
function atEnd(
  shape: MidRollShape,
  change: Partial<Server> = {},
  history: MidRollShape['history'] = {},
): DecisionInput {
  const direction = shape.newGroup === null ? 'rollback' : 'forward';
  const input = buildMidRoll({ ...shape, history: { settledStreak: 2, ...history } }, { direction });
  const servers = input.observation.servers.map((one, n) => (n === 1 ? { ...one, ...change } : one));
  const observation = { ...input.observation, servers };
  return { ...input, observation, memory: updateMemoryWithObservation({ ...input, observation }, limits, 0) };
}

/** @param key of the wait that has reached its limit */
function stopAtLimit(
  input: DecisionInput,
  key = `settled ${input.intent.direction === 'forward' ? 'consul-7f3a' : 'consul'}`,
) {
  const currentWait = { key, sinceMs: OBSERVED_AT_MS - limits.healthTimeoutMs - 1 };
  const decision = decide({ ...input, memory: { ...input.memory, currentWait } });
  if (decision.kind !== 'stop') throw new Error(summarizeDecision(decision));
  return decision;
}

describe.each(WAYS)('processes that end servers, on the way %s', (_way, shape, group, instanceId) => {
  const unhealthy = { ...buildMidRoll(shape).observation.servers[1]?.peer, healthy: false } as Server['peer'];

  it('are resumed once Auto Scaling had nothing to change in as many observations as a gate needs', () => {
    expect(summarizeDecision(decide(atEnd(shape)))).toBe(`act resume-processes ${group} ${ENDING}`);
    expect(summarizeDecision(decide(atEnd(shape, {}, { settledStreak: 1 })))).toBe(`wait settled ${group}`);
  });

  // failure-mode: health-marks
  it('are resumed only after a marked server that is healthy has been marked healthy, once', () => {
    const marked = atEnd(shape, { markedUnhealthy: true });
    const decision = decide(marked);
    expect(summarizeDecision(decision)).toBe(`act set-instance-health ${instanceId}`);
    const memory = updateMemoryWithAction(marked, { kind: 'set-instance-health', instanceId });
    expect(summarizeDecision(decide({ ...marked, memory }))).toBe(`wait settled ${group}`);
  });

  it.each<[string, Partial<Server>, string]>([
    ['marked and not healthy in Consul', { markedUnhealthy: true, peer: unhealthy }, `wait ready ${instanceId} 3`],
    [
      'marked and out of a load balancer',
      { markedUnhealthy: true, ...OUT_OF_SERVICE },
      `wait in-service ${instanceId}`,
    ],
    ['on standby', { lifecycle: 'Standby' }, `wait settled ${group}`],
  ])('are not resumed while a server is %s', (_case, change, expected) => {
    expect(summarizeDecision(decide(atEnd(shape, change)))).toBe(expected);
  });

  // failure-mode: zones-uneven
  it('are not resumed where the zones are uneven and the server that moves found no room', () => {
    const uneven = { zone: 'eu-west-1a' };
    expect(summarizeDecision(decide(atEnd(shape, uneven)))).toMatch(/^act suspend-processes/);
    const { reason } = stopAtLimit(atEnd(shape, uneven, { movedServer: true }));
    expect(describeStopReason(reason)).toContain('eu-west-1a 2, eu-west-1b 0, eu-west-1c 1');
    expect(listRemedies(reason)).toHaveLength(1);
  });

  // failure-mode: zones-uneven
  it('are not resumed where no server can be launched in the zone that has none, and the reason says what it was for', () => {
    const side = shape === back ? 'oldGroup' : 'newGroup';
    const launchFailure = 'The image id does not exist.';
    const launching = { ...shape, [side]: { ...shape[side], desired: 4, launchFailure } };
    const { reason } = stopAtLimit(atEnd(launching, { zone: 'eu-west-1a' }, { movedServer: true }), 'ready 4');
    expect(describeStopReason(reason)).toMatch(/only 3 of 4 were launched: The image.* eu-west-1b 0/);
    expect(listRemedies(reason)).toEqual([expect.stringContaining('take the subnets of that zone out of the group')]);
  });

  // failure-mode: refresh-waiting
  it('are not resumed while an instance refresh waits for them', () => {
    const side = shape === back ? 'oldGroup' : 'newGroup';
    const { reason } = stopAtLimit(atEnd({ ...shape, [side]: { ...shape[side], refreshWaiting: true } }));
    expect(describeStopReason(reason)).toContain(`an instance refresh of group ${group} waits to replace its servers`);
    expect(listRemedies(reason)).toEqual([
      `cancel it: aws autoscaling cancel-instance-refresh --auto-scaling-group-name ${group}`,
    ]);
  });

  // failure-mode: refresh-waiting
  it('are not resumed before AWS has said that no instance refresh waits', () => {
    const side = shape === back ? 'oldGroup' : 'newGroup';
    const unread = atEnd({ ...shape, [side]: { ...shape[side], refreshWaiting: undefined } });
    expect(unread.memory.settledStreak).toBe(0);
    const { reason } = stopAtLimit(unread);
    expect(describeStopReason(reason)).toContain(
      `AWS does not say whether an instance refresh of group ${group} waits`,
    );
    expect(listRemedies(reason)).toEqual([expect.stringContaining('aws autoscaling describe-instance-refreshes')]);
  });

  // failure-mode: lifetime-over
  it('are not resumed while a server is older than its group lets them become', () => {
    const side = shape === back ? 'oldGroup' : 'newGroup';
    const limited = (maxLifetimeMs: number) => atEnd({ ...shape, [side]: { ...shape[side], maxLifetimeMs } });
    expect(limited(2 * 86_400_000).memory.settledStreak).toBe(3);
    const over = limited(90_000);
    const ages = over.observation.servers.map(({ launchedAtMs }) => OBSERVED_AT_MS - launchedAtMs);
    const inHalfAnHour = Math.max(...ages) + 1_800_000;
    const resumed = { ...shape[side], suspendedProcesses: [], maxLifetimeMs: inHalfAnHour };
    expect(limited(inHalfAnHour).memory.settledStreak).toBe(0);
    expect(atEnd({ ...shape, [side]: resumed }).memory.settledStreak).toBe(3);
    expect(over.memory.settledStreak).toBe(0);
    const { reason } = stopAtLimit(over);
    expect(describeStopReason(reason)).toContain(`is older than the maximum instance lifetime of group ${group}`);
    expect(listRemedies(reason)[0]).toMatch(
      /^raise the maximum instance lifetime, or Auto Scaling replaces i-\S+ after the roll: aws .* --max-instance-lifetime 86490$/,
    );
    const { observation } = over;
    const servers = observation.servers.map((server) => ({ ...server, protectedFromScaleIn: true }));
    const known = { ...over, observation: { ...observation, servers } };
    expect(updateMemoryWithObservation(known, limits, 0).settledStreak).toBe(1);
  });

  // failure-mode: standby
  it('are not resumed while a server is on standby, and what puts it back is advised', () => {
    const { reason } = stopAtLimit(atEnd(shape, { lifecycle: 'Standby' }));
    expect(describeStopReason(reason)).toContain(`${instanceId} is Standby in its group`);
    expect(listRemedies(reason).join()).toContain(
      `aws autoscaling exit-standby --auto-scaling-group-name ${group} --instance-ids ${instanceId}`,
    );
  });

  it('are resumed for an instance that is gone, which the group replaces', () => {
    const gone = { address: undefined, agent: { kind: 'down', why: 'silent', detail: '' }, peer: undefined } as const;
    const input = atEnd(shape, { ...gone, markedUnhealthy: true });
    expect(input.memory.settledStreak).toBe(3);
    // Wherever it was: no server moves to another zone before it is replaced.
    expect(atEnd(shape, { ...gone, zone: 'eu-west-1a' }).memory.settledStreak).toBe(3);
    const side = shape === back ? 'oldGroup' : 'newGroup';
    const resumed = { ...shape, [side]: { ...shape[side], suspendedProcesses: ['AZRebalance'] } };
    expect(atEnd(resumed, gone).memory.settledStreak).toBe(0);
  });

  it('are watched after they are resumed, before the record is removed', () => {
    const action = { kind: 'resume-processes', group, processes: ENDING } as const;
    expect(updateMemoryWithAction(atEnd(shape), action).settledStreak).toBe(0);
  });
});

describe('AZRebalance that stays suspended', () => {
  it('moves no server, whatever zones they are in', () => {
    const original = { ...sizes, suspended: ['AZRebalance'] };
    const input = buildMidRoll({ ...forward, history: { settledStreak: 2 } }, { original });
    const servers = input.observation.servers.map((one) => ({ ...one, zone: 'eu-west-1a' }));
    const observation = { ...input.observation, servers };
    const memory = updateMemoryWithObservation({ ...input, observation }, limits, 0);
    expect(memory.settledStreak).toBe(3);
  });
});
