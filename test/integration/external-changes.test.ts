import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { getImage } from '../../src/sandbox/aws/images.js';
import { startWriter, type Writer } from '../../src/sandbox/demo/writer.js';
import { listLiveServers, readAccount } from '../helpers/account.js';
import { WRITE_EVERY_MS } from '../helpers/load.js';
import { buildContinueCommand, buildUpgradeCommand, openSite, type TestSite, waitForOutput } from '../helpers/site.js';
import { until } from '../sandbox/instances/until.js';

const MINUTE_MS = 60_000;

describe('resume after external changes to a killed roll', () => {
  let site: TestSite;
  let writer: Writer;
  let oldGroup = '';
  let newGroup = '';

  beforeAll(async () => {
    site = await openSite({ size: 3, speed: 8, consul: { kind: 'simulated' } });
    oldGroup = site.sandbox.cluster?.groupName ?? '';
    const url = site.sandbox.loadBalancerUrl ?? '';
    writer = startWriter({ url, intervalMs: WRITE_EVERY_MS, prefix: 'changed' });
    const upgrade = site.start(buildUpgradeCommand(site, 'consul-v2', '--lock-ttl 2s'));
    await waitForOutput(upgrade, /scale out group \S+ to 1/);
    // It is said before it is done: killed in between, the roll has no new server.
    await until('the new server is launched', () => members().length === 4);
    upgrade.child.kill('SIGKILL');
    await upgrade.ended;
    newGroup = /scale out group (\S+) to 1/.exec(upgrade.stderr())?.[1] ?? '';
    await until('the new server is in service', () => membersInService().length === 4);
  }, 3 * MINUTE_MS);

  afterAll(() => site?.close(), MINUTE_MS);

  const members = () =>
    site.sandbox.aws.call('autoscaling', 'DescribeAutoScalingInstances', {}).AutoScalingInstances ?? [];

  const membersInService = () => members().filter((one) => one.LifecycleState === 'InService');

  const world = () => site.sandbox.aws;

  const update = (AutoScalingGroupName: string, change: object) =>
    world().call('autoscaling', 'UpdateAutoScalingGroup', { AutoScalingGroupName, ...change });

  /** What Terraform does about tags that it does not know. */
  function takeRecord(group: string): void {
    const { Tags = [] } = world().call('autoscaling', 'DescribeTags', {});
    const ofRoll = Tags.filter(({ ResourceId, Key = '' }) => ResourceId === group && Key.startsWith('consul-roll:'));
    world().call('autoscaling', 'DeleteTags', {
      Tags: ofRoll.map(({ Key }) => ({ ResourceId: group, ResourceType: 'auto-scaling-group', Key })),
    });
  }

  /** Resumes, and expects that to stop and to change nothing. */
  async function expectStopped(exitCode: number, sentence: RegExp, flags = ''): Promise<void> {
    const before = readAccount(site.sandbox.aws);
    const ended = await site.run(buildContinueCommand(site, 'resume', `--lock-ttl 2s ${flags}`));
    expect(ended.exitCode, ended.stderr).toBe(exitCode);
    const { reason, error } = JSON.parse(ended.stdout);
    expect(reason?.sentence ?? error.message).toMatch(sentence);
    expect(readAccount(site.sandbox.aws)).toEqual(before);
  }

  it(
    // failure-mode: resume-other-image
    'resume --ami with another image → refused, exit 3, changes nothing',
    async () => {
      const other = getImage('consul-slow').imageId;
      await expectStopped(
        3,
        new RegExp(`rolled onto ${getImage('consul-v2').imageId}, not onto ${other}`),
        `--ami ${other}`,
      );
    },
    2 * MINUTE_MS,
  );

  it(
    // failure-mode: new-group-image-changed
    'the new group was given the old launch configuration → stopped, exit 5, says so, changes nothing',
    async () => {
      const { launchConfigurationName } = site.sandbox.cluster ?? {};
      update(newGroup, { LaunchConfigurationName: launchConfigurationName });
      await expectStopped(5, /launches ami-0c0515ea000000001, and the roll is onto ami-0c0515ea000000002/);
      update(newGroup, { LaunchConfigurationName: newGroup });
    },
    2 * MINUTE_MS,
  );

  it(
    // failure-mode: server-died-meanwhile
    // failure-mode: record-removed
    'the new group scaled out and back, an old server terminated, the tags removed → tags written again, rolled, no write lost',
    async () => {
      update(newGroup, { MaxSize: 6, DesiredCapacity: 6 });
      await until('the servers are launched', () => membersInService().length === 9);
      update(newGroup, { DesiredCapacity: 3 });
      takeRecord(oldGroup);
      const [instance] = listLiveServers(site.sandbox.aws);
      site.sandbox.aws.call('ec2', 'TerminateInstances', { InstanceIds: [instance?.instanceId ?? ''] });
      const { exitCode, stdout, stderr } = await site.run(buildContinueCommand(site, 'resume', '--lock-ttl 2s'));
      const { lost } = await writer.stop();
      expect(exitCode, stderr).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({ outcome: 'rolled', state: { voters: 3, healthy: 3 } });
      expect(stderr).toMatch(/set group .* to desired 6, .*: its size was set below its servers/i);
      expect(stderr).toMatch(/record the roll on group .*: the record of the roll was removed from it/);
      expect(lost).toBe(0);
      const { AutoScalingGroups: groups = [] } = world().call('autoscaling', 'DescribeAutoScalingGroups', {});
      expect(groups).toMatchObject([
        { AutoScalingGroupName: newGroup, MinSize: 3, SuspendedProcesses: [], LoadBalancerNames: ['consul'] },
      ]);
    },
    3 * MINUTE_MS,
  );
});
