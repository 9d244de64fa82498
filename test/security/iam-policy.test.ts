import { AutoScaling } from '@aws-sdk/client-auto-scaling';
import { EC2 } from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PAUSE_TAG } from '../../src/lib/model/tags.js';
import { buildPolicy, type CommandName, UNBOUNDED } from '../../src/lib/permissions/iam-policy.js';
import type { PolicyBounds } from '../../src/lib/permissions/iam-statements.js';
import { policySchema } from '../../src/sandbox/aws/iam/policy.js';
import { CREDENTIALS, NEW_IMAGE, OLD_IMAGE, openAccount, type SandboxAccount } from '../unit/aws/sandbox-account.js';

/** What an attacker with credentials of a printed policy tries. */
let account: SandboxAccount;
let scaling: AutoScaling;
let ec2: EC2;
/** The group of the cluster, and one of another team whose name begins the same. */
let own: string;
const FOREIGN = 'consul-backup';
let template: string;

beforeAll(async () => {
  account = await openAccount(3);
  const { world, url: endpoint } = account;
  own = account.cluster.groupName;
  const of = world.call('autoscaling', 'DescribeAutoScalingGroups', {}).AutoScalingGroups?.[0];
  const launch = { LaunchConfigurationName: of?.LaunchConfigurationName, VPCZoneIdentifier: of?.VPCZoneIdentifier };
  for (const AutoScalingGroupName of [FOREIGN, 'consul-roll-7f3a21']) {
    world.call('autoscaling', 'CreateAutoScalingGroup', { ...launch, AutoScalingGroupName, MinSize: 0, MaxSize: 1 });
  }
  const LaunchTemplateData = { ImageId: OLD_IMAGE.imageId, InstanceType: 'm5.large' as const };
  const made = world.call('ec2', 'CreateLaunchTemplate', { LaunchTemplateName: 'theirs', LaunchTemplateData });
  template = made.LaunchTemplate?.LaunchTemplateId ?? '';
  const settings = { endpoint, region: world.region, credentials: CREDENTIALS, maxAttempts: 1 };
  scaling = new AutoScaling(settings);
  ec2 = new EC2(settings);
});
afterAll(async () => {
  scaling.destroy();
  ec2.destroy();
  await account.close();
});

function enforce(command: CommandName, over: Partial<PolicyBounds> = {}): void {
  const named = { cluster: 'consul', group: own, role: 'consul', launchConfiguration: 'consul-lc' };
  const bounds = { ...UNBOUNDED, ...named, ...over };
  account.enforce(policySchema.parse(JSON.parse(JSON.stringify(buildPolicy([command], bounds).document))));
}

const tag = (ResourceId: string, ...keys: string[]) => ({
  Tags: keys.map((Key) => ({ ResourceId, ResourceType: 'auto-scaling-group', Key, Value: 'x' })),
});
const denied = (action: string) => ({
  name: expect.stringMatching(/^(AccessDenied|UnauthorizedOperation)$/),
  message: expect.stringContaining(action),
});

describe('the policy printed for pause', () => {
  beforeAll(() => enforce('pause'));

  it('sets the one tag of a pause', async () => {
    await scaling.createOrUpdateTags(tag(own, PAUSE_TAG));
  });

  it.each([
    ['the record of a roll', () => tag(own, 'consul-roll:roll')],
    ['the record beside a pause', () => tag(own, PAUSE_TAG, 'consul-roll:image')],
    ['a key that differs in case', () => tag(own, 'Consul-Roll:pause')],
    ['the name by which a group is found', () => tag(own, 'Name')],
    ['the group of others', () => tag(FOREIGN, PAUSE_TAG)],
  ])('does not tag %s', async (_, request) => {
    await expect(scaling.createOrUpdateTags(request())).rejects.toMatchObject(denied('autoscaling:CreateOrUpdateTags'));
  });

  it('removes no tag, not even its own', async () => {
    await expect(scaling.deleteTags(tag(own, PAUSE_TAG))).rejects.toMatchObject(denied('autoscaling:DeleteTags'));
  });
});

