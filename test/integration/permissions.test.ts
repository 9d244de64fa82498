import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectToExamine } from '../../src/lib/connect.js';
import { doctor } from '../../src/lib/doctor/doctor.js';
import type { DoctorEngine } from '../../src/lib/doctor/engine.js';
import { type CommandName, NO_BOUNDS, permissionsOf, policyFor } from '../../src/lib/iam/policy.js';
import { policySchema } from '../../src/lib/sandbox/iam/policy.js';
import { imageNamed } from '../../src/lib/sandbox/images.js';
import { examinationOrderFrom } from '../../src/lib/settings/order.js';
import { openSite, type Site, upgradeLine } from '../support/site.js';

const LIMITS = { 'health-timeout': '10m', 'drain-timeout': '5m', bake: '0s', looks: 3, interval: '5s' };
const order = examinationOrderFrom({ cluster: 'consul', 'keep-old': false, ...LIMITS });
/** What AWS has no harmless way to ask, and what a roll goes on without or may not need: doctor only warns of it. */
const ONLY_WARNED = [
  'autoscaling:TerminateInstanceInAutoScalingGroup',
  'autoscaling:DescribeAccountLimits',
  'autoscaling:DescribeScalingActivities',
  'ec2:DescribeInstanceTypes',
  'autoscaling:PutScalingPolicy',
  'autoscaling:PutScheduledUpdateGroupAction',
  'autoscaling:PutNotificationConfiguration',
  'autoscaling:EnableMetricsCollection',
];

/** The policy that iam-policy prints, as the sandbox reads it, without one action. */
function printed(site: Site, commands: readonly CommandName[], without?: string) {
  const group = site.sandbox.cluster?.groupName;
  const permissions = permissionsOf(commands).filter(({ action }) => action !== without);
  return policySchema.parse(
    JSON.parse(
      JSON.stringify(policyFor(permissions, { ...NO_BOUNDS, cluster: 'consul', group, role: 'consul' })),
    ),
  );
}

async function examined(site: Site, ask: (engine: DoctorEngine) => Promise<void>): Promise<void> {
  const { endpointUrl, region, credentials } = site.sandbox;
  const engine = await connectToExamine({
    aws: { endpoint: endpointUrl, region, credentials },
    consul: { scheme: 'http', port: 8500 },
    snapshotDir: site.folder,
  });
  await ask(engine).finally(() => engine.close());
}

/** Permissions of which doctor only warns, and such as AWS does not ask for here. */
interface Exceptions {
  readonly warned?: readonly string[];
  readonly unasked?: readonly string[];
}

/** Takes each permission of a roll away in turn, and holds what doctor says of it. */
async function takeEachAway(site: Site, engine: DoctorEngine, more: Exceptions): Promise<void> {
  const { warned = [], unasked = ['sts:GetCallerIdentity'] } = more;
  site.sandbox.enforce(printed(site, ['upgrade']));
  const { findings } = await doctor(engine, order);
  expect(findings.filter(({ verdict }) => verdict === 'fail')).toEqual([]);
  const tried = findings.flatMap(({ check }) => /^permission (.*)$/.exec(check)?.[1] ?? []);
  expect(tried.length).toBeGreaterThan(35);
  for (const action of tried.filter((one) => !unasked.includes(one))) {
    site.sandbox.enforce(printed(site, ['upgrade'], action));
    const told = (await doctor(engine, order)).findings.find(({ check }) => check === `permission ${action}`);
    const verdict = [...ONLY_WARNED, ...warned].includes(action) ? 'warn' : 'fail';
    expect([action, told?.verdict]).toEqual([action, verdict]);
    expect(told?.remedy).toContain(action);
  }
}

describe('a classic load balancer and a launch configuration, under the printed policy', () => {
  let site: Site;
  beforeAll(async () => {
    site = await openSite({ size: 3, speed: 20, consul: { kind: 'simulated' } });
  }, 90_000);
  afterAll(() => site.close(), 30_000);

  it('lets commands that only look do their job, and nothing else', async () => {
    site.sandbox.enforce(printed(site, ['status', 'plan', 'doctor']));
    const image = imageNamed('consul-v2').imageId;
    expect(await site.run('status --cluster consul --json')).toMatchObject({ exitCode: 0 });
    expect(await site.run(`plan --cluster consul --ami ${image}`)).toMatchObject({ exitCode: 0 });
    const examination = await site.run('doctor --cluster consul --json');
    expect(examination.exitCode).toBe(3);
    const { checks } = JSON.parse(examination.stdout);
    const failed = checks.filter(({ verdict }: { verdict: string }) => verdict === 'fail');
    expect(failed.length).toBeGreaterThan(5);
    // Only a roll looks at single instances, to see them gone.
    for (const { name } of failed) expect(name).toMatch(/^permission \w+:(?!Describe)|AutoScalingInstances$/);
    const untried = await site.run('doctor --cluster consul --no-permissions');
    expect(untried).toMatchObject({ exitCode: 0, stdout: expect.not.stringContaining('permission') });

    const upgrade = await site.run(upgradeLine(site, 'consul-v2'));
    expect(JSON.parse(upgrade.stdout).exitCode).not.toBe(0);
    const { Tags } = site.sandbox.world.call('autoscaling', 'DescribeTags', {});
    expect(Tags?.filter(({ Key = '' }) => Key.startsWith('consul-roll:'))).toEqual([]);
  }, 60_000);

  it('is named by doctor for each permission that is missing', async () => {
    await examined(site, (engine) => takeEachAway(site, engine, { warned: ['iam:PassRole'] }));
  }, 90_000);

  it('lets a roll go back, and another go through in place', async () => {
    site.sandbox.enforce(printed(site, ['upgrade']));
    const broken = await site.run(upgradeLine(site, 'consul-broken', '--health-timeout 8s'));
    expect([broken.exitCode, broken.stderr]).toEqual([4, expect.any(String)]);
    const inPlace = await site.run(upgradeLine(site, 'consul-v2', '--strategy in-place'));
    expect([inPlace.exitCode, inPlace.stderr]).toEqual([0, expect.any(String)]);
    expect(await site.run('status --cluster consul')).toMatchObject({ exitCode: 0 });
  }, 150_000);
});

describe('target groups and a launch template, under the printed policy', () => {
  let site: Site;
  beforeAll(async () => {
    const both = { loadBalancer: 'both', launchTemplatesOnly: true } as const;
    site = await openSite({ size: 3, speed: 20, consul: { kind: 'simulated' }, ...both });
  }, 90_000);
  afterAll(() => site.close(), 30_000);

  it('is named by doctor for each permission that is missing', async () => {
    // The template of the sandbox tags nothing it launches, so a launch does not ask for it.
    const unasked = ['sts:GetCallerIdentity', 'ec2:CreateTags'];
    await examined(site, (engine) => takeEachAway(site, engine, { unasked }));
  }, 90_000);

  it('lets a roll go through', async () => {
    site.sandbox.enforce(printed(site, ['upgrade']));
    const rolled = await site.run(upgradeLine(site, 'consul-v2'));
    expect([rolled.exitCode, rolled.stderr]).toEqual([0, expect.any(String)]);
  }, 150_000);
});
