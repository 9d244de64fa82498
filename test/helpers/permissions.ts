import { expect } from 'vitest';
import { connectToExamine } from '../../src/cli/connect.js';
import { examinationOrderFrom } from '../../src/lib/config/roll-options.js';
import type { DoctorEngine } from '../../src/lib/engine/checks/doctor.js';
import { doctor } from '../../src/lib/engine/checks/doctor.js';
import { EXIT } from '../../src/lib/model/outcome.js';
import {
  type CommandName,
  NO_BOUNDS,
  permissionsOf,
  policyFor,
} from '../../src/lib/permissions/iam-policy.js';
import { policySchema } from '../../src/sandbox/aws/iam/policy.js';
import { type Site, untilSaid, upgradeLine } from './site.js';

const LIMITS = { 'health-timeout': '10m', 'drain-timeout': '5m', bake: '0s', looks: 3, interval: '5s' };
const order = examinationOrderFrom({ cluster: 'consul', 'keep-old': false, ...LIMITS });
/** What cannot be tried on anything: told by IAM's simulation, where that may be asked. */
export const UNTRIED = ['autoscaling:TerminateInstanceInAutoScalingGroup', 'iam:PassRole'];
/** What a roll goes on without, or may not need: doctor only warns of it. */
const ONLY_WARNED = [
  'autoscaling:DescribeAccountLimits',
  'autoscaling:DescribeScalingActivities',
  'ec2:DescribeInstanceTypes',
  'autoscaling:PutScalingPolicy',
  'autoscaling:PutScheduledUpdateGroupAction',
  'autoscaling:PutNotificationConfiguration',
  'autoscaling:EnableMetricsCollection',
];

interface Printed {
  /** An action that is left out. */
  readonly without?: string;
  /** Who may ask IAM about itself. */
  readonly caller?: string;
  readonly cluster?: string;
}

/** The policy that iam-policy prints, as the sandbox reads it. */
export function printed(site: Site, commands: readonly CommandName[], more: Printed = {}) {
  const { without, caller, cluster = 'consul' } = more;
  const group = cluster === 'consul' ? site.sandbox.cluster?.groupName : cluster;
  const permissions = permissionsOf(commands).filter(({ action }) => action !== without);
  const policy = policyFor(permissions, { ...NO_BOUNDS, cluster, group, role: 'consul', caller });
  return policySchema.parse(JSON.parse(JSON.stringify(policy)));
}

export async function examined(site: Site, ask: (engine: DoctorEngine) => Promise<void>): Promise<void> {
  const { endpointUrl, region, credentials } = site.sandbox;
  const engine = await connectToExamine({
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
export async function takeEachAway(
  site: Site,
  engine: DoctorEngine,
  elsewhere: readonly string[],
): Promise<void> {
  const asked = ['upgrade', 'doctor'] as const;
  const caller = 'user/sandbox';
  site.sandbox.enforce(printed(site, asked, { caller }));
  const { findings } = await doctor(engine, order);
  const permissions = findings.filter(({ check }) => check.startsWith('permission '));
  expect(permissions.filter(({ verdict }) => verdict !== 'pass')).toEqual([]);
  const tried = permissions.map(({ check }) => check.replace('permission ', ''));
  const untried = permissionsOf(asked).filter(({ action, callers }) => {
    return callers.includes('roll') && !tried.includes(action);
  });
  expect(new Set(untried.map(({ only }) => only))).toEqual(new Set(elsewhere));
  for (const action of tried.filter((one) => one !== 'sts:GetCallerIdentity')) {
    site.sandbox.enforce(printed(site, asked, { caller, without: action }));
    const told = (await doctor(engine, order)).findings.find(({ check }) => check === `permission ${action}`);
    const verdict = ONLY_WARNED.includes(action) ? 'warn' : 'fail';
    expect([action, told?.verdict]).toEqual([action, verdict]);
    expect(told?.remedy).toContain(action);
  }
}

/** What doctor says of each permission by name. */
export async function verdicts(engine: DoctorEngine): Promise<Readonly<Record<string, string>>> {
  const { findings } = await doctor(engine, order);
  return Object.fromEntries(
    findings.map(({ check, verdict }) => [check.replace('permission ', ''), verdict]),
  );
}

/** Everything of the account is after it as before. */
export async function untouched(site: Site, act: () => Promise<void>): Promise<void> {
  const { world } = site.sandbox;
  const there = () => {
    const { AutoScalingGroups: groups = [] } = world.call('autoscaling', 'DescribeAutoScalingGroups', {});
    return {
      // Its instances go on booting.
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
export async function interruptedRoll(site: Site): Promise<void> {
  site.sandbox.enforce(printed(site, ['upgrade']));
  const upgrade = site.start(upgradeLine(site, 'consul-v2'));
  await untilSaid(upgrade, /grow group \S+ to 3/);
  upgrade.child.kill('SIGINT');
  expect((await upgrade.ended).exitCode).toBe(EXIT.interrupted);
}
