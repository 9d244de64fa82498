import { expect, test } from 'vitest';
import { renderDefaultBootScript } from '../../../src/lib/create/boot/script.js';
import { getImage, SANDBOX_IMAGES } from '../../../src/sandbox/aws/images.js';
import { createSandboxAws, type SandboxAws } from '../../../src/sandbox/aws/sandbox-aws.js';
import { seedCluster } from '../../../src/sandbox/aws/seed-cluster.js';
import { FakeMachines } from './fake-instances.js';

function newWorld(seed: number, speed = 1): { world: SandboxAws; machines: FakeMachines } {
  const machines = new FakeMachines();
  const network = { secondOctet: 99 };
  return { machines, world: createSandboxAws({ seed, startMs: 0, speed, machines, images: SANDBOX_IMAGES, network }) };
}

/** Jumps from one due moment to the next until then, and returns how often it jumped. */
function jumpTo(world: SandboxAws, endMs: number): number {
  let jumps = 0;
  for (let due = world.nextDueMs(); due !== undefined && due <= endMs; due = world.nextDueMs()) {
    world.tick(due);
    jumps++;
  }
  world.tick(endMs);
  return jumps;
}

function rolled(seed: number): unknown {
  const { world, machines } = newWorld(seed);
  const cluster = seedCluster(world, {
    renderBootScript: renderDefaultBootScript,
    size: 5,
    name: 'consul',
    image: getImage('consul-v1'),
  });
  jumpTo(world, 60_000);
  const [instance] = machines.booted;
  world.call('ec2', 'TerminateInstances', { InstanceIds: [instance?.instanceId ?? ''] });
  jumpTo(world, 180_000);
  const group = { AutoScalingGroupName: cluster.groupName };
  return [
    machines.log,
    world.call('autoscaling', 'DescribeAutoScalingGroups', {}),
    world.call('autoscaling', 'DescribeScalingActivities', group),
    world.call('elasticloadbalancing', 'DescribeInstanceHealth', { LoadBalancerName: 'consul' }),
    world.call('ec2', 'DescribeInstances', {}),
  ];
}

test('the same seed gives the same account, another seed another', () => {
  expect(rolled(1)).toEqual(rolled(1));
  expect(rolled(1)).not.toEqual(rolled(2));
});

test('jumping from due moment to due moment is the same as ticking through', () => {
  const ticked = newWorld(1);
  const jumped = newWorld(1);
  for (const { world } of [ticked, jumped]) {
    seedCluster(world, {
      renderBootScript: renderDefaultBootScript,
      size: 3,
      name: 'consul',
      image: getImage('consul-v1'),
    });
  }
  for (let nowMs = 0; nowMs <= 90_000; nowMs += 50) ticked.world.tick(nowMs);
  expect(jumpTo(jumped.world, 90_000)).toBeLessThan(100);
  expect(jumped.machines.log).toEqual(ticked.machines.log);
  const health = { LoadBalancerName: 'consul' };
  expect(jumped.world.call('elasticloadbalancing', 'DescribeInstanceHealth', health)).toEqual(
    ticked.world.call('elasticloadbalancing', 'DescribeInstanceHealth', health),
  );
});

test("speed divides AWS's own delays and the boot", () => {
  const { world, machines } = newWorld(1, 10);
  seedCluster(world, {
    renderBootScript: renderDefaultBootScript,
    size: 3,
    name: 'consul',
    image: getImage('consul-v1'),
  });
  world.tick(1_299);
  expect(machines.booted).toHaveLength(0);
  world.tick(1_300);
  expect(machines.booted).toHaveLength(3);
});

test('time never decreases', () => {
  const { world } = newWorld(1);
  world.tick(5_000);
  world.tick(1_000);
  expect(world.nowMs()).toBe(5_000);
});

test('an answer does not change later', () => {
  const { world } = newWorld(1);
  seedCluster(world, {
    renderBootScript: renderDefaultBootScript,
    size: 3,
    name: 'consul',
    image: getImage('consul-v1'),
  });
  jumpTo(world, 2_000);
  const before = world.call('autoscaling', 'DescribeScalingActivities', {});
  const copy = structuredClone(before);
  jumpTo(world, 60_000);
  expect(before).toEqual(copy);
});

test('later changes to an input have no effect', () => {
  const { world } = newWorld(1);
  const cluster = seedCluster(world, {
    renderBootScript: renderDefaultBootScript,
    size: 0,
    name: 'consul',
    image: getImage('consul-v1'),
  });
  const TerminationPolicies = ['OldestInstance'];
  const AutoScalingGroupName = cluster.groupName;
  world.call('autoscaling', 'UpdateAutoScalingGroup', { AutoScalingGroupName, TerminationPolicies });
  TerminationPolicies.push('Default');
  const { AutoScalingGroups } = world.call('autoscaling', 'DescribeAutoScalingGroups', {});
  expect(AutoScalingGroups?.[0]?.TerminationPolicies).toEqual(['OldestInstance']);
});

test('an action the sandbox does not have is an AWS error', () => {
  const { world } = newWorld(1);
  expect(() => world.dispatch('ec2', 'RebootInstances', {})).toThrow('The action RebootInstances is not valid');
  expect(() => world.dispatch('constructor', 'toString', {})).toThrow('The action toString is not valid');
});
