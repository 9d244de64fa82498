import { SetDesiredCapacityCommand, UpdateAutoScalingGroupCommand } from '@aws-sdk/client-auto-scaling';
import { createLaunchConfiguration, listInService, listMembers, terminate, waitFor } from '../aws.js';
import type { BenchSite, Way } from './way.js';

const BY = 'AWS SDK for JavaScript';

/** Puts the new image into the group, so that what it launches runs it; the result are the old servers. */
async function changeImage(site: BenchSite): Promise<string[]> {
  const old = await listMembers(site, site.groupName);
  await site.aws.scaling.send(
    new UpdateAutoScalingGroupCommand({
      AutoScalingGroupName: site.groupName,
      LaunchConfigurationName: await createLaunchConfiguration(site),
      MaxSize: site.size * 2,
    }),
  );
  return old;
}

async function growTo(site: BenchSite, DesiredCapacity: number): Promise<void> {
  await site.aws.scaling.send(new SetDesiredCapacityCommand({ AutoScalingGroupName: site.groupName, DesiredCapacity }));
  await waitForServers(site, DesiredCapacity);
}

async function waitForServers(site: BenchSite, count: number): Promise<void> {
  await waitFor(site, async () => (await listInService(site, site.groupName)).length >= count);
}

async function waitUntilGone(site: BenchSite, ids: readonly string[]): Promise<void> {
  await waitFor(site, async () => {
    const members = await listMembers(site, site.groupName);
    return !ids.some((id) => members.includes(id));
  });
}

/** What tools do that replace the servers of any group: health is what Auto Scaling and the load balancer call it. */
export const canaryReplacerWay: Way = {
  id: 'replacer-canary',
  title: 'a replacer that knows no Raft, canary',
  how: 'One new server, then as many as there are old ones, then all old ones are terminated.',
  ours: false,
  limitMs: 300_000,
  replace: async (site) => {
    const old = await changeImage(site);
    await growTo(site, site.size + 1);
    await growTo(site, site.size * 2);
    for (const id of old) await terminate(site, id, true);
    await waitUntilGone(site, old);
    return { exitCode: 0, by: BY };
  },
};

export const serialReplacerWay: Way = {
  id: 'replacer-one-by-one',
  title: 'a replacer that knows no Raft, one for one',
  how: 'One old server is terminated; when its replacement is in service, the next one.',
  ours: false,
  limitMs: 600_000,
  replace: async (site) => {
    const old = await changeImage(site);
    for (const id of old) {
      await terminate(site, id, false);
      await waitUntilGone(site, [id]);
      await waitForServers(site, site.size);
    }
    return { exitCode: 0, by: BY };
  },
};
