import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { waitUntil } from '../../helpers/consul-agent.js';
import { contractKinds } from './clusters.js';
import { Fixture } from './fixture.js';

const members = z.array(z.object({ Name: z.string(), Addr: z.string(), Status: z.number() }));

/** Autopilot gives a server that was taken out of Raft its vote again. */
const VOTE_AGAIN_MS = 90_000;

describe.each(contractKinds(4))('%s, and a server with the node name of another', (_kind, make) => {
  const cluster = make();
  const fixture = new Fixture(cluster);
  let leader = 0;
  let follower = 0;

  beforeAll(async () => {
    ({ leader, follower } = await fixture.startThree());
  }, 60_000);
  afterAll(() => cluster.close());

  const listNamed = async (n: number) => {
    const known = members.parse((await fixture.get(n, 'agent/members')).json);
    return known.filter(({ Name }) => Name === cluster.nodeName(follower));
  };

  it('it joins nothing: it knows no leader, and the others only the one that was there', async () => {
    cluster.start(9, { retryJoin: [1, 2, 3], claimedName: cluster.nodeName(follower) });
    await waitUntil(
      'its start',
      async () => (await fixture.get(9, 'status/leader')).json,
      (seen) => seen === '',
      fixture.limit(10_000),
    ).catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, fixture.limit(5_000)));
    expect((await fixture.get(9, 'status/leader')).json).toBe('');
    expect((await fixture.get(9, 'status/peers')).json).toEqual([]);
    const { json } = await fixture.get(9, 'agent/self');
    expect(z.object({ Config: z.object({ NodeName: z.string() }) }).parse(json).Config.NodeName).toBe(
      cluster.nodeName(follower),
    );
    expect(await listNamed(leader)).toEqual([
      { Name: cluster.nodeName(follower), Addr: cluster.address(follower), Status: 1 },
    ]);
    await fixture.inRaft(leader, [1, 2, 3], true, 1_000);
  }, 60_000);

  it('its leave is taken for that of the other, which may lose its vote for a while', async () => {
    const left = await fixture.put(9, 'agent/leave');
    expect(left.status).toBe(200);
    await waitUntil(
      'the other is alive for gossip',
      () => listNamed(leader),
      (seen) => seen.length === 1 && seen[0]?.Addr === cluster.address(follower) && seen[0]?.Status === 1,
      fixture.limit(60_000),
    );
    await fixture.inRaft(leader, [1, 2, 3], true, VOTE_AGAIN_MS);
  }, 180_000);
});
