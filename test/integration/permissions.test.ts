import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listPermissions } from '../../src/lib/permissions/iam-policy.js';
import { getImage } from '../../src/sandbox/aws/images.js';
import { SECOND_CLUSTER_FILE } from '../helpers/cluster-files.js';
import {
  assertUnchanged,
  printPolicy,
  readCheckStatuses,
  startInterruptedRoll,
  takeEachAway,
  UNTESTED_ACTIONS,
  withPolicy,
} from '../helpers/permissions.js';
import { buildContinueCommand, buildUpgradeCommand, openSite, type TestSite } from '../helpers/site.js';

describe('a classic load balancer and a launch configuration, under the printed policy', () => {
  let site: TestSite;
  beforeAll(async () => {
    site = await openSite({ size: 3, speed: 20, consul: { kind: 'simulated' } });
  }, 90_000);
  afterAll(() => site.close(), 30_000);

  it('allows commands that only read, and nothing else', async () => {
    site.sandbox.enforce(printPolicy(site, ['status', 'plan', 'doctor']));
    const image = getImage('consul-v2').imageId;
    expect(await site.run('status --cluster consul --json')).toMatchObject({ exitCode: 0 });
    expect(await site.run(`plan --cluster consul --ami ${image}`)).toMatchObject({ exitCode: 0 });
    const examination = await site.run('doctor --cluster consul --json');
    expect(examination.exitCode).toBe(3);
    const { checks } = JSON.parse(examination.stdout);
    const failed = checks.filter(({ status }: { status: string }) => status === 'fail');
    expect(failed.length).toBeGreaterThan(5);
    // Only a roll looks at single instances, to see them gone.
    for (const { name } of failed) expect(name).toMatch(/^permission-[a-z]+-(?!describe)|auto-scaling-instances$/);
    const untried = await site.run('doctor --cluster consul --no-permissions');
    expect(untried).toMatchObject({ exitCode: 0, stdout: expect.not.stringContaining('permission') });

    const upgrade = await site.run(buildUpgradeCommand(site, 'consul-v2'));
    // failure-mode: tags-denied
    expect(upgrade.exitCode).toBe(3);
    expect(upgrade.stdout).toContain('autoscaling:CreateOrUpdateTags');
    const { Tags } = site.sandbox.aws.call('autoscaling', 'DescribeTags', {});
    expect(Tags?.filter(({ Key = '' }) => Key.startsWith('consul-roll:'))).toEqual([]);
    const keys = await fetch(`${site.sandbox.loadBalancerUrl}/v1/kv/consul-roll/?keys`);
    expect(await keys.json()).toEqual(['consul-roll/consul/journal']);
  }, 60_000);

  it('allows list, and an image by a parameter or by its name', async () => {
    site.sandbox.enforce(printPolicy(site, ['list']));
    const listed = await site.run('list --json');
    expect([listed.exitCode, listed.stderr]).toEqual([0, '']);
    expect(JSON.parse(listed.stdout)).toMatchObject({
      clusters: [{ cluster: 'consul', images: [{ name: 'consul-v1' }] }],
    });

    for (const command of ['plan', 'doctor'] as const) {
      const asked = (ami: string) => site.run(`${command} --cluster consul --ami ${ami} --json`);
      site.sandbox.enforce(printPolicy(site, [command]));
      const denied = await asked('resolve:ssm:/consul/image');
      expect([command, denied.exitCode, denied.stdout]).toEqual([
        command,
        3,
        expect.stringContaining('ssm:GetParameter'),
      ]);
      for (const parameters of [['/consul/image'], ['/consul/image:1']]) {
        site.sandbox.enforce(printPolicy(site, [command], { parameters }));
        expect((await asked('resolve:ssm:/consul/image')).stdout).not.toContain('access-denied');
      }
      const named = await asked("'name:consul-v2*'");
      expect([command, named.stdout]).toEqual([command, expect.not.stringContaining('access-denied')]);
    }
  }, 90_000);

  it('lets a roll read why a new server failed', async () => {
    site.sandbox.enforce(printPolicy(site, ['upgrade']));
    const upgrade = await site.run(buildUpgradeCommand(site, 'consul-broken', '--health-timeout 20s'));
    expect(upgrade.exitCode, upgrade.stderr).toBe(4);
    const { failedServers, warnings } = JSON.parse(upgrade.stdout);
    expect(failedServers).toMatchObject([{ console: expect.arrayContaining([expect.stringContaining('gave up')]) }]);
    expect(JSON.stringify(warnings)).not.toContain('console');
  }, 150_000);

  it('is named by doctor for each permission that is missing', async () => {
    await withPolicy(site, async (engine) => {
      await assertUnchanged(site, () =>
        takeEachAway(site, engine, [
          'launch-template',
          'template-version',
          'own-template',
          'target-group',
          'warm-pool',
        ]),
      );
      // The request itself is denied, so the result is unknown, and no action is listed.
      site.sandbox.enforce(printPolicy(site, ['upgrade', 'doctor']));
      const found = await readCheckStatuses(engine);
      expect(UNTESTED_ACTIONS.filter((action) => found[action] !== 'skip')).toEqual([]);
      expect(Object.values(found)).not.toContain('fail');
    });
  }, 90_000);

  it('may go by the tags of groups: nothing fails, and IAM settles it where it may be asked', async () => {
    const byTags = (caller?: string) => {
      const { Statement, ...policy } = printPolicy(site, ['upgrade', 'doctor'], { ...(caller && { caller }) });
      const tagged = { StringEquals: { 'aws:ResourceTag/Name': ['consul'] } };
      const made = {
        Effect: 'Allow' as const,
        Action: ['autoscaling:CreateAutoScalingGroup', 'autoscaling:CreateOrUpdateTags'],
        Resource: ['*'],
      };
      const limited = Statement.map((one) =>
        ['Groups', 'NewGroups'].includes(one.Sid ?? '') ? { ...one, Resource: ['*'], Condition: tagged } : one,
      );
      site.sandbox.enforce({ ...policy, Statement: [...limited, made] });
    };
    await withPolicy(site, async (engine) => {
      const suspend = 'autoscaling:SuspendProcesses';
      byTags();
      const alone = await readCheckStatuses(engine);
      expect(Object.values(alone)).not.toContain('fail');
      expect([alone[suspend], alone['autoscaling:DeleteTags']]).toEqual(['warn', 'warn']);
      byTags('user/sandbox');
      const asked = await readCheckStatuses(engine);
      const permissions = Object.entries(asked).filter(([name]) => name.includes(':'));
      expect(permissions.filter(([, verdict]) => verdict !== 'pass')).toEqual([]);
    });
  }, 60_000);

  it('lets a second cluster be made, and made again', async () => {
    site.sandbox.enforce(printPolicy(site, ['create'], { cluster: 'second' }));
    const file = join(site.folder, 'second.yaml');
    writeFileSync(file, SECOND_CLUSTER_FILE);
    const line = `create --file ${file} --yes --json --interval 250ms --success-threshold 2`;
    const created = await site.run(line);
    expect([created.exitCode, created.stderr]).toEqual([0, expect.any(String)]);
    expect(JSON.parse(created.stdout)).toMatchObject({ outcome: 'created', size: 3 });
    expect(JSON.parse((await site.run(line)).stdout)).toMatchObject({ outcome: 'existing' });
  }, 90_000);

  it('lets a roll be paused and taken back, and another go through in place', async () => {
    await startInterruptedRoll(site);
    await withPolicy(site, (engine) =>
      assertUnchanged(site, async () => {
        expect((await readCheckStatuses(engine))['no-roll-in-progress']).toBe('warn');
      }),
    );
    site.sandbox.enforce(printPolicy(site, ['pause']));
    expect(await site.run('pause --cluster consul')).toMatchObject({ exitCode: 0 });
    site.sandbox.enforce(printPolicy(site, ['rollback']));
    const back = JSON.parse((await site.run(buildContinueCommand(site, 'rollback'))).stdout);
    expect(back).toMatchObject({ outcome: 'rolled-back' });

    site.sandbox.enforce(printPolicy(site, ['upgrade']));
    const inPlace = await site.run(buildUpgradeCommand(site, 'consul-v2', '--strategy in-place'));
    expect([inPlace.exitCode, inPlace.stderr]).toEqual([0, expect.any(String)]);
    expect(await site.run('status --cluster consul')).toMatchObject({ exitCode: 0 });

    for (const [command, line] of [
      ['history', 'history --cluster consul'],
      ['report', `report --cluster consul --out ${join(site.folder, 'roll.html')}`],
    ] as const) {
      site.sandbox.enforce(printPolicy(site, [command]));
      const told = await site.run(line, { DEBUG: 'consul-roll:aws' });
      expect([command, told.exitCode, told.stderr]).toEqual([command, 0, expect.any(String)]);
      const asked = [...told.stderr.matchAll(/Client (\w+)Command: /g)].map(([, action]) => action);
      const allowed = listPermissions([command]).map(({ action }) => action.split(':')[1]);
      // The group has neither, and has what it wants.
      const elsewhere = /LaunchTemplate|Target|ScalingActivities/;
      expect(allowed.filter((action = '') => !asked.includes(action) && !elsewhere.test(action))).toEqual([]);
    }
  }, 150_000);
});

