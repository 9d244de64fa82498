import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from '../../src/cli/connect.js';
import { renderDefaultBootScript } from '../../src/lib/create/boot/script.js';
import type { Engine } from '../../src/lib/engine/engine.js';
import { SANDBOX_IMAGES } from '../../src/sandbox/aws/images.js';
import { createSandboxAws, type SandboxAws } from '../../src/sandbox/aws/sandbox-aws.js';
import type { LoadBalancerChoice } from '../../src/sandbox/aws/seed-load-balancers.js';
import { type ConsulNetwork, createConsulNetwork } from '../../src/sandbox/consul/network.js';
import { createSimulatedInstances } from '../../src/sandbox/consul/simulated-instances.js';
import { startEndpoint } from '../../src/sandbox/endpoint/endpoint.js';
import type { HealthCheckTarget, InstanceBackend, InstanceSpec } from '../../src/sandbox/interfaces.js';
import { startClock } from '../../src/sandbox/lifecycle/clock.js';
import { startCluster } from '../../src/sandbox/lifecycle/first-cluster.js';
import { leaseNetwork } from '../../src/sandbox/lifecycle/network-lease.js';
import { createDataPlane } from '../../src/sandbox/load-balancer/data-plane.js';
import { FaultyProxy, type Listening } from './faulty-proxy.js';

/** What goes wrong with machines; to be set at any time. */
export interface InstanceQuirks {
  /** Health checks of these fail, whatever Consul says. */
  failsCheck: (spec: InstanceSpec, target: HealthCheckTarget) => boolean;
  /** The servers that these join, where that is not their own cluster. */
  peers: (spec: InstanceSpec) => readonly string[] | undefined;
  /** Starts these again after they have left. */
  restarts: (spec: InstanceSpec) => boolean;
}

/** A sandbox with a faulty proxy before AWS or before the Consul servers. */
export interface FaultySandbox {
  readonly aws: SandboxAws;
  readonly network: ConsulNetwork;
  readonly awsProxy: FaultyProxy;
  readonly consul: FaultyProxy;
  readonly quirks: InstanceQuirks;
  /** Of real clients, which reach everything through the proxies. */
  readonly engine: Engine;
  /** Of the sandbox's own network, 127.S. */
  readonly prefix: string;
  readonly loadBalancerUrl: string;
  readonly specs: ReadonlyMap<string, InstanceSpec>;
  close(): Promise<void>;
}

export const SPEED = 20;
const CONSUL_PORT = 8500;
const FAULTY_PORT = 8501;
const LAST_RESPONSES_MS = 200;
const CREDENTIALS = { accessKeyId: 'sandbox', secretAccessKey: 'sandbox' };

/** What is to be troubled. */
export interface FaultySandboxOptions {
  /** 3 when left out. */
  readonly size?: number;
  /** Whose requests go through a faulty proxy; the others take the direct way, which is quicker. */
  readonly through: 'aws' | 'consul' | 'neither';
  /** A classic load balancer when left out. */
  readonly loadBalancer?: LoadBalancerChoice;
}

