import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask } from '../../contract/consul/client.js';
import { simulatedCluster } from '../../contract/consul/clusters.js';
import { Fixture } from '../../contract/consul/fixture.js';
import { waitUntil } from '../../helpers/consul-agent.js';

describe('a newer simulated Consul over HTTP', () => {
  const cluster = simulatedCluster('1.20.2', { subnet: '127.77.1', seed: 3 });
  const fixture = new Fixture(cluster);
  const everyone = [1, 2, 3];

  beforeAll(() => {
    for (const n of everyone) cluster.start(n, { retryJoin: [1], bootstrapExpect: 3 });
  });
  afterAll(() => cluster.close());

  it('transfers leadership to the named voter', async () => {
    const leader = await fixture.leader(everyone);
    const target = everyone.find((n) => n !== leader) ?? 0;
    const id = (await fixture.configuration(1)).find(({ Address }) =>
      Address.startsWith(`${cluster.address(target)}:`),
    )?.ID;
    const path = `operator/raft/transfer-leader?id=${id}`;
    const answer = await ask(cluster.address(leader), path, { method: 'POST' });
    expect(answer.json).toEqual({ Success: true });
    await waitUntil(
      'the target leads',
      () => fixture.leader(everyone),
      (now) => now === target,
      2_000,
    );
    const unknown = await ask(cluster.address(leader), 'operator/raft/transfer-leader?id=zz', { method: 'POST' });
    expect(unknown.status).toBe(500);
  }, 30_000);

  it('reports autopilot’s state by server', async () => {
    await fixture.leader(everyone);
    const { json } = await waitUntil(
      'healthy',
      () => fixture.get(1, 'operator/autopilot/state'),
      (answer) => Object(answer.json).Healthy === true,
      3_000,
    );
    expect(json).toMatchObject({ FailureTolerance: 1, Voters: expect.any(Array) });
    const servers = Object.values(Object(Object(json).Servers));
    expect(servers).toHaveLength(3);
    expect(servers).toContainEqual(expect.objectContaining({ Status: 'leader', NodeStatus: 'alive' }));
  });

  it('transfers leadership before it leaves, without an election time-out', async () => {
    const leader = await fixture.leader(everyone);
    const rest = everyone.filter((n) => n !== leader);
    const leaving = fixture.put(leader, 'agent/leave');
    const startedMs = Date.now();
    await fixture.leader(rest);
    expect(Date.now() - startedMs).toBeLessThan(fixture.limit(2_500));
    expect((await leaving).status).toBe(200);
    await fixture.inRaft(rest[0] ?? 0, rest, false, 10_000);
  }, 30_000);
});
