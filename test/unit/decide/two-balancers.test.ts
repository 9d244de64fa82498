import { describe, expect, it } from 'vitest';
import { findNotices } from '../../../src/lib/engine/checks/notices.js';
import { decide } from '../../../src/lib/engine/decide/decide.js';
import { foldPlan } from '../../../src/lib/engine/plan/fold.js';
import { checkSafety } from '../../../src/lib/engine/safety/safety.js';
import type { Intent } from '../../../src/lib/model/intent.js';
import type { TargetGroup } from '../../../src/lib/model/load-balancer.js';
import { EMPTY_MEMORY } from '../../../src/lib/model/memory.js';
import type { Observation } from '../../../src/lib/model/observation.js';
import type { BalancerState } from '../../../src/lib/model/server.js';
import {
  buildFacts,
  buildIntent,
  buildMidRoll,
  limits,
  type MidRollShape,
  summarizeDecision,
} from '../../helpers/intents.js';
import { buildObservation } from '../../helpers/observations.js';
import { LOAD_BALANCER, OBSERVED_AT_MS } from '../../helpers/servers.js';

const ARN = 'arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/consul/73e2d6bc24d8a067';
const TARGETS = 'target-group/consul';
const BOTH = [LOAD_BALANCER, TARGETS];
const DELAY_MS = 300_000;

type States = Readonly<Record<string, readonly [classic: BalancerState, target: BalancerState]>>;

/** Every server in service in both, except those in `states`. */
function behindBoth(observation: Observation, states: States): Observation {
  const servers = observation.servers.map((server) => {
    const [classic, target] = states[server.instanceId] ?? ['in-service', 'in-service'];
    return { ...server, balancers: { [LOAD_BALANCER]: classic, [TARGETS]: target } };
  });
  const old = observation.old && { ...observation.old, targetGroups: [ARN] };
  return { ...observation, servers, old, drainingMs: { [LOAD_BALANCER]: 5_000, [TARGETS]: DELAY_MS } };
}

/** The decision with a whole new group of three beside the old one. */
function decided(states: States, shape: MidRollShape = {}, change: Partial<Intent> = {}) {
  const { observation, memory, intent } = buildMidRoll({ size: 3, old: 3, new: 3, ...shape }, change);
  return decide({ observation: behindBoth(observation, states), memory, intent, limits });
}

const next = (...of: Parameters<typeof decided>) => summarizeDecision(decided(...of));

