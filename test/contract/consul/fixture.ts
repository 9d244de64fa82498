import semver from 'semver';
import { z } from 'zod';
import { waitUntil } from '../../helpers/consul-agent.js';
import { ask, type HttpAnswer } from './client.js';
import type { ContractCluster } from './clusters.js';

const raftServer = z.strictObject({
  ID: z.guid(),
  Node: z.string(),
  Address: z.string(),
  Leader: z.boolean(),
  ProtocolVersion: z.literal('3'),
  Voter: z.boolean(),
});

/** `operator/raft/configuration`. */
const raftConfigurationOf = (version: string) =>
  z.object({
    Servers: z.array(semver.gte(version, '1.14.9') ? raftServer.extend({ LastIndex: z.number() }) : raftServer),
    Index: z.number(),
  });

export type RaftServer = z.infer<typeof raftServer>;

/** Questions the contract asks a cluster again and again. */
export class Fixture {
  constructor(readonly cluster: ContractCluster) {}

  /** A limit in the cluster's own time. */
  limit(ms: number): number {
    return ms / this.cluster.speed;
  }

  get(n: number, path: string): Promise<HttpAnswer> {
    return ask(this.cluster.address(n), path);
  }

  put(n: number, path: string, body = ''): Promise<HttpAnswer> {
    return ask(this.cluster.address(n), path, { method: 'PUT', body });
  }

  delete(n: number, path: string): Promise<HttpAnswer> {
    return ask(this.cluster.address(n), path, { method: 'DELETE' });
  }

  /** Starts servers 1 to 3 as one cluster: the number of its leader, and of a follower. */
  async startThree(): Promise<{ readonly leader: number; readonly follower: number }> {
    for (const n of [1, 2, 3]) this.cluster.start(n, { retryJoin: [1, 2, 3], bootstrapExpect: 3 });
    const leader = await this.leader([1, 2, 3]);
    return { leader, follower: leader === 1 ? 2 : 1 };
  }

  /** The number of the one of these servers that all of them name as leader. */
  async leader(of: readonly number[], limitMs = 30_000): Promise<number> {
    const names = await waitUntil(
      'one leader',
      () => Promise.all(of.map(async (n) => (await this.get(n, 'status/leader')).json)),
      (seen) => of.some((n) => seen.every((name) => name === `${this.cluster.address(n)}:8300`)),
      this.limit(limitMs),
    );
    return Number(/\.(\d+):8300$/.exec(String(names[0]))?.[1]);
  }

  /** The raft configuration as one server has it; empty when it does not say. */
  async configuration(n: number): Promise<RaftServer[]> {
    const { status, json } = await this.get(n, 'operator/raft/configuration?stale');
    return status === 200 ? raftConfigurationOf(this.cluster.version).parse(json).Servers : [];
  }

  /** Waits until a server's raft configuration is just these, in any order; `nodes` may be voters only. */
  async inRaft(at: number, nodes: readonly number[], votersOnly: boolean, limitMs: number): Promise<void> {
    const wanted = nodes.map((n) => this.cluster.nodeName(n)).sort();
    await waitUntil(
      `raft of ${wanted}`,
      async () => {
        const servers = await this.configuration(at);
        return servers.filter(({ Voter }) => Voter || !votersOnly).map(({ Node }) => Node);
      },
      (seen) => JSON.stringify([...seen].sort()) === JSON.stringify(wanted),
      this.limit(limitMs),
    );
  }
}