describe('the policy printed for upgrade', () => {
  beforeAll(() => enforce('upgrade'));
  const group = (AutoScalingGroupName: string) => ({ AutoScalingGroupName });

  it('deletes no group by force, and none of others', async () => {
    const byForce = scaling.deleteAutoScalingGroup({ ...group(own), ForceDelete: true });
    await expect(byForce).rejects.toMatchObject(denied('autoscaling:DeleteAutoScalingGroup'));
    const foreign = scaling.deleteAutoScalingGroup(group(FOREIGN));
    await expect(foreign).rejects.toMatchObject(denied('autoscaling:DeleteAutoScalingGroup'));
    // A group with servers is not deleted without force.
    await expect(scaling.deleteAutoScalingGroup(group(own))).rejects.toMatchObject({ name: 'ResourceInUseFault' });
    await scaling.deleteAutoScalingGroup(group('consul-roll-7f3a21'));
  });

  it('changes no group of others, whose name begins with that of the cluster', async () => {
    const resized = scaling.updateAutoScalingGroup({ ...group(FOREIGN), MaxSize: 0 });
    await expect(resized).rejects.toMatchObject(denied('autoscaling:UpdateAutoScalingGroup'));
    const suspended = scaling.suspendProcesses(group(FOREIGN));
    await expect(suspended).rejects.toMatchObject(denied('autoscaling:SuspendProcesses'));
  });

  it('sets and removes only its own tags on a group', async () => {
    await scaling.createOrUpdateTags(tag(own, 'consul-roll:roll'));
    await scaling.deleteTags(tag(own, 'consul-roll:roll', PAUSE_TAG));
    for (const keys of [['Name'], ['consul-roll:roll', 'team']]) {
      await expect(scaling.createOrUpdateTags(tag(own, ...keys))).rejects.toMatchObject(denied('CreateOrUpdateTags'));
      await expect(scaling.deleteTags(tag(own, ...keys))).rejects.toMatchObject(denied('DeleteTags'));
    }
  });

  it('creates groups and launch configurations of its own names only', async () => {
    const launch = { LaunchConfigurationName: account.cluster.launchConfigurationName, MinSize: 0, MaxSize: 1 };
    const made = scaling.createAutoScalingGroup({ ...group('consul-seven7'), ...launch });
    await expect(made).rejects.toMatchObject(denied('autoscaling:CreateAutoScalingGroup'));
    const configured = scaling.createLaunchConfiguration({ LaunchConfigurationName: 'web', ImageId: 'ami-1' });
    await expect(configured).rejects.toMatchObject(denied('autoscaling:CreateLaunchConfiguration'));
    const removed = scaling.deleteLaunchConfiguration({ LaunchConfigurationName: 'web' });
    await expect(removed).rejects.toMatchObject(denied('autoscaling:DeleteLaunchConfiguration'));
  });

  it("passes the servers' role to EC2, and no role to Auto Scaling", async () => {
    const RoleARN = `arn:aws:iam::${account.world.accountId}:role/consul`;
    const hook = { LifecycleHookName: 'h', LifecycleTransition: 'autoscaling:EC2_INSTANCE_LAUNCHING', RoleARN };
    const made = scaling.createAutoScalingGroup({
      ...group('consul-roll-000000'),
      LaunchConfigurationName: account.cluster.launchConfigurationName,
      MinSize: 0,
      MaxSize: 1,
      LifecycleHookSpecificationList: [hook],
    });
    await expect(made).rejects.toMatchObject(denied('iam:PassRole'));
    const other = { LaunchConfigurationName: 'consul-roll-000000', IamInstanceProfile: 'admin', ImageId: 'ami-1' };
    await expect(scaling.createLaunchConfiguration(other)).rejects.toMatchObject(denied('iam:PassRole'));
  });

  it('reads the consoles of its own servers only, which may show secrets', async () => {
    const { world } = account;
    const [first] = world.call('autoscaling', 'DescribeAutoScalingInstances', {}).AutoScalingInstances ?? [];
    await ec2.getConsoleOutput({ InstanceId: first?.InstanceId });
    const theirs = ec2.getConsoleOutput({ InstanceId: account.runServer('m5.large') });
    await expect(theirs).rejects.toMatchObject(denied('ec2:GetConsoleOutput'));
  });

  it('creates and deletes launch templates with its own name in their tag only', async () => {
    const named = (LaunchTemplateName: string, Value?: string) => ({
      LaunchTemplateName,
      LaunchTemplateData: { ImageId: OLD_IMAGE.imageId },
      ...(Value && {
        TagSpecifications: [{ ResourceType: 'launch-template' as const, Tags: [{ Key: 'consul-roll:name', Value }] }],
      }),
    });
    for (const request of [named('web'), named('web', 'web')]) {
      await expect(ec2.createLaunchTemplate(request)).rejects.toMatchObject(denied('ec2:CreateLaunchTemplate'));
    }
    const { LaunchTemplate: made } = await ec2.createLaunchTemplate(named('consul-roll-1', 'consul-roll-abc123'));
    await ec2.deleteLaunchTemplate({ LaunchTemplateId: made?.LaunchTemplateId });
    const theirs = ec2.deleteLaunchTemplate({ LaunchTemplateId: template });
    await expect(theirs).rejects.toMatchObject(denied('ec2:DeleteLaunchTemplate'));
  });

  it('launches what a launch template names, not another image through it', async () => {
    const run = (more: object) =>
      ec2.runInstances({
        DryRun: true,
        MinCount: 1,
        MaxCount: 1,
        LaunchTemplate: { LaunchTemplateId: template },
        ...more,
      });
    await expect(run({})).rejects.toMatchObject({ name: 'DryRunOperation' });
    await expect(run({ SubnetId: 'subnet-1' })).rejects.toMatchObject({ name: 'DryRunOperation' });
    await expect(run({ ImageId: NEW_IMAGE.imageId })).rejects.toMatchObject(denied('ec2:RunInstances'));
    const bare = ec2.runInstances({ DryRun: true, MinCount: 1, MaxCount: 1, ImageId: OLD_IMAGE.imageId });
    await expect(bare).rejects.toMatchObject(denied('ec2:RunInstances'));
  });
});

