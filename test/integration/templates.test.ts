import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AutoScalingGroup } from '@aws-sdk/client-auto-scaling';
import { afterEach, describe, expect, it } from 'vitest';
import { connect } from '../../src/cli/connect.js';
import { renderDefaultBootScript } from '../../src/lib/create/boot/script.js';
import type { Engine } from '../../src/lib/engine/engine.js';
import { executeRoll } from '../../src/lib/engine/run/roll.js';
import type { RollOptions, UpgradeOptions } from '../../src/lib/model/plan.js';
import { getImage } from '../../src/sandbox/aws/images.js';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.js';
import { readAccount } from '../helpers/account.js';
import { buildOrder } from '../helpers/fake-engine.js';
import { type Crash, runUntilDone, SHORT_LOCK } from '../helpers/process-runs.js';
import { buildContinueCommand, buildUpgradeCommand, shellBeside } from '../helpers/site.js';

const WHOLE_ROLL_MS = 120_000;
const OLD_IMAGE = getImage('consul-v1').imageId;
const NEW_IMAGE = getImage('consul-v2').imageId;
const neverStop = { signal: new AbortController().signal, isPauseRequested: () => false };

let folder: string;
let sandbox: Sandbox;
let engine: Engine;

/** A cluster on `$Latest` of a launch template with one version, in an account that knows nothing else; or not. */
async function open(launchTemplatesOnly = true): Promise<void> {
  folder = mkdtempSync(join(tmpdir(), 'templates-'));
  const consul = { kind: 'simulated' } as const;
  sandbox = await startSandbox({
    renderBootScript: renderDefaultBootScript,
    size: 3,
    port: 0,
    speed: 8,
    consul,
    env: {},
    launchTemplatesOnly,
  });
  engine = await connect({
    aws: { region: sandbox.region, endpoint: sandbox.endpointUrl, credentials: sandbox.credentials },
    consul: { scheme: 'http', port: 8500, token: undefined, tls: undefined },
    snapshotDir: folder,
  });
}

afterEach(async () => {
  await engine.close();
  await sandbox.close();
  rmSync(folder, { recursive: true, force: true });
});

function orderFor(image: string, change: Partial<UpgradeOptions> = {}): RollOptions {
  return buildOrder({
    imageId: getImage(image).imageId,
    intervalMs: 250,
    lockTtlMs: 1_000,
    limits: {
      healthTimeoutMs: image === 'consul-v2' ? 60_000 : 4_000,
      drainTimeoutMs: 30_000,
      leaveTimeoutMs: 30_000,
      leaderTimeoutMs: 30_000,
      awsTimeoutMs: 30_000,
      bakeMs: 0,
      successThreshold: 2,
    },
    ...change,
  });
}

const rollOnto = (image: string, change: Partial<UpgradeOptions> = {}) =>
  executeRoll(engine, orderFor(image, change), () => undefined, neverStop);

function onlyGroup(): AutoScalingGroup {
  const { AutoScalingGroups = [] } = sandbox.aws.call('autoscaling', 'DescribeAutoScalingGroups', {});
  const [group] = AutoScalingGroups;
  if (group === undefined || AutoScalingGroups.length > 1) throw new Error('there is not one group');
  return group;
}

/** Puts the group on another version, or on a mixed instances policy with the one it is on. */
function put(version: string, mixed = false): void {
  const { AutoScalingGroupName, LaunchTemplate } = onlyGroup();
  const named = { LaunchTemplateId: LaunchTemplate?.LaunchTemplateId, Version: version };
  const Overrides = [{ InstanceType: 't3.medium' }, { InstanceType: 't2.medium' }];
  const InstancesDistribution = { OnDemandPercentageAboveBaseCapacity: 100 };
  const policy = { LaunchTemplate: { LaunchTemplateSpecification: named, Overrides }, InstancesDistribution };
  const launch = mixed ? { MixedInstancesPolicy: policy } : { LaunchTemplate: named };
  sandbox.aws.call('autoscaling', 'UpdateAutoScalingGroup', { AutoScalingGroupName, ...launch });
}

function templateNow() {
  const { LaunchTemplates = [] } = sandbox.aws.call('ec2', 'DescribeLaunchTemplates', {});
  const { LaunchTemplateVersions = [] } = sandbox.aws.call('ec2', 'DescribeLaunchTemplateVersions', {});
  return { templates: LaunchTemplates, versions: LaunchTemplateVersions };
}

/** The two versions differ in the image, and one is described as the roll's. */
function expectNewVersion(): void {
  const { versions } = templateNow();
  expect(versions.map(({ VersionNumber }) => VersionNumber)).toEqual([2, 1]);
  const [made, original] = versions.map(({ LaunchTemplateData }) => LaunchTemplateData);
  expect(made).toEqual({ ...original, ImageId: NEW_IMAGE });
  expect(original?.ImageId).toBe(OLD_IMAGE);
  expect(versions[0]?.VersionDescription).toMatch(/^consul-roll [0-9a-f]{6}: ami-0c0515ea000000002 for consul-/);
}

