import {
  DeleteAutoScalingGroupCommand,
  SuspendProcessesCommand,
  UpdateAutoScalingGroupCommand,
} from '@aws-sdk/client-auto-scaling';
import { DeregisterInstancesFromLoadBalancerCommand } from '@aws-sdk/client-elastic-load-balancing';
import { type LiveServer, listLiveServers } from '../../helpers/account.js';
import { findAgreedLeader, readServerReports } from '../../helpers/quorum-record.js';
import {
  createGroupBeside,
  createLaunchConfiguration,
  findGroup,
  listInService,
  listMembers,
  terminate,
  waitFor,
} from '../aws.js';
import { askToLeave, countHealthyServers, isUp, transferLeadership } from '../consul.js';
import type { BenchSite, Way } from './way.js';

/** All servers of both groups vote, are healthy and in service. */
async function waitForBothGroups(site: BenchSite, created: string): Promise<void> {
  await waitFor(site, async () => {
    const { voters } = await readServerReports(site.sandbox);
    const [address = ''] = voters;
    return (
      voters.length === site.size * 2 &&
      (await countHealthyServers(address)) === site.size * 2 &&
      (await listInService(site, created)).length === site.size
    );
  });
}

/** Leadership to a new server where Consul can move it; else it stays with the old one that leaves last. */
async function moveLeadership(site: BenchSite, old: readonly string[]): Promise<void> {
  const created = listLiveServers(site.sandbox.aws).find(({ instanceId }) => !old.includes(instanceId));
  await waitFor(site, async () => {
    const leader = await findAgreedLeader(site.sandbox);
    if (leader === undefined || created === undefined) return false;
    return !old.includes(leader.instanceId) || !(await transferLeadership(leader.address, created.address));
  });
}

/** Out of the load balancer, out of Raft, terminated; each awaited. */
async function removeServer(site: BenchSite, { instanceId, address }: LiveServer): Promise<void> {
  await site.aws.balancing.send(
    new DeregisterInstancesFromLoadBalancerCommand({
      LoadBalancerName: site.loadBalancerName,
      Instances: [{ InstanceId: instanceId }],
    }),
  );
  await waitFor(site, async () => !(await listInService(site, site.groupName)).includes(instanceId));
  await askToLeave(address);
  await waitFor(site, async () => {
    const { voters } = await readServerReports(site.sandbox);
    return !voters.includes(address) && !(await isUp(address));
  });
  await terminate(site, instanceId, true);
}

/** The old servers, the leader last. */
async function listOldServers(site: BenchSite, old: readonly string[]): Promise<LiveServer[]> {
  const leader = await findAgreedLeader(site.sandbox);
  const servers = listLiveServers(site.sandbox.aws).filter(({ instanceId }) => old.includes(instanceId));
  const isLeader = (one: LiveServer) => Number(one.instanceId === leader?.instanceId);
  return servers.sort((a, b) => isLeader(a) - isLeader(b));
}

export const operatorWay: Way = {
  id: 'operator',
  title: 'a careful operator',
  how: 'A new group; leadership first where Consul can move it; then one leave at a time, each awaited.',
  ours: false,
  limitMs: 900_000,
  replace: async (site) => {
    const { scaling } = site.aws;
    const AutoScalingGroupName = site.groupName;
    const old = await listMembers(site, AutoScalingGroupName);
    const created = await createGroupBeside(site, await createLaunchConfiguration(site));
    await waitForBothGroups(site, created);
    await scaling.send(new SuspendProcessesCommand({ AutoScalingGroupName, ScalingProcesses: ['Launch'] }));
    await scaling.send(new UpdateAutoScalingGroupCommand({ AutoScalingGroupName, MinSize: 0 }));
    await moveLeadership(site, old);
    for (const server of await listOldServers(site, old)) await removeServer(site, server);
    await waitFor(site, async () => (await listMembers(site, AutoScalingGroupName)).length === 0);
    await scaling.send(new DeleteAutoScalingGroupCommand({ AutoScalingGroupName }));
    await waitFor(site, async () => (await findGroup(site, AutoScalingGroupName)) === undefined);
    return { exitCode: 0, by: 'HTTP API of Consul and AWS SDK for JavaScript' };
  },
};
