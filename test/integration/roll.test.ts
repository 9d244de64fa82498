import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connect } from '../../src/cli/connect.js';
import { renderDefaultBootScript } from '../../src/lib/create/boot/script.js';
import type { Engine } from '../../src/lib/engine/engine.js';
import { planRoll } from '../../src/lib/engine/plan/plan.js';
import { executeRoll } from '../../src/lib/engine/run/roll.js';
import type { Action } from '../../src/lib/model/action.js';
import type { RollEvent } from '../../src/lib/model/events.js';
import { findReason } from '../../src/lib/model/outcome.js';
import type { RollOptions, UpgradeOptions } from '../../src/lib/model/plan.js';
import { getImage } from '../../src/sandbox/aws/images.js';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.js';
import { buildOrder } from '../helpers/fake-engine.js';

const SPEED = 8;
const WHOLE_ROLL_MS = 90_000;

let folder: string;
let sandbox: Sandbox;
let engine: Engine;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'roll-'));
  const options = { size: 3, port: 0, speed: SPEED, consul: { kind: 'simulated' }, env: {} } as const;
  sandbox = await startSandbox({ ...options, renderBootScript: renderDefaultBootScript });
  engine = await connect({
    aws: { region: sandbox.region, endpoint: sandbox.endpointUrl, credentials: sandbox.credentials },
    consul: { scheme: 'http', port: 8500, token: undefined, tls: undefined },
    snapshotDir: folder,
  });
}, 60_000);

afterEach(async () => {
  await engine.close();
  await sandbox.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('a roll over HTTP, servers simulated', () => {
  it(
    'takes the steps that its plan named, in the plan’s order',
    async () => {
      const options = orderFor('consul-v2');
      const planned = (await planRoll(engine, options)).steps.map((step) => stepKey(step.action));
      const events: RollEvent[] = [];
      const result = await executeRoll(engine, options, (event) => events.push(event), neverStop);
      expect(result.outcome).toBe('rolled');
      const taken = events.flatMap((event) => (event.kind === 'step-started' ? [stepKey(event.step.action)] : []));
      // When leadership moves depends on the version of Consul on the image, which no plan knows.
      const sort = (steps: readonly string[]) => [...steps].sort();
      const [start, end] = [
        planned.indexOf('transfer-leadership'),
        planned.findIndex((step) => step.includes('write-sentinel') && step.includes('done')),
      ];
      expect(taken.slice(0, start)).toEqual(planned.slice(0, start));
      expect(sort(taken.slice(start, end))).toEqual(sort(planned.slice(start, end)));
      expect(taken.slice(end)).toEqual(planned.slice(end));
    },
    WHOLE_ROLL_MS,
  );

  it(
    'leaves one group on the new image, as the old one was, with the load balancer on its servers',
    async () => {
      const before = onlyGroup();
      await executeRoll(engine, orderFor('consul-v2'), () => undefined, neverStop);
      const after = onlyGroup();
      expect(after.LaunchConfigurationName).toBe(after.AutoScalingGroupName);
      expect(imagesRunning()).toEqual(Array(3).fill(getImage('consul-v2').imageId));
      expect(comparable(after)).toEqual(comparable(before));
      const { InstanceStates } = call('elasticloadbalancing', 'DescribeInstanceHealth', { LoadBalancerName: 'consul' });
      expect(InstanceStates).toEqual(
        after.Instances.map(({ InstanceId }: Named) => expect.objectContaining({ InstanceId, State: 'InService' })),
      );
      expect(call('autoscaling', 'DescribeLaunchConfigurations', {}).LaunchConfigurations).toHaveLength(1);
    },
    WHOLE_ROLL_MS,
  );

  it(
    'replaces one for one with a surge of 1, never more than four servers at once',
    async () => {
      let most = 0;
      const watch = (event: RollEvent) => {
        if (event.kind === 'observed') most = Math.max(most, event.observation.servers.length);
      };
      const result = await executeRoll(engine, orderFor('consul-v2', 60_000, { surge: 1 }), watch, neverStop);
      expect(result.outcome).toBe('rolled');
      expect(most).toBe(4);
    },
    WHOLE_ROLL_MS * 2,
  );

  it(
    'is rolled back from an image whose servers join no cluster, and leaves the account as it was',
    async () => {
      const before = account();
      const options = orderFor('consul-lonely', 4_000);
      const result = await executeRoll(engine, options, () => undefined, neverStop);
      expect(result.outcome).toBe('rolled-back');
      expect(findReason(result)).toMatchObject({ kind: 'timed-out' });
      expect(account()).toEqual(before);
    },
    WHOLE_ROLL_MS,
  );
});

const neverStop = { signal: new AbortController().signal, isPauseRequested: () => false };

function orderFor(image: string, healthTimeoutMs = 60_000, change: Partial<UpgradeOptions> = {}): RollOptions {
  return buildOrder({
    imageId: getImage(image).imageId,
    intervalMs: 250,
    ...change,
    limits: {
      healthTimeoutMs,
      drainTimeoutMs: 30_000,
      leaveTimeoutMs: 30_000,
      leaderTimeoutMs: 30_000,
      awsTimeoutMs: 30_000,
      bakeMs: 0,
      successThreshold: 2,
    },
  });
}

/** A step by what it does; new servers, which have no name in a plan, are counted. */
function stepKey(action: Action): string {
  // A plan does not know the ids of servers that are not launched yet.
  if (action.kind === 'register' || action.kind === 'restore-protection')
    return `${action.kind} ${action.instanceIds.length}`;
  if (action.kind === 'transfer-leadership') return action.kind;
  const { address: _address, ...rest } = { address: undefined, ...action };
  return JSON.stringify(rest);
}

interface Named {
  readonly InstanceId: string;
}

// biome-ignore lint/suspicious/noExplicitAny: the sandbox answers every service through one door
function call(service: 'autoscaling' | 'elasticloadbalancing' | 'ec2', action: string, input: object): any {
  return sandbox.aws.dispatch(service, action, input);
}

function onlyGroup() {
  const { AutoScalingGroups } = call('autoscaling', 'DescribeAutoScalingGroups', {});
  expect(AutoScalingGroups).toHaveLength(1);
  return AutoScalingGroups[0];
}

/** What of a group must survive a roll: all but names, times and servers. Its one new tag is the cluster's name. */
function comparable(group: Record<string, unknown> & { Tags: { Key: string }[] }) {
  const { AutoScalingGroupName, AutoScalingGroupARN, CreatedTime, Instances, LaunchConfigurationName, ...rest } = group;
  const tags = group.Tags.filter(({ Key }) => Key !== 'consul-roll:cluster');
  return { ...rest, Tags: tags.map((tag) => ({ ...tag, ResourceId: 'the group' })) };
}

function imagesRunning(): string[] {
  const { Reservations } = call('ec2', 'DescribeInstances', {
    Filters: [{ Name: 'instance-state-name', Values: ['running'] }],
  });
  return Reservations.flatMap((one: { Instances: { ImageId: string }[] }) => one.Instances.map((i) => i.ImageId));
}

/** Every resource a roll could have touched. */
function account() {
  return {
    groups: call('autoscaling', 'DescribeAutoScalingGroups', {}).AutoScalingGroups,
    templates: call('autoscaling', 'DescribeLaunchConfigurations', {}).LaunchConfigurations,
    balancers: call('elasticloadbalancing', 'DescribeLoadBalancers', {}).LoadBalancerDescriptions,
    running: imagesRunning(),
  };
}