describe('a roll over HTTP of a group on a launch template', () => {
  it.each([
    ['1', '2', 1],
    ['$Latest', '$Latest', 1],
    ['$Default', '$Default', 2],
  ])(
    'on %s ends on %s, with version %i the default',
    async (before, after, defaultVersion) => {
      await open();
      put(before);
      const result = await rollOnto('consul-v2');
      expect(result.outcome).toBe('rolled');
      expectNewVersion();
      expect(onlyGroup().LaunchTemplate).toMatchObject({ Version: after });
      expect(onlyGroup().Instances?.map(({ ImageId }) => ImageId)).toEqual(Array(3).fill(NEW_IMAGE));
      expect(templateNow().templates).toMatchObject([{ DefaultVersionNumber: defaultVersion, LatestVersionNumber: 2 }]);
    },
    WHOLE_ROLL_MS,
  );

  it(
    'in a mixed instances policy keeps the policy, with the new version in it',
    async () => {
      await open();
      put('1', true);
      const before = onlyGroup().MixedInstancesPolicy;
      const result = await rollOnto('consul-v2');
      expect(result.outcome).toBe('rolled');
      expectNewVersion();
      const after = onlyGroup().MixedInstancesPolicy;
      const { LaunchTemplateSpecification: named, ...rest } = after?.LaunchTemplate ?? {};
      expect(named).toMatchObject({ Version: '2' });
      expect({ ...after, LaunchTemplate: rest }).toEqual({
        ...before,
        LaunchTemplate: { Overrides: before?.LaunchTemplate?.Overrides },
      });
    },
    WHOLE_ROLL_MS,
  );

  it.each(['$Latest', '$Default'])(
    'on %s is rolled back from a broken image, and leaves the account as it was',
    async (version) => {
      await open();
      put(version);
      const before = readAccount(sandbox.aws);
      const result = await rollOnto('consul-lonely');
      expect(result.outcome).toBe('rolled-back');
      expect(readAccount(sandbox.aws)).toEqual(before);
    },
    WHOLE_ROLL_MS,
  );
});

const everyFifth = (n: number): Crash => ({ atEffect: 5, when: n % 2 === 0 ? 'after' : 'before' });

describe('a roll by a new version that is killed at every fifth effect', () => {
  it(
    'is resumed by the next process, and creates one version',
    async () => {
      await open();
      put('$Default');
      const shell = shellBeside(sandbox, folder);
      const upgrade = buildUpgradeCommand(shell, 'consul-v2', SHORT_LOCK);
      const resume = buildContinueCommand(shell, 'resume', `${SHORT_LOCK} --ami ${NEW_IMAGE}`);
      const runs = await runUntilDone(shell, upgrade, resume, everyFifth);
      expect(runs.at(-1)).toMatchObject({ exitCode: 0, outcome: 'rolled' });
      expect(runs.length).toBeGreaterThan(5);
      expectNewVersion();
      expect(onlyGroup()).toMatchObject({ LaunchTemplate: { Version: '$Default' }, SuspendedProcesses: [] });
      expect(templateNow().templates).toMatchObject([{ DefaultVersionNumber: 2 }]);
    },
    WHOLE_ROLL_MS * 2,
  );
});

describe('a roll that converts', () => {
  it(
    'makes a launch template of a launch configuration, which goes',
    async () => {
      await open(false);
      const { LaunchConfigurations: [original] = [] } = sandbox.aws.call(
        'autoscaling',
        'DescribeLaunchConfigurations',
        {},
      );
      const result = await rollOnto('consul-v2', { launchSource: 'launch-template' });
      expect(result.outcome).toBe('rolled');
      expect(onlyGroup()).toMatchObject({ LaunchTemplate: { Version: '1' } });
      expect(templateNow().versions).toMatchObject([
        {
          LaunchTemplateName: onlyGroup().AutoScalingGroupName,
          LaunchTemplateData: {
            ImageId: NEW_IMAGE,
            InstanceType: original?.InstanceType,
            UserData: original?.UserData,
            SecurityGroupIds: original?.SecurityGroups,
            IamInstanceProfile: { Arn: original?.IamInstanceProfile },
            BlockDeviceMappings: original?.BlockDeviceMappings,
            Monitoring: { Enabled: true },
          },
        },
      ]);
      const left = sandbox.aws.call('autoscaling', 'DescribeLaunchConfigurations', {}).LaunchConfigurations;
      expect(left).toEqual([]);
    },
    WHOLE_ROLL_MS,
  );

  it(
    'is rolled back at once, with the reason, where the account refuses launch configurations',
    async () => {
      await open();
      const before = readAccount(sandbox.aws);
      const result = await rollOnto('consul-v2', { launchSource: 'launch-configuration' });
      expect(result).toMatchObject({ outcome: 'rolled-back', reason: { kind: 'launch-source-refused' } });
      expect(readAccount(sandbox.aws)).toEqual(before);
    },
    WHOLE_ROLL_MS,
  );
});
