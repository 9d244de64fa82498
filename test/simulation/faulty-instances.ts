import type { ConsulNetwork } from '../../src/sandbox/consul/network.js';
import { createSimulatedInstances } from '../../src/sandbox/consul/simulated-instances.js';
import { scheduleAfter } from '../../src/sandbox/consul/state.js';
import type { InstanceBackend, InstanceSpec } from '../../src/sandbox/interfaces.js';
import type { MachineFaults } from './faults/fault-runner.js';

const RESTART_MS = 1_000;

/** Instances as simulated Consul servers, with faults of those on the image `onto`. */
export function createFaultyInstances(net: ConsulNetwork, onto: string, faults: MachineFaults): InstanceBackend {
  const machines = createSimulatedInstances(net, { serveHttp: false, restarts: (id) => !faults.dead.has(id) });
  const specs = new Map<string, InstanceSpec>();
  restartLeftServers(net, onto, specs, faults);
  return {
    boot: (spec) => {
      const astray = faults.foreignServers !== undefined && spec.image.imageId === onto;
      const image = faults.founds(spec.image.imageId) ? { ...spec.image, behaviour: 'founder' as const } : spec.image;
      const found = { ...spec, image, ...(astray && { peers: faults.foreignServers ?? [] }) };
      specs.set(spec.instanceId, found);
      machines.boot(found);
    },
    shutdown: (instanceId, graceMs, done) => {
      specs.delete(instanceId);
      machines.shutdown(instanceId, graceMs, done);
    },
    // The health check of the article's load balancer, without HTTP.
    check: (instanceId, _target, answer) => {
      const spec = specs.get(instanceId);
      const failsCheck =
        spec?.image.imageId === onto && net.inside.nowMs + net.inside.startMs < faults.failChecksUntilMs;
      answer(spec !== undefined && !failsCheck && net.leader(spec.address).ok);
    },
  };
}

/** A process supervisor that restarts a server that has left, as if it had crashed. */
function restartLeftServers(
  net: ConsulNetwork,
  onto: string,
  specs: ReadonlyMap<string, InstanceSpec>,
  faults: MachineFaults,
): void {
  net.listen({
    gone: (address, how) => {
      const spec = [...specs.values()].find((one) => one.address === address);
      if (how !== 'left' || spec === undefined) return;
      const isOfNewUnit = faults.restartsNew && spec.image.imageId === onto;
      if (!isOfNewUnit && faults.restarts === 0) return;
      if (!isOfNewUnit) faults.restarts--;
      scheduleAfter(net.inside, RESTART_MS, () => {
        if (!specs.has(spec.instanceId)) return;
        const { instanceId: nodeName, image } = spec;
        const ofSameCluster = [...specs.values()].filter((one) => isDiscovered(one, spec) || isDiscovered(spec, one));
        const retryJoin = ofSameCluster.map((one) => one.address);
        net.start({ nodeName, address, version: image.consulVersion, retryJoin });
      });
    },
  });
}

/** The boot script of one of them finds the other. */
function isDiscovered(from: InstanceSpec, { address }: InstanceSpec): boolean {
  return from.peers.includes(address);
}
