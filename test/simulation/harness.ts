import { renderDefaultBootScript } from '../../src/lib/create/boot/script.js';
import { SANDBOX_IMAGES } from '../../src/sandbox/aws/images.js';
import { createSandboxAws, type SandboxAws } from '../../src/sandbox/aws/sandbox-aws.js';
import { type SeededCluster, seedCluster } from '../../src/sandbox/aws/seed-cluster.js';
import { createConsulNetwork } from '../../src/sandbox/consul/network.js';
import type { Group } from '../../src/sandbox/consul/state.js';
import type { Traffic } from '../../src/sandbox/interfaces.js';
import { SimulatedEnvironment } from './environment.js';
import type { MachineFaults } from './faults/fault-runner.js';
import { useLaunchTemplate } from './launches.js';
import { createFaultyInstances } from './machines.js';
import { Oracle } from './oracle.js';
import type { Scenario } from './scenario.js';

/** The name the roll is given. */
export const CLUSTER = 'consul';

const START_MS = Date.UTC(2026, 0, 1);
/** Brings the article's health check from every 30 s to every 10 s. */
const CHECK_FACTOR = 3;
const READY_MS = 300_000;
/** The account gives every simulation the same ids: nothing depends on them, and engines know their shapes by heart. */
const IDS = 1;

/** Where a simulation takes place: a healthy cluster, and now and then somebody else's group beside it. */
export interface Harness {
  readonly universe: SimulatedEnvironment;
  readonly truth: Oracle;
  readonly machines: MachineFaults;
  readonly cluster: SeededCluster;
}

/** @param traffic what draining waits for; without it, draining ends at once */
export function buildHarness(scenario: Scenario, traffic?: Traffic): Harness {
  const { seed, from, onto, size } = scenario;
  const net = createConsulNetwork({ seed, startMs: START_MS });
  const machines: MachineFaults = { blindUntilMs: 0, strangers: undefined, restarts: 0 };
  const images = [from, onto, ...SANDBOX_IMAGES.filter(({ name }) => name !== from.name && name !== onto.name)];
  const world = createSandboxAws({
    seed: IDS,
    startMs: START_MS,
    speed: 1,
    machines: createFaultyInstances(net, onto.imageId, machines),
    images,
    ...(traffic && { traffic }),
    network: { secondOctet: 80 },
  });
  const universe = new SimulatedEnvironment(world, net);
  if (scenario.neighbour)
    seedCluster(world, {
      renderBootScript: renderDefaultBootScript,
      size: 0,
      name: 'neighbour',
      image: from,
    });
  const cluster = seedCluster(world, {
    renderBootScript: renderDefaultBootScript,
    size,
    name: CLUSTER,
    image: from,
    checkFactor: CHECK_FACTOR,
  });
  const raft = awaitCluster(universe, cluster, size);
  const { autopilot } = raft.store;
  if (!scenario.cleanup) {
    raft.store.configureAutopilot({ ...autopilot, cleanupDeadServers: false }, undefined, raft.log.lastIndex);
  }
  if (scenario.launches !== undefined) useLaunchTemplate(world, cluster, scenario.launches);
  configure(world, cluster.groupName, scenario);
  const inPlaceOnto = scenario.inPlace ? onto.imageId : undefined;
  const { groupName, loadBalancerName } = cluster;
  const { surge = 1 } = scenario;
  const truth = new Oracle(universe, raft, groupName, loadBalancerName, size, inPlaceOnto, surge);
  return { universe, truth, machines, cluster };
}

/** Lets time pass until every server votes, autopilot finds the cluster healthy and all are in service. */
function awaitCluster(universe: SimulatedEnvironment, { loadBalancerName }: SeededCluster, size: number): Group {
  const { net, world } = universe;
  const group = (): Group | undefined => [...net.inside.servers.values()][0]?.group;
  const ready = (): boolean => {
    const health = group()?.health ?? [];
    const healthy = health.filter((server) => server.voter && server.healthy).length;
    return healthy === size && world.inService(loadBalancerName).length === size;
  };
  const found = universe.until(ready, READY_MS) ? group() : undefined;
  if (found === undefined) throw new Error('the cluster does not come up');
  return found;
}

function configure(world: SandboxAws, group: string, { minSize, maxSize, suspended, flaw }: Scenario): void {
  world.call('autoscaling', 'UpdateAutoScalingGroup', {
    AutoScalingGroupName: group,
    MinSize: minSize,
    MaxSize: maxSize,
  });
  const ScalingProcesses = flaw === 'terminate-suspended' ? [...suspended, 'Terminate'] : [...suspended];
  if (ScalingProcesses.length === 0) return;
  world.call('autoscaling', 'SuspendProcesses', { AutoScalingGroupName: group, ScalingProcesses });
}
