import type { ReplyCallback, RpcResult } from '../../../src/sandbox/consul/answers.js';
import { type ConsulNetwork, createConsulNetwork } from '../../../src/sandbox/consul/network.js';

/** A network under a clock that the test turns. */
export class VirtualCluster {
  readonly net: ConsulNetwork;
  /** Milliseconds since the test began. */
  elapsedMs = 0;

  constructor(
    readonly version = '1.8.7',
    seed = 1,
    speed = 1,
  ) {
    this.net = createConsulNetwork({ seed, startMs: 0, speed });
  }

  address(n: number): string {
    return `127.77.0.${n}`;
  }

  /** Starts servers `from` to `to`, which join server 1, or all of `joining`. */
  start(from: number, to: number, options: { bootstrapExpect?: number; joining?: number[] } = {}): void {
    const { bootstrapExpect, joining = [1] } = options;
    for (let n = from; n <= to; n++) {
      const retryJoin = joining.filter((other) => other !== n).map((other) => this.address(other));
      this.net.start({
        nodeName: `node-${n}`,
        address: this.address(n),
        version: this.version,
        retryJoin,
        bootstrapExpect,
      });
    }
  }

  /** A cluster of `size` voters with a leader. */
  found(size: number): void {
    this.start(1, size, { bootstrapExpect: size });
    this.until(() => this.leader() !== undefined && this.voters().length === size, 20_000);
    this.until(() => this.healthy(), 20_000);
  }

  /** Lets time pass, event by event. */
  run(ms: number): void {
    const endMs = this.elapsedMs + ms;
    for (let due = this.net.nextDueMs(); due !== undefined && due <= endMs; due = this.net.nextDueMs()) {
      this.elapsedMs = Math.max(this.elapsedMs, due);
      this.net.tick(this.elapsedMs);
    }
    this.elapsedMs = endMs;
    this.net.tick(endMs);
  }

  /** Lets time pass until something holds; returns how long it took, milliseconds. */
  until(holds: () => boolean, limitMs: number, stepMs = 10): number {
    const startedMs = this.elapsedMs;
    while (!holds()) {
      if (this.elapsedMs - startedMs >= limitMs) throw new Error(`not within ${limitMs} ms`);
      this.run(stepMs);
    }
    return this.elapsedMs - startedMs;
  }

  /** The number of the server that every running one names as leader; undefined when they do not agree. */
  leader(): number | undefined {
    const named = new Set(
      this.running().map((n) => {
        const answer = this.net.leader(this.address(n));
        return answer.ok ? answer.value : undefined;
      }),
    );
    const [only] = [...named];
    return named.size === 1 && only ? numberOf(only) : undefined;
  }

  running(): number[] {
    return [...this.net.inside.servers.values()]
      .filter(({ life }) => life === 'running')
      .map((server) => numberOf(server.address));
  }

  /** Numbers of the voters, as the leader has them. */
  voters(): number[] {
    return this.configuration()
      .filter((peer) => peer.voter)
      .map((peer) => numberOf(peer.address));
  }

  configuration() {
    const leader = this.leader();
    const answer = leader === undefined ? undefined : this.net.raftConfiguration(this.address(leader));
    return answer?.ok ? answer.value : [];
  }

  healthy(): boolean {
    const leader = this.leader();
    const answer = leader === undefined ? undefined : this.net.autopilotHealth(this.address(leader));
    return answer?.ok === true && answer.value.healthy;
  }

  /** A running server that does not lead. */
  follower(): number {
    const leader = this.leader();
    const found = this.running().find((n) => n !== leader);
    if (found === undefined) throw new Error('no follower');
    return found;
  }

  /** Asks something and lets time pass until it is answered. */
  ask<T>(question: (reply: ReplyCallback<T>) => void, limitMs = 60_000): RpcResult<T> {
    const answers: RpcResult<T>[] = [];
    question((answer) => answers.push(answer));
    this.until(() => answers.length > 0, limitMs, 1);
    const [answer] = answers;
    if (answer === undefined || answers.length > 1) throw new Error('not answered once');
    return answer;
  }

  put(n: number, key: string, value = 'v'): RpcResult<boolean> {
    return this.ask((reply) => this.net.kvPut(this.address(n), key, Buffer.from(value), {}, reply));
  }
}

/** The last part of an address or `ip:port`. */
export function numberOf(address: string): number {
  return Number(/\.(\d+)(:\d+)?$/.exec(address)?.[1]);
}
