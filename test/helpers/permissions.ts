import { expect } from 'vitest';
import { connectForDoctor } from '../../src/cli/connect.js';
import { EXIT } from '../../src/cli/exit-codes.js';
import { parseDoctorOrder } from '../../src/lib/config/roll-options.js';
import type { DoctorEngine } from '../../src/lib/engine/doctor.js';
import { runDoctor } from '../../src/lib/engine/doctor.js';
import { buildPolicy, type CommandName, listPermissions, UNBOUNDED } from '../../src/lib/permissions/iam-policy.js';
import { policySchema } from '../../src/sandbox/aws/iam/policy.js';
import { buildUpgradeCommand, type TestSite, waitForOutput } from './site.js';

const LIMIT_FLAGS = {
  'health-timeout': '10m',
  'drain-timeout': '5m',
  bake: '0s',
  'success-threshold': 3,
  interval: '5s',
};
const options = parseDoctorOrder({ cluster: 'consul', 'keep-old': false, ...LIMIT_FLAGS });
/** What cannot be tried on anything: told by IAM's simulation, where that may be asked. */
export const UNTESTED_ACTIONS = [
  'autoscaling:SetInstanceHealth',
  'autoscaling:TerminateInstanceInAutoScalingGroup',
  'iam:PassRole',
];
/** Permissions that a roll can do without, or may not need: doctor only warns. */
const WARN_ONLY_ACTIONS = [
  'autoscaling:CompleteLifecycleAction',
  'autoscaling:DescribeAccountLimits',
  'autoscaling:DescribeScalingActivities',
  'ec2:DescribeInstanceTypes',
  'ec2:GetConsoleOutput',
  'autoscaling:PutScalingPolicy',
  'autoscaling:PutScheduledUpdateGroupAction',
  'autoscaling:PutNotificationConfiguration',
  'autoscaling:EnableMetricsCollection',
];

interface PrintedPolicyOptions {
  /** An action that is left out. */
  readonly without?: string;
  /** Who may ask IAM about itself. */
  readonly caller?: string;
  readonly cluster?: string;
  /** Those that `--ami` may name. */
  readonly parameters?: readonly string[];
}

/** The policy that iam-policy prints, as the sandbox reads it. */
export function printPolicy(site: TestSite, commands: readonly CommandName[], more: PrintedPolicyOptions = {}) {
  const { without, caller, cluster = 'consul', parameters = [] } = more;
  const group = cluster === 'consul' ? site.sandbox.cluster?.groupName : cluster;
  const bounds = { ...UNBOUNDED, cluster, group, role: 'consul', caller, parameters };
  const { document } = buildPolicy(commands, bounds, without);
  return policySchema.parse(JSON.parse(JSON.stringify(document)));
}

export async function withPolicy(site: TestSite, ask: (engine: DoctorEngine) => Promise<void>): Promise<void> {
  const { endpointUrl, region, credentials } = site.sandbox;
  const engine = await connectForDoctor({
    aws: { endpoint: endpointUrl, region, credentials },
    consul: { scheme: 'http', port: 8500 },
    snapshotDir: site.folder,
  });
  await ask(engine).finally(() => engine.close());
}

/**
 * Takes each permission of a roll away in turn, and holds what doctor says of it.
 *
 * @param elsewhere circumstances in which this group is not, so that doctor asks about none of their permissions
 */
export async function takeEachAway(site: TestSite, engine: DoctorEngine, elsewhere: readonly string[]): Promise<void> {
  const asked = ['upgrade', 'doctor'] as const;
  const caller = 'user/sandbox';
  site.sandbox.enforce(printPolicy(site, asked, { caller }));
  const { results } = await runDoctor(engine, options);
  const permissions = results.filter(({ id }) => id.startsWith('permission-'));
  expect(permissions.filter(({ status: verdict }) => verdict !== 'pass')).toEqual([]);
  const tried = permissions.map(({ subject }) => subject);
  const untried = listPermissions(asked).filter(({ action, usedBy: callers, optional }) => {
    return callers.includes('roll') && optional !== true && !tried.includes(action);
  });
  expect(new Set(untried.map(({ only }) => only))).toEqual(new Set(elsewhere));
  for (const action of tried.filter((one) => one !== 'sts:GetCallerIdentity')) {
    site.sandbox.enforce(printPolicy(site, asked, { caller, without: action }));
    const told = (await runDoctor(engine, options)).results.find(({ subject }) => subject === action);
    const verdict = WARN_ONLY_ACTIONS.includes(action) ? 'warn' : 'fail';
    expect([action, told?.status]).toEqual([action, verdict]);
    expect(told?.remedy).toContain(action);
  }
}

/** What doctor says of each permission by name. */
export async function readCheckStatuses(engine: DoctorEngine): Promise<Readonly<Record<string, string>>> {
  const { results } = await runDoctor(engine, options);
  return Object.fromEntries(
    results.map(({ id, subject, status }) => [id.startsWith('permission-') ? subject : id, status]),
  );
}

/** Everything of the account is after it as before. */
export async function assertUnchanged(site: TestSite, act: () => Promise<void>): Promise<void> {
  const { aws: world } = site.sandbox;
  const there = () => {
    const { AutoScalingGroups: groups = [] } = world.call('autoscaling', 'DescribeAutoScalingGroups', {});
    return {
      // Its instances continue to boot.
      groups: groups.map((group) => ({ ...group, Instances: undefined })),
      policies: world.call('autoscaling', 'DescribePolicies', {}),
      actions: world.call('autoscaling', 'DescribeScheduledActions', {}),
      notifications: world.call('autoscaling', 'DescribeNotificationConfigurations', {}),
      configurations: world.call('autoscaling', 'DescribeLaunchConfigurations', {}),
    };
  };
  const before = structuredClone(there());
  await act();
  expect(before.groups.length).toBeGreaterThan(0);
  expect(there()).toEqual(before);
}

/** Starts a roll that may do what upgrade may, and ends it once it grows. */
export async function startInterruptedRoll(site: TestSite): Promise<void> {
  site.sandbox.enforce(printPolicy(site, ['upgrade']));
  const upgrade = site.start(buildUpgradeCommand(site, 'consul-v2'));
  await waitForOutput(upgrade, /scale out group \S+ to 3/);
  upgrade.child.kill('SIGINT');
  expect((await upgrade.ended).exitCode).toBe(EXIT.interrupted);
}
