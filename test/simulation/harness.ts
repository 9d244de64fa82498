import { renderDefaultBootScript } from '../../src/lib/create/boot/script.js';
import { SANDBOX_IMAGES } from '../../src/sandbox/aws/images.js';
import { createSandboxAws, type SandboxAws } from '../../src/sandbox/aws/sandbox-aws.js';
import { type SeededCluster, seedCluster } from '../../src/sandbox/aws/seed-cluster.js';
import { createConsulNetwork } from '../../src/sandbox/consul/network.js';
import type { Group } from '../../src/sandbox/consul/state.js';
import type { Traffic } from '../../src/sandbox/interfaces.js';
import { SimulatedEnvironment } from './environment.js';
import type { MachineFaults } from './faults/fault-runner.js';
import { createFaultyInstances } from './faulty-instances.js';
import { seedVictim } from './foreign-account.js';
import { useLaunchTemplate } from './launches.js';
import { CLUSTER, Oracle } from './oracle.js';
import type { Scenario } from './scenario.js';

const START_MS = Date.UTC(2026, 0, 1);
/** Shortens the article's health check interval from 30 s to 10 s. */
const CHECK_FACTOR = 3;
const READY_MS = 300_000;
/** Every simulation has the same ids: no result depends on them, and JavaScript engines keep their shapes. */
const IDS = 1;

/** The group of a cluster that was rolled before. */
const EARLIER_ROLL = `${CLUSTER}-roll-abc123`;

/** A healthy cluster and its account; in some scenarios there is a group of another cluster beside it. */
export interface Harness {
  readonly environment: SimulatedEnvironment;
  readonly oracle: Oracle;
  readonly machines: MachineFaults;
  readonly cluster: SeededCluster;
}

/** @param traffic what draining waits for; without it, draining ends at once */
export function buildHarness(scenario: Scenario, traffic?: Traffic): Harness {
  const { seed, from, onto, size, raftMultiplier } = scenario;
  const net = createConsulNetwork({ seed, startMs: START_MS, raftMultiplier });
  const machines: MachineFaults = {
    failChecksUntilMs: 0,
    foreignServers: undefined,
    restarts: 0,
    restartsNew: false,
    dead: new Set(),
    founds: () => false,
  };
  const images = [from, onto, ...SANDBOX_IMAGES.filter(({ name }) => name !== from.name && name !== onto.name)];
  const aws = createSandboxAws({
    seed: IDS,
    startMs: START_MS,
    speed: 1,
    machines: createFaultyInstances(net, onto.imageId, machines),
    images,
    ...(traffic && { traffic }),
    network: { secondOctet: 80 },
  });
  const environment = new SimulatedEnvironment(aws, net);
  if (scenario.neighbour)
    seedCluster(aws, { renderBootScript: renderDefaultBootScript, size: 0, name: 'neighbour', image: from });
  const seedAdversary = (isOlder: boolean) => {
    if (scenario.adversary !== undefined && scenario.victimIsOlder === isOlder) seedVictim(environment, from);
  };
  seedAdversary(true);
  const cluster = seedCluster(aws, {
    renderBootScript: renderDefaultBootScript,
    size,
    name: CLUSTER,
    image: from,
    checkFactor: CHECK_FACTOR,
    ...(scenario.rolledBefore && { groupName: EARLIER_ROLL }),
  });
  if (scenario.rolledBefore) tagAsRolled(aws, cluster.groupName);
  const raft = awaitCluster(environment, cluster, size);
  const { autopilot } = raft.store;
  if (!scenario.cleanup) {
    raft.store.configureAutopilot({ ...autopilot, cleanupDeadServers: false }, undefined, raft.log.lastIndex);
  }
  seedAdversary(false);
  if (scenario.launches !== undefined) useLaunchTemplate(aws, cluster, scenario.launches);
  configure(aws, cluster.groupName, scenario);
  const inPlaceOnto = scenario.inPlace ? onto.imageId : undefined;
  const { groupName, loadBalancerName } = cluster;
  const { surge = 1 } = scenario;
  const ownImages = new Set([from.imageId, onto.imageId]);
  const oracle = new Oracle(environment, raft, groupName, loadBalancerName, ownImages, size, inPlaceOnto, surge);
  oracle.deadAgents = machines.dead;
  // One that Auto Scaling launches by itself, before the roll keeps it from that, is not the fault of the roll.
  if (scenario.oldFounds)
    machines.founds = (imageId) =>
      imageId === from.imageId && oracle.group('old')?.suspended.has('ReplaceUnhealthy') === true;
  return { environment, oracle, machines, cluster };
}

/** A roll leaves the name of the cluster on the group that it created. */
function tagAsRolled(aws: SandboxAws, ResourceId: string): void {
  const tag = { ResourceId, ResourceType: 'auto-scaling-group', PropagateAtLaunch: false };
  aws.call('autoscaling', 'CreateOrUpdateTags', { Tags: [{ ...tag, Key: 'consul-roll:cluster', Value: CLUSTER }] });
}

/** Lets time pass until every server votes, autopilot finds the cluster healthy and all are in service. */
function awaitCluster(
  environment: SimulatedEnvironment,
  { loadBalancerName, groupName }: SeededCluster,
  size: number,
): Group {
  const { net, aws } = environment;
  const isOwn = (nodeName: string) => aws.inside.groups.get(groupName)?.members.has(nodeName) === true;
  const group = (): Group | undefined =>
    [...net.inside.servers.values()].find(({ nodeName }) => isOwn(nodeName))?.group;
  const ready = (): boolean => {
    const health = group()?.health ?? [];
    const healthy = health.filter((server) => server.voter && server.healthy).length;
    return healthy === size && aws.inService(loadBalancerName).length === size;
  };
  const found = environment.until(ready, READY_MS) ? group() : undefined;
  if (found === undefined) throw new Error('the cluster does not come up');
  return found;
}

function configure(aws: SandboxAws, group: string, { minSize, maxSize, suspended, protects, flaw }: Scenario): void {
  aws.call('autoscaling', 'UpdateAutoScalingGroup', {
    AutoScalingGroupName: group,
    MinSize: minSize,
    MaxSize: maxSize,
    NewInstancesProtectedFromScaleIn: protects === 'all',
  });
  if (protects !== 'none') {
    const InstanceIds = [...(aws.inside.groups.get(group)?.members.keys() ?? [])].slice(0, protects === 'one' ? 1 : 9);
    const change = { AutoScalingGroupName: group, InstanceIds, ProtectedFromScaleIn: true };
    aws.call('autoscaling', 'SetInstanceProtection', change);
  }
  const ScalingProcesses = flaw === 'terminate-suspended' ? [...suspended, 'Terminate'] : [...suspended];
  if (ScalingProcesses.length === 0) return;
  aws.call('autoscaling', 'SuspendProcesses', { AutoScalingGroupName: group, ScalingProcesses });
}
