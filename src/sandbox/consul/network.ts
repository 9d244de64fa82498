import { EventQueue } from './event-queue.js';
import { handleMemberChange } from './leader-duties.js';
import { joinServers, type ServerStart, startServer } from './operations/start.js';
import {
  closeRaftPort,
  exitServer,
  openRaftPort,
  pauseServer,
  terminateServer,
  unpauseServer,
} from './operations/stop.js';
import { handleElectionTimeout } from './raft/election.js';
import { createRandom } from './random.js';
import type { NetworkEvents, Server } from './state.js';
import { ConsulWrites } from './writes.js';

/** What a network begins with. */
export interface NetworkOptions {
  readonly seed: number;
  /** What the caller's clock shows now, milliseconds since 1970. */
  readonly startMs: number;
  /** How much faster than Consul's own everything goes; 1 by default. */
  readonly speed?: number;
  /** `raft_multiplier` of every server: 1 by default, which Consul recommends for production. */
  readonly raftMultiplier?: number;
}

/** Makes a network without servers. */
export function createConsulNetwork({ seed, startMs, speed = 1, raftMultiplier = 1 }: NetworkOptions): ConsulNetwork {
  return new ConsulNetwork({
    nowMs: 0,
    speed,
    raftMultiplier,
    startMs,
    queue: new EventQueue(),
    random: createRandom(seed),
    servers: new Map(),
    listeners: new Set(),
    reactions: { electionTimeout: handleElectionTimeout, memberChanged: handleMemberChange },
  });
}

/**
 * Simulated Consul servers under a given clock. Nothing happens by itself: time passes in `tick`, and requests
 * happen at the time of the last one. Servers are named by their addresses.
 */
export class ConsulNetwork extends ConsulWrites {
  /** Brings everything up to `nowMs`, milliseconds since 1970. */
  tick(nowMs: number): void {
    const net = this.inside;
    const endMs = (nowMs - net.startMs) * net.speed;
    for (let event = net.queue.take(endMs); event !== undefined; event = net.queue.take(endMs)) {
      net.nowMs = Math.max(net.nowMs, event.dueMs);
      event.run();
    }
    net.nowMs = Math.max(net.nowMs, endMs);
  }

  /** When something next happens, milliseconds since 1970; undefined when nothing will. */
  nextDueMs(): number | undefined {
    const { queue, startMs, speed } = this.inside;
    const next = queue.nextDueMs();
    return next === undefined ? undefined : startMs + next / speed;
  }

  /** A server process starts, on an empty disk or, if a server of that name ran before, on its disk. */
  start(server: ServerStart): void {
    startServer(this.inside, server);
  }

  /** Does this to the server at the address; nothing where there is none. */
  #act(address: string, effect: (server: Server) => void): void {
    const server = this.inside.servers.get(address);
    if (server !== undefined) effect(server);
  }

  /** `PUT agent/join`, for each of these addresses until one answers. */
  join(address: string, others: readonly string[]): void {
    this.#act(address, (server) => joinServers(this.inside, server, others));
  }

  /** SIGKILL. */
  kill(address: string): void {
    this.#act(address, (server) => exitServer(this.inside, server, 'killed'));
  }

  /** SIGTERM: a server does not leave (`leave_on_terminate` is off), it only ends; a paused one ends when it is resumed. */
  terminate(address: string): void {
    this.#act(address, (server) => terminateServer(this.inside, server));
  }

  /** SIGSTOP: the process is paused and does not answer. */
  pause(address: string): void {
    this.#act(address, (server) => pauseServer(this.inside, server));
  }

  /** SIGCONT. */
  unpause(address: string): void {
    this.#act(address, (server) => unpauseServer(this.inside, server));
  }

  /** A firewall closes a server's port 8300 to the others, while gossip and HTTP continue; not that of a leader. */
  closeRaftPort(address: string): void {
    this.#act(address, (server) => closeRaftPort(this.inside, server));
  }

  openRaftPort(address: string): void {
    this.#act(address, (server) => openRaftPort(this.inside, server));
  }

  /** Whether something listens at the address: a paused server does, a starting one does not. */
  isListening(address: string): boolean {
    const life = this.inside.servers.get(address)?.life;
    return life === 'running' || life === 'paused';
  }

  /** Calls back when processes begin to listen and when they go; the result ends it. */
  listen(listener: NetworkEvents): () => void {
    const { listeners } = this.inside;
    listeners.add(listener);
    return () => listeners.delete(listener);
  }
}
