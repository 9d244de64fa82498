import semver from 'semver';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { waitUntil } from '../../helpers/consul-agent.js';
import { contractKinds } from './clusters.js';
import { Fixture } from './fixture.js';

const members = z.array(z.object({ Name: z.string(), Addr: z.string(), Status: z.number() }));

/** A leader looks at every member again after this long. */
const RECONCILE_MS = 60_000;

describe.each(contractKinds(3))('%s, and a server with the node id of another', (_kind, make) => {
  const cluster = make();
  const fixture = new Fixture(cluster);
  const limit = (ms: number): number => fixture.limit(ms);
  let leader = 0;
  let follower = 0;

  beforeAll(async () => {
    ({ leader, follower } = await fixture.startThree());
  }, 60_000);
  afterAll(() => cluster.close());

  const idOf = async (n: number): Promise<string> => {
    const { json } = await fixture.get(n, 'agent/self');
    return z.object({ Config: z.object({ NodeID: z.string() }) }).parse(json).Config.NodeID;
  };
  const leaderOf = async (n: number) => (await fixture.get(n, 'status/leader')).json;

  it("with the leader's, it joins nothing", async () => {
    cluster.start(8, { retryJoin: [1, 2, 3], nodeId: await idOf(leader) });
    await waitUntil(
      'its start',
      () => leaderOf(8).catch(() => undefined),
      (seen) => seen === '',
      limit(10_000),
    );
    const seen = await waitUntil(
      'a follower that has heard of it',
      async () => members.parse((await fixture.get(follower, 'agent/members')).json),
      (known) => known.some(({ Name }) => Name === cluster.nodeName(8)),
      limit(10_000),
    );
    expect(seen).toContainEqual({ Name: cluster.nodeName(8), Addr: cluster.address(8), Status: 1 });
    await fixture.inRaft(leader, [1, 2, 3], true, 1_000);
    await cluster.kill(8);
  }, 60_000);

  it("with a follower's, Raft has it in place of that one, which is out of Raft", async () => {
    // From 1.9 on the peer is given the new address, vote and all; before, it is removed first.
    const keepsVote = semver.gte(cluster.version, '1.9.0');
    const id = await idOf(follower);
    cluster.start(9, { retryJoin: [1, 2, 3], nodeId: id });
    const staying = [1, 2, 3].filter((n) => n !== follower);
    await fixture.inRaft(leader, [...staying, 9], keepsVote, 10_000);
    const raft = await fixture.configuration(leader);
    expect(raft.find(({ ID }) => ID === id)).toMatchObject({ Address: `${cluster.address(9)}:8300`, Voter: keepsVote });
    // The one whose address was changed still gets the log, and hears of its leader.
    if (!keepsVote)
      await waitUntil(
        'no leader there',
        () => leaderOf(follower),
        (seen) => seen === '',
        limit(10_000),
      );
    await waitUntil(
      'its own configuration without it',
      async () => z.array(z.string()).parse((await fixture.get(follower, 'status/peers')).json),
      (own) => !own.includes(`${cluster.address(follower)}:8300`),
      limit(10_000),
    );
  }, 60_000);

  it('after that one has gone, the other comes back only once gossip has forgotten it', async () => {
    await cluster.kill(9);
    const staying = [1, 2, 3].filter((n) => n !== follower);
    await fixture.inRaft(leader, staying, false, 40_000);
    const known = async () => members.parse((await fixture.get(leader, 'agent/members')).json);
    await waitUntil(
      'it has left',
      known,
      (seen) => seen.some(({ Name, Status }) => Name === cluster.nodeName(9) && Status === 3),
      limit(40_000),
    );
    const pruned = await fixture.put(leader, `agent/force-leave/${cluster.nodeName(9)}?prune`);
    expect(pruned.status).toBe(200);
    const after = await waitUntil('forgotten', known, (seen) => seen.length <= 4, limit(10_000));
    expect(after.map(({ Name }) => Name)).not.toContain(cluster.nodeName(9));
    await fixture.inRaft(leader, [1, 2, 3], true, RECONCILE_MS + 30_000);
    await fixture.leader([1, 2, 3]);
  }, 180_000);
});