describe('the policy printed for upgrade with the keys of tags, after a roll', () => {
  const CURRENT = 'consul-roll-0123ab';
  let launch: object;
  beforeAll(() => {
    const { world } = account;
    const [of] = world.call('autoscaling', 'DescribeAutoScalingGroups', {}).AutoScalingGroups ?? [];
    launch = { LaunchConfigurationName: of?.LaunchConfigurationName, VPCZoneIdentifier: of?.VPCZoneIdentifier };
    const group = { ...launch, AutoScalingGroupName: CURRENT, MinSize: 0, MaxSize: 1 };
    world.call('autoscaling', 'CreateAutoScalingGroup', group);
    enforce('upgrade', { group: CURRENT, tagKeys: ['Name'] });
  });

  it('sets no tag on the current group, which a roll has made, but its own and those that are named', async () => {
    await scaling.createOrUpdateTags(tag(CURRENT, 'consul-roll:roll', 'Name'));
    for (const key of ['team', 'name', 'Name2']) {
      await expect(scaling.createOrUpdateTags(tag(CURRENT, key))).rejects.toMatchObject(denied('CreateOrUpdateTags'));
    }
  });

  it('creates a group with the tags of the old one', async () => {
    const made = (AutoScalingGroupName: string, ...keys: string[]) =>
      scaling.createAutoScalingGroup({
        ...launch,
        AutoScalingGroupName,
        MinSize: 0,
        MaxSize: 0,
        Tags: tag(AutoScalingGroupName, ...keys).Tags,
      });
    await made('consul-roll-0123cd', 'consul-roll:roll', 'Name');
    await expect(made('consul-roll-0123ef', 'team')).rejects.toMatchObject(denied('autoscaling:'));
  });
});