describe('servers behind a load balancer and a target group', () => {
  it('are in service when they are in service in both', () => {
    expect(next({})).toBe('act deregister i-0a12,i-0a13,i-0a11');
    expect(next({ 'i-0b11': ['in-service', 'registering'] })).toBe('wait in-service i-0b11');
    expect(next({ 'i-0b11': ['registering', 'in-service'] })).toBe('wait in-service i-0b11');
    expect(next({ 'i-0b11': ['in-service', 'out-of-service'] })).toBe('wait in-service i-0b11');
  });

  it('are registered with both, even if one has them already', () => {
    const decision = decided({ 'i-0b11': ['in-service', 'absent'] });
    expect(decision).toMatchObject({
      kind: 'act',
      step: { action: { kind: 'register', instanceIds: ['i-0b11'], balancers: BOTH } },
    });
  });

  it('are deregistered from those that still send them requests', () => {
    const both = decided({});
    expect(both).toMatchObject({ step: { action: { kind: 'deregister', balancers: BOTH } } });
    const left = decided({ 'i-0a12': ['absent', 'in-service'] });
    expect(left).toMatchObject({ step: { action: { kind: 'deregister', balancers: [TARGETS] } } });
    const late = decided({ 'i-0a12': ['draining', 'in-service'] });
    expect(late).toMatchObject({ step: { action: { kind: 'deregister', balancers: [TARGETS] } } });
  });

  it('leave when both have drained them, after the longer timeout', () => {
    // Of each old server the traffic is taken at once.
    const others: States = { 'i-0a11': ['absent', 'draining'], 'i-0a13': ['absent', 'draining'] };
    expect(next({ 'i-0a12': ['absent', 'draining'] })).toBe('act deregister i-0a13,i-0a11');
    const draining = decided({ ...others, 'i-0a12': ['absent', 'draining'] });
    expect(draining).toMatchObject({
      kind: 'wait',
      wait: { for: { kind: 'drained', instanceId: 'i-0a12' }, limitMs: DELAY_MS + limits.drainTimeoutMs },
    });
    const classic = decided({ ...others, 'i-0a12': ['draining', 'absent'] });
    expect(classic).toMatchObject({ wait: { limitMs: 5_000 + limits.drainTimeoutMs } });
    expect(next({ ...others, 'i-0a12': ['absent', 'absent'] })).toBe('act leave i-0a12');
  });

  it('drain side by side: the delay of the longest is waited for once', () => {
    const { observation, memory, intent } = buildMidRoll({ size: 3, old: 3, new: 3 });
    const { moves } = foldPlan({ observation: behindBoth(observation, {}), memory, intent, limits });
    const kinds = moves.map((move) => (move.kind === 'act' ? move.step.action.kind : move.wait.for.kind));
    expect(kinds.filter((kind) => kind === 'drained' || kind === 'deregister' || kind === 'leave')).toEqual([
      'deregister',
      'drained',
      ...Array(3).fill('leave'),
    ]);
  });

  it('start a rollback when one never finds them healthy, and name it', () => {
    const states: States = { 'i-0b11': ['in-service', 'out-of-service'] };
    const waited = { currentWait: { key: 'in-service i-0b11', sinceMs: OBSERVED_AT_MS - limits.healthTimeoutMs - 1 } };
    const decision = decided(states, { history: waited });
    expect(decision).toMatchObject({
      step: {
        action: {
          kind: 'start-rollback',
          reason: { kind: 'timed-out', causes: [{ kind: 'out-of-service', balancers: [TARGETS] }] },
        },
      },
    });
  });

  it('are deregistered from both during a rollback', () => {
    const decision = decided({ 'i-0b11': ['registering', 'out-of-service'] }, {}, { direction: 'rollback' });
    expect(decision).toMatchObject({
      step: { action: { kind: 'deregister', instanceIds: ['i-0b11', 'i-0b12', 'i-0b13'], balancers: BOTH } },
    });
  });
});

describe('an unused target', () => {
  const idle: States = Object.fromEntries(
    ['i-0a11', 'i-0a12', 'i-0a13', 'i-0b11', 'i-0b12', 'i-0b13'].map((id) => [id, ['in-service', 'unused']]),
  );

  it('does not delay the roll: no load balancer reaches or checks it', () => {
    expect(next(idle)).toBe('act deregister i-0a12,i-0a13,i-0a11');
    const decision = decided(idle);
    expect(decision).toMatchObject({ step: { action: { balancers: BOTH } } });
  });

  it('does not replace the last server in service there', () => {
    const { observation, memory, intent } = buildMidRoll({ size: 3, old: 3, new: 3 });
    const deregister = { kind: 'deregister', instanceIds: ['i-0a12'], balancers: BOTH } as const;
    const last = behindBoth(observation, { ...idle, 'i-0a12': ['in-service', 'in-service'] });
    expect(checkSafety({ observation: last, memory, intent }, deregister)).toEqual({
      kind: 'last-in-service',
      instanceId: 'i-0a12',
      balancer: TARGETS,
    });
    const two = behindBoth(observation, {
      ...idle,
      'i-0a12': ['in-service', 'in-service'],
      'i-0b11': ['in-service', 'in-service'],
    });
    expect(checkSafety({ observation: two, memory, intent }, deregister)).toBeUndefined();
  });
});

