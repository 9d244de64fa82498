import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AutoScalingGroup, AutoScalingGroup$, CreateAutoScalingGroupType$ } from '@aws-sdk/client-auto-scaling';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect } from '../../src/cli/connect.js';
import { renderDefaultBootScript } from '../../src/lib/create/boot/script.js';
import type { Engine } from '../../src/lib/engine/engine.js';
import { executeRoll } from '../../src/lib/engine/run/roll.js';
import { getImage } from '../../src/sandbox/aws/images.js';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.js';
import { buildOrder } from '../helpers/fake-engine.js';
import { fillGroup } from '../helpers/full-group.js';
import { membersOf } from '../unit/aws/schema-values.js';

const WHOLE_ROLL_MS = 150_000;
const HEARTBEAT_MS = 200;
const LIMITS = {
  healthTimeoutMs: 60_000,
  drainTimeoutMs: 30_000,
  leaveTimeoutMs: 30_000,
  leaderTimeoutMs: 30_000,
  awsTimeoutMs: 30_000,
  bakeMs: 0,
  successThreshold: 2,
};

let folder: string;
let sandbox: Sandbox;
let engine: Engine;
let hooks: NodeJS.Timeout;
let old: AutoScalingGroup;
let outcome: string;
let before: Whole;
let after: Whole;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'whole-'));
  sandbox = await startSandbox({
    renderBootScript: renderDefaultBootScript,
    size: 3,
    port: 0,
    speed: 8,
    consul: { kind: 'simulated' },
    env: {},
  });
  engine = await connect({
    aws: { region: sandbox.region, endpoint: sandbox.endpointUrl, credentials: sandbox.credentials },
    consul: { scheme: 'http', port: 8500, token: undefined, tls: undefined },
    snapshotDir: folder,
  });
  hooks = setInterval(completeHooks, HEARTBEAT_MS);
  fillGroup(sandbox.aws, onlyGroup().AutoScalingGroupName ?? '');
  old = onlyGroup();
  before = described();
  const order = buildOrder({ imageId: getImage('consul-v2').imageId, intervalMs: 250, limits: LIMITS });
  const control = { signal: new AbortController().signal, isPauseRequested: () => false };
  ({ outcome } = await executeRoll(engine, order, () => undefined, control));
  after = described();
}, WHOLE_ROLL_MS);