describe('target groups and a launch template, under the printed policy', () => {
  let site: TestSite;
  beforeAll(async () => {
    const both = { loadBalancer: 'both', launchTemplatesOnly: true } as const;
    site = await openSite({ size: 3, speed: 20, consul: { kind: 'simulated' }, ...both });
  }, 90_000);
  afterAll(() => site.close(), 30_000);

  it('is named by doctor for each permission that is missing', async () => {
    // A template that tags what it launches asks for that permission too.
    site.sandbox.aws.call('ec2', 'CreateLaunchTemplateVersion', {
      LaunchTemplateName: site.sandbox.aws.call('ec2', 'DescribeLaunchTemplates', {}).LaunchTemplates?.[0]
        ?.LaunchTemplateName,
      SourceVersion: '1',
      LaunchTemplateData: { TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'team', Value: 'x' }] }] },
    });
    await withPolicy(site, (engine) =>
      assertUnchanged(site, () => takeEachAway(site, engine, ['launch-configuration', 'own-template', 'warm-pool'])),
    );
  }, 90_000);

  it('lets a roll be resumed to its end', async () => {
    await startInterruptedRoll(site);
    site.sandbox.enforce(printPolicy(site, ['resume']));
    const rolled = await site.run(buildContinueCommand(site, 'resume'));
    expect([rolled.exitCode, rolled.stderr]).toEqual([0, expect.any(String)]);
  }, 150_000);
});
