import { describe, expect, it } from 'vitest';
import type { TargetGroup } from '../../../src/lib/model/load-balancer.js';
import { EMPTY_MEMORY } from '../../../src/lib/model/memory.js';
import type { Notice } from '../../../src/lib/model/notice.js';
import type { Observation } from '../../../src/lib/model/observation.js';
import type { BalancerState } from '../../../src/lib/model/server.js';
import { buildPlanDocument } from '../../../src/lib/output/json/documents.js';
import { describeAction } from '../../../src/lib/output/text/actions.js';
import { describeNotice, formatNotices } from '../../../src/lib/output/text/notices.js';
import { formatLoadBalancers, formatPlan, formatService } from '../../../src/lib/output/text/plan.js';
import { formatStatus } from '../../../src/lib/output/text/status.js';
import { describeStopReason } from '../../../src/lib/output/text/stop-reasons.js';
import { buildFacts, buildIntent } from '../../helpers/intents.js';
import { buildObservation } from '../../helpers/observations.js';
import { buildPlan } from '../../helpers/plans.js';
import { LOAD_BALANCER } from '../../helpers/servers.js';

const ARN = 'arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/consul/73e2d6bc24d8a067';
const TARGETS = 'target-group/consul';
const group: TargetGroup = {
  name: 'consul',
  arn: ARN,
  targetType: 'instance',
  healthCheck: { protocol: 'HTTP', path: '/v1/status/leader' },
  slowStartMs: 0,
  endsConnections: true,
  loadBalancers: [{ name: 'web', type: 'application', scheme: 'internal' }],
};

/** Three servers behind a classic load balancer and a target group, the first of them registering there. */
function behindBoth(): Observation {
  const observation = buildObservation({
    old: 3,
    oldGroup: { targetGroups: [ARN] },
    over: { preflightFacts: buildFacts({ targetGroups: [group] }) },
  });
  const servers = observation.servers.map((server, n) => {
    const state: BalancerState = n === 0 ? 'registering' : 'in-service';
    return { ...server, balancers: { [LOAD_BALANCER]: 'in-service' as const, [TARGETS]: state } };
  });
  return { ...observation, servers, drainingMs: { [LOAD_BALANCER]: 5_000, [TARGETS]: 300_000 } };
}

const texts = (lines: readonly { readonly text: string }[]) => lines.map(({ text }) => text);

describe('the traffic of a cluster', () => {
  it('is listed in a plan, with its notices, within the width', () => {
    const observation = behindBoth();
    const plan = buildPlan({ observation, intent: buildIntent(observation) });
    const lines = texts([...formatLoadBalancers(plan, 80), ...formatNotices(plan, 80)]);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(lines.join(' ').replace(/ +/g, ' ')).toBe(
      'traffic from load balancer consul-lb and target group consul (application load balancer web, internal) ' +
        'note Target group consul drains each server for its whole deregistration delay of 5 m: about 15 m for 3 servers. ' +
        'note The health check of target group consul, /v1/status/leader, also passes on a server outside the cluster, so ' +
        'the roll does not rely on it.',
    );
    expect(texts(formatPlan(plan, 80))).toEqual(expect.arrayContaining(lines));
  });

  it('is left out with a classic load balancer only', () => {
    expect(formatLoadBalancers(buildPlan(), 80)).toEqual([]);
    expect(formatService(buildObservation(), 80)).toEqual([]);
  });

  it('is counted in a status, by load balancer and target group', () => {
    const observation = behindBoth();
    expect(texts(formatService(observation, 80))).toEqual([
      'load balancer consul-lb: 3 in service',
      'target group consul: 1 registering, 2 in service',
    ]);
    const status = {
      observation,
      memory: EMPTY_MEMORY,
      intent: undefined,
      next: undefined,
      lock: undefined,
      healthIssues: [],
    };
    const report = texts(formatStatus(status, 80));
    expect(report).toContain('target group consul: 1 registering, 2 in service');
    expect(report.find((line) => line.startsWith('i-0a11'))).toMatch(/registering$/);
  });

  it('is part of the JSON documents', () => {
    const document = buildPlanDocument(buildPlan({ observation: behindBoth() }), 0);
    expect(document.targetGroups).toEqual([{ balancer: TARGETS, ...group, drainingMs: 300_000 }]);
    expect(document.notices.map(({ kind }) => kind)).toEqual(['long-drain', 'check-verifies-nothing']);
    expect(document.servers[0]?.balancers).toEqual({ [LOAD_BALANCER]: 'in-service', [TARGETS]: 'registering' });
  });
});

describe('sentences', () => {
  it('name load balancers and target groups by their kind', () => {
    const action = { kind: 'register', instanceIds: ['i-1'], balancers: ['consul', TARGETS] } as const;
    expect(describeAction(action)).toBe('Register i-1 with load balancer consul and target group consul');
    expect(describeStopReason({ kind: 'last-in-service', instanceId: 'i-0a12', balancer: TARGETS })).toBe(
      'i-0a12 is the only server in service in target group consul [replacements-first].',
    );
  });

  it.each<[Notice, RegExp]>([
    [{ kind: 'not-reachable', balancer: TARGETS }, /^No load balancer forwards to target group consul: /],
    [
      { kind: 'zone-not-enabled', balancer: TARGETS, instanceIds: ['i-1', 'i-2'] },
      /does not use i-1 and i-2: .* not enabled in that zone\.$/,
    ],
    [{ kind: 'connections-stay', balancer: TARGETS }, /^Connections through target group consul stay /],
    [
      { kind: 'zone-may-be-empty', balancer: TARGETS, surge: 1, servers: 3 },
      /^Target group consul has cross-zone load balancing off, and with surge 1 .* Roll with --surge 3, or /,
    ],
    [{ kind: 'slow-start', balancer: TARGETS, forMs: 30_000 }, /only after 30 s; /],
  ])('contain %j', (notice, sentence) => {
    expect(describeNotice(notice)).toMatch(sentence);
  });
});