afterAll(async () => {
  clearInterval(hooks);
  await engine.close();
  await sandbox.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Handles a lifecycle action as an operator's script would: finds its instance, and completes the action. */
function completeHooks(): void {
  for (const group of sandbox.aws.inside.groups.values()) {
    for (const { hold, instance } of group.members.values()) {
      if (hold === undefined) continue;
      sandbox.aws.call('autoscaling', 'CompleteLifecycleAction', {
        AutoScalingGroupName: group.name,
        LifecycleHookName: hold.hookName,
        InstanceId: instance.instanceId,
        LifecycleActionResult: 'CONTINUE',
      });
    }
  }
}

function onlyGroup(): AutoScalingGroup {
  const { AutoScalingGroups = [] } = sandbox.aws.call('autoscaling', 'DescribeAutoScalingGroups', {});
  const [group] = AutoScalingGroups;
  if (group === undefined || AutoScalingGroups.length > 1) throw new Error('there is not one group');
  return group;
}

/** The group and all that hangs on it, with its name, its template's and its servers' put out of sight. */
function described() {
  const group = onlyGroup();
  const name = group.AutoScalingGroupName ?? '';
  const named = { AutoScalingGroupName: name };
  const { aws: world } = sandbox;
  const { CreatedTime, AutoScalingGroupARN, LaunchConfigurationName, Instances = [], Tags = [], ...fields } = group;
  const whole = {
    ...fields,
    tags: Tags.filter(({ Key }) => Key !== 'consul-roll:cluster'),
    protected: Instances.map(({ ProtectedFromScaleIn }) => ProtectedFromScaleIn),
    hooks: world.call('autoscaling', 'DescribeLifecycleHooks', named).LifecycleHooks,
    policies: world.call('autoscaling', 'DescribePolicies', named).ScalingPolicies,
    schedule: world.call('autoscaling', 'DescribeScheduledActions', named).ScheduledUpdateGroupActions,
    notifications: world.call('autoscaling', 'DescribeNotificationConfigurations', { AutoScalingGroupNames: [name] })
      .NotificationConfigurations,
    pool: world.call('autoscaling', 'DescribeWarmPool', named).WarmPoolConfiguration,
  };
  const text = JSON.stringify(whole).replaceAll(name, 'NAME');
  // The id in the ARN of a policy or a scheduled action, and when a process was suspended.
  const same = text.replaceAll(/:[0-9a-f-]{36}:/g, ':ID:').replaceAll(/suspended at [\d:TZ-]+/g, 'suspended');
  const read: typeof whole = JSON.parse(same);
  return read;
}

type Whole = ReturnType<typeof described>;

/** What a group is made of, in the words of AWS's console. */
const PARTS: readonly (readonly [string, (whole: Whole) => unknown])[] = [
  ['lifecycle hooks', ({ hooks: all }) => all],
  ['scaling policies', ({ policies }) => policies],
  ['scheduled actions', ({ schedule }) => schedule],
  ['notifications', ({ notifications }) => notifications],
  ['metrics collection', ({ EnabledMetrics }) => EnabledMetrics],
  ['warm pool', ({ pool }) => pool],
  ['instance protection', (whole) => [whole.NewInstancesProtectedFromScaleIn, whole.protected]],
  ['maintenance policy', ({ InstanceMaintenancePolicy }) => InstanceMaintenancePolicy],
  ['placement group', ({ PlacementGroup }) => PlacementGroup],
  ['capacity rebalance', ({ CapacityRebalance }) => CapacityRebalance],
  ['maximum instance lifetime', ({ MaxInstanceLifetime }) => MaxInstanceLifetime],
  ['default warm-up', ({ DefaultInstanceWarmup }) => DefaultInstanceWarmup],
  ['default cooldown', ({ DefaultCooldown }) => DefaultCooldown],
  ['service-linked role', ({ ServiceLinkedRoleARN }) => ServiceLinkedRoleARN],
  ['tags that propagate', ({ tags }) => tags.filter(({ PropagateAtLaunch }) => PropagateAtLaunch)],
  ['tags that do not', ({ tags }) => tags.filter(({ PropagateAtLaunch }) => !PropagateAtLaunch)],
  ['termination policies', ({ TerminationPolicies }) => TerminationPolicies],
  ['target groups', ({ TargetGroupARNs }) => TargetGroupARNs],
  ['load balancers', ({ LoadBalancerNames }) => LoadBalancerNames],
  ['traffic sources', ({ TrafficSources }) => TrafficSources],
  ['zones', ({ AvailabilityZones }) => AvailabilityZones],
  ['subnets', ({ VPCZoneIdentifier }) => VPCZoneIdentifier],
  ['health check type', ({ HealthCheckType }) => HealthCheckType],
  ['health check grace period', ({ HealthCheckGracePeriod }) => HealthCheckGracePeriod],
  ['suspended processes', ({ SuspendedProcesses }) => SuspendedProcesses],
  ['sizes', ({ MinSize, MaxSize, DesiredCapacity }) => [MinSize, MaxSize, DesiredCapacity]],
];

function isEmpty(value: unknown): boolean {
  return value === undefined || value === '' || (Array.isArray(value) && value.length === 0);
}

describe('a group with every field set', () => {
  it('has every field set that the API can set and describe', () => {
    const settable = new Set(membersOf(CreateAutoScalingGroupType$));
    const other = ['LaunchTemplate', 'MixedInstancesPolicy', 'AvailabilityZoneIds'];
    const unset = membersOf(AutoScalingGroup$).filter(
      (member) => settable.has(member) && isEmpty(Reflect.get(old, member)) && !other.includes(member),
    );
    expect(unset).toEqual([]);
  });

  it('is rolled into another group, with other servers', () => {
    expect(outcome).toBe('rolled');
    expect(onlyGroup().AutoScalingGroupName).not.toBe(old.AutoScalingGroupName);
    const ids = (group: AutoScalingGroup) => group.Instances?.map(({ InstanceId }) => InstanceId) ?? [];
    expect(ids(onlyGroup()).filter((id) => ids(old).includes(id))).toEqual([]);
  });

  it.each(PARTS)('has its %s copied', (_part, of) => {
    expect(isEmpty(of(before))).toBe(false);
    expect(of(after)).toEqual(of(before));
  });

  it('is described as before, except for name, image and times', () => {
    expect(after).toEqual(before);
  });
});