describe('the plan', () => {
  const observation = behindBoth(buildObservation({ old: 3, over: { preflightFacts: buildFacts() } }), {});
  const { steps, end } = foldPlan({ observation, memory: EMPTY_MEMORY, intent: buildIntent(observation), limits });

  it('gates, drains and attaches by both names until the end', () => {
    expect(end).toEqual({ kind: 'done', outcome: 'rolled' });
    const named = steps.flatMap(({ action }) => ('balancers' in action ? [[action.kind, ...action.balancers]] : []));
    expect(named).toHaveLength(4);
    for (const [kind, ...balancers] of named) {
      expect([kind, balancers]).toEqual([expect.stringMatching(/register|attach/), BOTH]);
    }
  });

  it('attaches only to the target group if the load balancer is attached already', () => {
    const {
      observation: late,
      memory,
      intent,
    } = buildMidRoll({
      size: 3,
      old: 0,
      new: 3,
      newGroup: { balancers: [LOAD_BALANCER] },
      oldGroup: { balancers: [LOAD_BALANCER] },
    });
    const { steps: rest } = foldPlan({ observation: behindBoth(late, {}), memory, intent, limits });
    const attach = rest.map(({ action }) => action).find(({ kind }) => kind === 'attach-load-balancers');
    expect(attach).toMatchObject({ balancers: [TARGETS] });
  });
});

describe('the notices of a plan', () => {
  const group = (over: Partial<TargetGroup> = {}): TargetGroup => ({
    name: 'consul',
    arn: ARN,
    targetType: 'instance',
    healthCheck: { protocol: 'HTTP', path: '/v1/health/service/consul' },
    slowStartMs: 0,
    endsConnections: true,
    loadBalancers: [{ name: 'web', type: 'application', scheme: 'internal' }],
    ...over,
  });
  const kinds = (over: Partial<TargetGroup>, states: States = {}, drainingMs = 0) => {
    const observation = behindBoth(
      buildObservation({ old: 3, over: { preflightFacts: buildFacts({ targetGroups: [group(over)] }) } }),
      states,
    );
    const told = { ...observation, drainingMs: { [TARGETS]: drainingMs } };
    return findNotices(told, buildIntent(observation)).map(({ kind }) => kind);
  };

  it('are empty for a healthy setup', () => {
    expect(kinds({})).toEqual([]);
    expect(kinds({}, {}, 19_000)).toEqual([]);
  });

  it.each<[string, Partial<TargetGroup>]>([
    ['check-verifies-nothing', { healthCheck: { protocol: 'HTTP', path: '/v1/status/leader' } }],
    ['check-verifies-nothing', { healthCheck: { protocol: 'HTTP', path: '/v1/agent/self' } }],
    ['not-reachable', { loadBalancers: [] }],
    ['slow-start', { slowStartMs: 30_000 }],
    [
      'connections-stay',
      { endsConnections: false, loadBalancers: [{ name: 'web', type: 'network', scheme: 'internal' }] },
    ],
  ])('give %s of %j', (kind, over) => {
    expect(kinds(over)).toEqual([kind]);
  });

  it('give the total draining time, a whole delay for each server', () => {
    const observation = behindBoth(
      buildObservation({ old: 3, over: { preflightFacts: buildFacts({ targetGroups: [group()] }) } }),
      {},
    );
    expect(findNotices(observation, buildIntent(observation))).toEqual([
      { kind: 'long-drain', balancer: TARGETS, eachMs: DELAY_MS, servers: 3 },
    ]);
  });

  it('say that a zone may be empty, where cross-zone load balancing is off and the surge is below the size', () => {
    const observation = buildObservation({
      old: 3,
      over: { preflightFacts: buildFacts({ zonalBalancers: [LOAD_BALANCER] }) },
    });
    const find = (surge: number, seen = observation) => findNotices(seen, buildIntent(seen, { surge }));
    expect(find(1)).toEqual([{ kind: 'zone-may-be-empty', balancer: LOAD_BALANCER, surge: 1, servers: 3 }]);
    expect(find(3)).toEqual([]);
    const servers = observation.servers.map((server) => ({ ...server, zone: 'eu-west-1a' }));
    expect(find(1, { ...observation, servers })).toEqual([]);
  });

  it('name servers that the load balancer does not use', () => {
    expect(kinds({}, { 'i-0a12': ['in-service', 'unused'] })).toEqual(['zone-not-enabled']);
  });
});
