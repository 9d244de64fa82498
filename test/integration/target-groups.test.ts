import { describe, expect, it } from 'vitest';
import { listDepartingInstances } from '../../src/lib/model/action.js';
import type { RollEvent } from '../../src/lib/model/events.js';
import type { BalancerState } from '../../src/lib/model/server.js';
import { getImage } from '../../src/sandbox/aws/images.js';
import type { SandboxAws } from '../../src/sandbox/aws/sandbox-aws.js';
import { ROLL_MS, runWithFaults } from '../helpers/fault-scenario.js';
import { attachIdleTargetGroup } from '../helpers/full-group.js';

const CLASSIC = 'consul';
const TARGETS = 'target-group/consul';
const NEW_IMAGE = getImage('consul-v2').imageId;

describe('a roll behind an application load balancer and a classic one at once', () => {
  it(
    'gates and drains in both, for every server, with writes through the application load balancer',
    () =>
      runWithFaults({ through: 'neither', loadBalancer: 'both' }, async ({ roll, sandbox }) => {
        const { result, events, log } = await roll();
        expect(result.outcome).toBe('rolled');
        for (const states of statesAtLeave(events)) {
          expect(states).toEqual({ [CLASSIC]: 'absent', [TARGETS]: 'absent' });
        }
        expect(statesAtLeave(events)).toHaveLength(3);
        expect(log).toContain('from load balancer consul and target group consul');
        expect(attachedTo(sandbox.aws)).toEqual([[CLASSIC, arnOf(sandbox.aws)]]);
        expect(healthIn(sandbox.aws)).toEqual(Array(3).fill('healthy'));
        expect(sandbox.aws.inService(CLASSIC)).toHaveLength(3);
      }),
    ROLL_MS,
  );

  it(
    // failure-mode: target-group-never-healthy
    'is rolled back if the target group never reports new servers healthy, although the load balancer does',
    () =>
      runWithFaults({ through: 'neither', loadBalancer: 'both' }, async ({ roll, sandbox }) => {
        const { aws: world, quirks } = sandbox;
        const before = accountOf(world);
        // Only target groups choose the statuses that pass.
        quirks.failsCheck = ({ image }, { statusCodes }) => image.imageId === NEW_IMAGE && statusCodes !== undefined;
        const { result, happened } = await roll({}, { healthTimeoutMs: 20_000 });
        expect(result.outcome).toBe('rolled-back');
        expect(happened).toContain('Consul reports them healthy, target group consul does not');
        expect(accountOf(world)).toEqual(before);
        expect(healthIn(world)).toEqual(Array(3).fill('healthy'));
      }),
    ROLL_MS,
  );
});

describe('a roll behind a network load balancer', () => {
  it(
    'loses no write, though connections stay with a server that drains',
    () =>
      runWithFaults({ through: 'neither', loadBalancer: 'network' }, async ({ roll, sandbox }) => {
        const { result } = await roll();
        expect(result.outcome).toBe('rolled');
        expect(healthIn(sandbox.aws)).toEqual(Array(3).fill('healthy'));
      }),
    ROLL_MS,
  );
});

describe('a roll of a group with a target group that no load balancer reaches', () => {
  it(
    'does not wait for it, and attaches it all the same',
    () =>
      runWithFaults({ through: 'neither' }, async ({ roll, sandbox }) => {
        const { aws: world } = sandbox;
        const idle = attachIdleTargetGroup(world, groupsOf(world)[0]?.AutoScalingGroupName ?? '');
        const { result } = await roll();
        expect(result.outcome).toBe('rolled');
        expect(attachedTo(world)).toEqual([[CLASSIC, idle]]);
        expect(healthIn(world)).toEqual(Array(3).fill('unused'));
      }),
    ROLL_MS,
  );
});

/** Where each server stood in every load balancer when it was asked to leave. */
function statesAtLeave(events: readonly RollEvent[]): Readonly<Record<string, BalancerState>>[] {
  let servers: Extract<RollEvent, { kind: 'observed' }>['observation']['servers'] = [];
  return events.flatMap((event) => {
    if (event.kind === 'observed') servers = event.observation.servers;
    if (event.kind !== 'step-started' || event.step.action.kind !== 'leave') return [];
    const departing = listDepartingInstances(event.step.action);
    return servers.filter(({ instanceId }) => departing.includes(instanceId)).map(({ balancers }) => balancers);
  });
}

function targetGroupOf(world: SandboxAws) {
  const { TargetGroups: [group] = [] } = world.call('elasticloadbalancingv2', 'DescribeTargetGroups', {});
  return group;
}

function arnOf(world: SandboxAws): string {
  return targetGroupOf(world)?.TargetGroupArn ?? '';
}

/** The state of every target that is not on its way out. */
function healthIn(world: SandboxAws): (string | undefined)[] {
  const TargetGroupArn = arnOf(world);
  const { TargetHealthDescriptions = [] } = world.call('elasticloadbalancingv2', 'DescribeTargetHealth', {
    TargetGroupArn,
  });
  return TargetHealthDescriptions.map(({ TargetHealth }) => TargetHealth?.State);
}

function groupsOf(world: SandboxAws) {
  return world.call('autoscaling', 'DescribeAutoScalingGroups', {}).AutoScalingGroups ?? [];
}

/** What each group of the account is attached to. */
function attachedTo(world: SandboxAws): (string | undefined)[][] {
  return groupsOf(world).map(({ TrafficSources = [] }) => TrafficSources.map(({ Identifier }) => Identifier));
}

/** Every resource that a roll could have touched. */
function accountOf(world: SandboxAws) {
  return {
    groups: groupsOf(world),
    templates: world.call('autoscaling', 'DescribeLaunchConfigurations', {}).LaunchConfigurations,
    targets: healthIn(world),
    listeners: world.balancers().map(({ name, listeners, cutting }) => ({ name, listeners, cutting })),
  };
}
