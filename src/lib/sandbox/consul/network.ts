import { type ConsulEffects, effectsOn } from './effects.js';
import { EventQueue } from './event-queue.js';
import { type ServerStart, start } from './operations/start.js';
import { exit, freeze, terminate, thaw } from './operations/stop.js';
import { seededRandom } from './random.js';
import { type ConsulReads, readsOf } from './reads.js';
import type { Net, NetworkEvents, Server } from './state.js';

/** What a network begins with. */
export interface NetworkOptions {
  readonly seed: number;
  /** What the caller's clock shows now, milliseconds since 1970. */
  readonly startMs: number;
  /** How much faster than Consul's own everything goes; 1 by default. */
  readonly speed?: number;
}

/**
 * Simulated Consul servers under a given clock. Nothing happens by itself: time passes in `tick`, and what is asked
 * is asked at the time of the last one. Servers go by their addresses.
 */
export interface ConsulNetwork extends ConsulReads, ConsulEffects {
  /** Brings everything up to `nowMs`, milliseconds since 1970. */
  tick(nowMs: number): void;
  /** When something next happens, milliseconds since 1970; undefined when nothing will. */
  nextDueMs(): number | undefined;
  /** A server process starts, on an empty disk or, where one of that name was before, with what is on it. */
  start(server: ServerStart): void;
  /** SIGKILL. */
  kill(address: string): void;
  /** SIGTERM: a server does not leave (`leave_on_terminate` is off), it is only gone; a frozen one goes when it thaws. */
  terminate(address: string): void;
  /** SIGSTOP: the process stands still; it neither answers nor is missed by its own clock. */
  freeze(address: string): void;
  /** SIGCONT. */
  thaw(address: string): void;
  /** Whether something listens at the address: a frozen server does, one that is starting does not. */
  listens(address: string): boolean;
  /** Calls back when processes begin to listen and when they go; the result ends it. */
  listen(listener: NetworkEvents): () => void;
  /** The inside, for the HTTP face. */
  readonly inside: Net;
}

/** Makes a network without servers. */
export function createConsulNetwork({ seed, startMs, speed = 1 }: NetworkOptions): ConsulNetwork {
  const net: Net = {
    nowMs: 0,
    speed,
    startMs,
    queue: new EventQueue(),
    random: seededRandom(seed),
    servers: new Map(),
    listeners: new Set(),
  };
  return {
    ...readsOf(net),
    ...effectsOn(net),
    ...processesOf(net),
    tick: (nowMs) => tick(net, (nowMs - startMs) * speed),
    nextDueMs: () => dueMs(net),
    listen: (listener) => {
      net.listeners.add(listener);
      return () => net.listeners.delete(listener);
    },
    inside: net,
  };
}

function tick(net: Net, nowMs: number): void {
  for (let event = net.queue.take(nowMs); event !== undefined; event = net.queue.take(nowMs)) {
    net.nowMs = Math.max(net.nowMs, event.dueMs);
    event.run();
  }
  net.nowMs = Math.max(net.nowMs, nowMs);
}

function dueMs(net: Net): number | undefined {
  const next = net.queue.nextDueMs();
  return next === undefined ? undefined : net.startMs + next / net.speed;
}

function processesOf(
  net: Net,
): Pick<ConsulNetwork, 'start' | 'kill' | 'terminate' | 'freeze' | 'thaw' | 'listens'> {
  const to =
    (signal: (server: Server) => void) =>
    (address: string): void => {
      const server = net.servers.get(address);
      if (server !== undefined) signal(server);
    };
  return {
    start: (server) => start(net, server),
    kill: to((server) => exit(net, server, 'killed')),
    terminate: to((server) => terminate(net, server)),
    freeze: to((server) => freeze(net, server)),
    thaw: to((server) => thaw(net, server)),
    listens: (address) => ['running', 'frozen'].includes(net.servers.get(address)?.life ?? 'dead'),
  };
}
