import { EventQueue } from './event-queue.js';
import { handleMemberChange } from './leader-duties.js';
import { type ServerStart, startServer } from './operations/start.js';
import { exitServer, pauseServer, terminateServer, unpauseServer } from './operations/stop.js';
import { handleElectionTimeout } from './raft/election.js';
import { createRandom } from './random.js';
import type { NetworkEvents } from './state.js';
import { ConsulWrites } from './writes.js';

/** What a network begins with. */
export interface NetworkOptions {
  readonly seed: number;
  /** What the caller's clock shows now, milliseconds since 1970. */
  readonly startMs: number;
  /** How much faster than Consul's own everything goes; 1 by default. */
  readonly speed?: number;
}

/** Makes a network without servers. */
export function createConsulNetwork({ seed, startMs, speed = 1 }: NetworkOptions): ConsulNetwork {
  return new ConsulNetwork({
    nowMs: 0,
    speed,
    startMs,
    queue: new EventQueue(),
    random: createRandom(seed),
    servers: new Map(),
    listeners: new Set(),
    reactions: { electionTimeout: handleElectionTimeout, memberChanged: handleMemberChange },
  });
}

/**
 * Simulated Consul servers under a given clock. Nothing happens by itself: time passes in `tick`, and what is asked
 * is asked at the time of the last one. Servers go by their addresses.
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

  /** A server process starts, on an empty disk or, where one of that name was before, with what is on it. */
  start(server: ServerStart): void {
    startServer(this.inside, server);
  }

  /** SIGKILL. */
  kill(address: string): void {
    const server = this.inside.servers.get(address);
    if (server !== undefined) exitServer(this.inside, server, 'killed');
  }

  /** SIGTERM: a server does not leave (`leave_on_terminate` is off), it is only gone; a frozen one goes when it thaws. */
  terminate(address: string): void {
    const server = this.inside.servers.get(address);
    if (server !== undefined) terminateServer(this.inside, server);
  }

  /** SIGSTOP: the process stands still; it neither answers nor is missed by its own clock. */
  pause(address: string): void {
    const server = this.inside.servers.get(address);
    if (server !== undefined) pauseServer(this.inside, server);
  }

  /** SIGCONT. */
  unpause(address: string): void {
    const server = this.inside.servers.get(address);
    if (server !== undefined) unpauseServer(this.inside, server);
  }

  /** Whether something listens at the address: a frozen server does, one that is starting does not. */
  isListening(address: string): boolean {
    const life = this.inside.servers.get(address)?.life;
    return life === 'running' || life === 'frozen';
  }

  /** Calls back when processes begin to listen and when they go; the result ends it. */
  listen(listener: NetworkEvents): () => void {
    const { listeners } = this.inside;
    listeners.add(listener);
    return () => listeners.delete(listener);
  }
}