/** Starts one with a healthy cluster of simulated servers, twenty times as fast as AWS and Consul are. */
export async function startFaultySandbox({
  size = 3,
  through,
  loadBalancer,
}: FaultySandboxOptions): Promise<FaultySandbox> {
  const ends: (() => unknown)[] = [];
  const folder = mkdtempSync(join(tmpdir(), 'trouble-'));
  ends.push(() => rmSync(folder, { recursive: true, force: true }));
  const lease = await leaseNetwork();
  ends.push(lease.release);
  const startMs = Date.now();
  const network = createConsulNetwork({ seed: 1, startMs, speed: SPEED });
  const quirks: InstanceQuirks = { failsCheck: () => false, peers: () => undefined, restarts: () => false };
  const specs = new Map<string, InstanceSpec>();
  const simulated = createSimulatedInstances(network, { serveHttp: true });
  ends.push(simulated.close);
  const plane = createDataPlane();
  ends.push(plane.close);
  const world = createSandboxAws({
    seed: 1,
    startMs,
    speed: SPEED,
    machines: createQuirkyInstances(simulated, specs, quirks),
    traffic: plane.traffic,
    images: SANDBOX_IMAGES,
    network: { secondOctet: lease.secondOctet },
  });
  const keys = { operator: CREDENTIALS.secretAccessKey, instances: 'secret of the role' };
  const endpoint = await startEndpoint({ aws: world, host: '127.0.0.1', port: 0, keys });
  ends.push(endpoint.close);
  const sockets = { tick: () => plane.sync(world), nextDueMs: () => undefined };
  ends.push(startClock([world, sockets], () => undefined).stop);
  const [aws, consul] = [new FaultyProxy(), new FaultyProxy()];
  const atAws = await aws.listen('127.0.0.1', endpoint.port);
  ends.push(atAws.close);
  if (through === 'consul') ends.push(followServers(network, consul));
  ends.push(restartLeft(network, specs, quirks));
  const first = {
    size,
    speed: SPEED,
    loadBalancer,
    folder,
    readyLimitMs: 60_000,
    renderBootScript: renderDefaultBootScript,
  };
  const cluster = await startCluster(world, first);
  const engine = await connect({
    aws: {
      region: world.region,
      endpoint: `http://127.0.0.1:${through === 'aws' ? atAws.port : endpoint.port}`,
      credentials: CREDENTIALS,
      maxAttempts: 3,
      requestTimeoutMs: 2_000,
    },
    consul: {
      scheme: 'http',
      port: through === 'consul' ? FAULTY_PORT : CONSUL_PORT,
      token: undefined,
      tls: undefined,
      timeouts: { readMs: 3_000, changeMs: 5_000, inFlightMs: 100 },
    },
    snapshotDir: folder,
  });
  ends.push(() => engine.close());
  return {
    aws: world,
    network,
    awsProxy: aws,
    consul,
    quirks,
    engine,
    specs,
    prefix: `127.${lease.secondOctet}`,
    loadBalancerUrl: `http://${cluster.loadBalancerAddress}:${CONSUL_PORT}`,
    close: async () => {
      for (const end of ends.reverse()) await end();
    },
  };
}

function createQuirkyInstances(
  machines: InstanceBackend,
  specs: Map<string, InstanceSpec>,
  quirks: InstanceQuirks,
): InstanceBackend {
  return {
    boot: (given) => {
      const spec = { ...given, peers: quirks.peers(given) ?? given.peers };
      specs.set(spec.instanceId, spec);
      machines.boot(spec);
    },
    shutdown: (instanceId, graceMs, done) => {
      specs.delete(instanceId);
      machines.shutdown(instanceId, graceMs, done);
    },
    check: (instanceId, target, answer) => {
      const spec = specs.get(instanceId);
      if (spec !== undefined && quirks.failsCheck(spec, target)) answer(false);
      else machines.check(instanceId, target, answer);
    },
  };
}

/** A proxy listens beside every server for as long as its process lives. */
function followServers(network: ConsulNetwork, proxy: FaultyProxy): () => Promise<void> {
  const open = new Map<string, Promise<Listening>>();
  const stop = network.listen({
    listening: (address) => void open.set(address, proxy.listen(address, CONSUL_PORT, FAULTY_PORT)),
    gone: (address, how) => {
      const listening = open.get(address);
      open.delete(address);
      const close = () => void listening?.then((one) => one.close());
      if (how === 'killed') close();
      else setTimeout(close, LAST_RESPONSES_MS);
    },
  });
  return async () => {
    stop();
    await Promise.all([...open.values()].map(async (listening) => (await listening).close()));
  };
}

/** What a supervisor does that does not know that leaving was meant. */
function restartLeft(network: ConsulNetwork, specs: Map<string, InstanceSpec>, quirks: InstanceQuirks): () => void {
  return network.listen({
    gone: (address, how) => {
      const spec = [...specs.values()].find((one) => one.address === address);
      if (how !== 'left' || spec === undefined || !quirks.restarts(spec)) return;
      const { instanceId: nodeName, image, peers } = spec;
      setTimeout(() => {
        if (specs.has(nodeName)) {
          network.start({ nodeName, address, version: image.consulVersion, retryJoin: peers });
        }
      }, 1_000 / SPEED);
    },
  });
}
