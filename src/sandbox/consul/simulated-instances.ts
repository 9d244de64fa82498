import { getImageStart } from '../instances/image-start.js';
import {
  type CheckAnswer,
  type HealthCheckTarget,
  type InstanceBackend,
  type InstanceSpec,
  passesCheck,
} from '../interfaces.js';
import { startWallClock, type WallClock } from './clock.js';
import { answerRequest } from './http/answer.js';
import { serveNetwork } from './http/serve.js';
import type { ConsulNetwork } from './network.js';
import { getGossipName, scheduleAfter } from './state.js';

/** How long a supervisor waits before it starts a failed agent again, milliseconds. */
const RESTART_AFTER_MS = 1_000;
/** From the last signal to an instance of which nothing runs, milliseconds. */
const POWER_OFF_MS = 100;
/** A lonely image's configuration: it waits for servers it never joins. */
const LONELY_EXPECT = 3;
const HTTP_PORT = 8500;
const RAFT_PORT = 8300;

export interface SimulatedInstancesOptions {
  /**
   * True outside the simulator: the servers listen on real sockets and the wall clock drives the network. False for the
   * simulator, which ticks the network itself.
   */
  readonly serveHttp: boolean;
  /** Whether the supervisor of an instance starts an agent again that was killed; unless given, it does. */
  readonly restarts?: (instanceId: string) => boolean;
  /** Called when an address cannot be listened on; only with `serveHttp`. */
  readonly onProblem?: (address: string, problem: Error) => void;
}

/** Instances as simulated Consul servers. */
export interface SimulatedInstances extends InstanceBackend {
  /** Ends every server and closes every socket. */
  close(): Promise<void>;
}

interface Machine {
  readonly spec: InstanceSpec;
  /** The machine is being shut down: its supervisor starts nothing more. */
  stopping: boolean;
}

/**
 * Instances whose Consul is simulated, each under a supervisor that starts an agent again that was killed, but not one
 * that has left.
 */
export function createSimulatedInstances(
  network: ConsulNetwork,
  options: SimulatedInstancesOptions,
): SimulatedInstances {
  const machines = new Map<string, Machine>();
  const server = options.serveHttp ? startHttpServer(network, options) : undefined;
  const withClock = <Args extends readonly unknown[]>(action: (...args: Args) => void) => {
    return (...args: Args): void => {
      server?.clock.touch();
      action(...args);
      server?.clock.touch();
    };
  };
  const forget = network.listen({
    gone: (address, how) => {
      const machine = [...machines.values()].find(({ spec }) => spec.address === address);
      if (machine !== undefined && how === 'killed' && options.restarts?.(machine.spec.instanceId) !== false)
        later(network, RESTART_AFTER_MS, () => startAgent(network, machine));
    },
  });
  return {
    boot: withClock((spec) => {
      const machine = { spec, stopping: false };
      machines.set(spec.instanceId, machine);
      const { startAfterMs } = getImageStart(spec.image, 1);
      if (startAfterMs !== undefined) later(network, startAfterMs, () => startAgent(network, machine));
    }),
    shutdown: withClock((instanceId, graceMs, done) => {
      const machine = machines.get(instanceId);
      machines.delete(instanceId);
      if (machine === undefined) later(network, 0, done);
      else powerOff(network, machine, graceMs, done);
    }),
    check: withClock((instanceId, target, answer) => {
      const machine = machines.get(instanceId);
      if (machine === undefined) answer(false);
      else check(network, machine.spec.address, target, answer);
    }),
    close: async () => {
      for (const machine of machines.values()) machine.stopping = true;
      for (const { spec } of machines.values()) network.kill(spec.address);
      forget();
      server?.clock.close();
      await server?.serving.close();
    },
  };
}

function startHttpServer(network: ConsulNetwork, { onProblem = () => {} }: SimulatedInstancesOptions) {
  const clock: WallClock = startWallClock(network);
  return { clock, serving: serveNetwork(network, clock, { port: HTTP_PORT, onProblem }) };
}

/** After a time that the network's speed divides. */
function later(network: ConsulNetwork, delayMs: number, run: () => void): void {
  scheduleAfter(network.inside, delayMs, run);
}

/** After a time of the caller's clock. */
function laterOutside(network: ConsulNetwork, delayMs: number, run: () => void): void {
  scheduleAfter(network.inside, delayMs * network.inside.speed, run);
}

function startAgent(network: ConsulNetwork, machine: Machine): void {
  if (machine.stopping) return;
  const { instanceId: nodeName, address, image, peers, bootstrapExpect } = machine.spec;
  const { crashAfterMs, joinAfterMs } = getImageStart(image, 1);
  const alone = image.behaviour === 'lonely' ? LONELY_EXPECT : 1;
  const joining =
    image.behaviour === 'lonely' || joinAfterMs !== undefined
      ? { retryJoin: [], bootstrapExpect: alone }
      : { retryJoin: peers, bootstrapExpect };
  const identity = copyIdentity(network, image, peers);
  const leaveBlocked = image.behaviour === 'stuck';
  network.start({ nodeName, address, version: image.consulVersion, leaveBlocked, ...joining, ...identity });
  if (joinAfterMs !== undefined) later(network, joinAfterMs, () => network.join(address, peers));
  if (crashAfterMs !== undefined) {
    later(network, crashAfterMs, () => {
      if (!machine.stopping) network.kill(address);
    });
  }
}

/** What an image has of the first of these servers that runs, which it was made of. */
function copyIdentity({ inside }: ConsulNetwork, { behaviour }: InstanceSpec['image'], addresses: readonly string[]) {
  const servers = addresses.flatMap((address) => inside.servers.get(address) ?? []);
  const original = servers.find(({ life }) => life === 'running');
  if (original === undefined) return {};
  if (behaviour === 'clone') return { nodeId: original.nodeId };
  return behaviour === 'namesake' ? { claimedName: getGossipName(original) } : {};
}

/** SIGTERM, then SIGKILL after the grace period: a paused process does not receive SIGTERM. */
function powerOff(network: ConsulNetwork, machine: Machine, graceMs: number, done: () => void): void {
  const { address } = machine.spec;
  machine.stopping = true;
  const paused = network.inside.servers.get(address)?.life === 'paused';
  const off = (): void => {
    network.kill(address);
    later(network, POWER_OFF_MS, done);
  };
  if (paused) laterOutside(network, graceMs, off);
  else off();
}

/** HTTP needs one of the target's statuses, TCP a listener; Consul has no TLS here. */
function check(network: ConsulNetwork, address: string, target: HealthCheckTarget, answer: CheckAnswer): void {
  if (target.protocol === 'TCP') {
    answer([HTTP_PORT, RAFT_PORT].includes(target.port) && network.isListening(address));
    return;
  }
  if (target.protocol !== 'HTTP' || target.port !== HTTP_PORT) {
    answer(false);
    return;
  }
  let waiting = true;
  const once: CheckAnswer = (healthy, failure) => {
    if (waiting) answer(healthy, failure);
    waiting = false;
  };
  const url = new URL(target.path ?? '/', 'http://consul');
  const request = { method: 'GET', path: url.pathname, query: url.searchParams, body: Buffer.alloc(0) };
  answerRequest(network.inside, address, request, ({ status }) => {
    if (passesCheck(target, status)) once(true);
    else once(false, { kind: 'status', status });
  });
  if (waiting) laterOutside(network, target.timeoutMs, () => once(false, { kind: 'timeout' }));
}
