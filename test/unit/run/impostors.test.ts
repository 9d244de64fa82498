import { describe, expect, it } from 'vitest';
import { createFakeEngine, type FakeEngine, runRoll } from '../../helpers/fake-engine.js';
import { NEW_IMAGE } from '../../helpers/servers.js';

/** The image was made of the oldest server, whose node id it has. Whether that one leads is the test's. */
async function openCluster(size: number, whose: 'leader' | 'follower'): Promise<FakeEngine> {
  const engine = createFakeEngine(size);
  engine.setImage(NEW_IMAGE, 'clone');
  const [oldest] = engine.account.instances;
  const isAsWanted = () => (engine.servers.leader === oldest?.address) === (whose === 'leader');
  for (let tries = 0; !isAsWanted() && tries < 20; tries++) {
    const { leader } = engine.servers;
    engine.servers.crash(leader);
    await engine.clock.sleep(5_000);
    engine.servers.restart(leader);
    await engine.clock.sleep(30_000);
  }
  expect(isAsWanted()).toBe(true);
  return engine;
}

describe.each([
  [3, 'leader'],
  [3, 'follower'],
  [5, 'leader'],
  [5, 'follower'],
] as const)('a cluster of %i, and an image with the node id of the %s', (size, whose) => {
  // failure-mode: node-id-in-image
  it.each([
    ['beside', 'open'],
    ['in-place', 'open'],
    // Then neither of the two says who it is while Raft does not have it.
    ['beside', 'closed'],
    ['in-place', 'closed'],
  ] as const)('%s, %s without a token: the new server alone is terminated', async (strategy, to) => {
    const engine = await openCluster(size, whose);
    if (to === 'closed') engine.requireToken();
    const { leader, peers } = engine.servers;
    const [oldest] = engine.account.instances;
    const { result } = await runRoll(engine, { order: { strategy } });
    expect(result).toMatchObject({ outcome: 'rolled-back', reason: { kind: 'impostor', owner: oldest?.instanceId } });
    const impostors = engine.calls.flatMap((call) => /^terminate (.*)/.exec(call)?.[1] ?? []);
    expect(impostors).toHaveLength(1);
    expect(engine.calls.filter((call) => /requestLeave|transferLeadership|removePeer/.test(call))).toEqual([]);
    expect(engine.servers.leader).toBe(leader);
    expect(engine.servers.peers.filter(({ voter, up }) => voter && up)).toHaveLength(size);
    expect(engine.servers.peers.map(({ id }) => id).sort()).toEqual(peers.map(({ id }) => id).sort());
    expect(engine.account.instances.map(({ lifecycle }) => lifecycle)).toEqual(Array(size).fill('InService'));
  });
});

describe('an image with a node id of its own', () => {
  // failure-mode: node-id-shared
  it('is rolled back at the second new server', async () => {
    const engine = createFakeEngine(3);
    engine.servers.giveNodeId('5ba1e5ba-1e5b-a1e5-ba1e-5ba1e5ba1e5b');
    const { leader, peers } = engine.servers;
    const { result } = await runRoll(engine);
    expect(result).toMatchObject({ outcome: 'rolled-back', reason: { kind: 'impostor' } });
    expect(engine.servers.leader).toBe(leader);
    expect(engine.servers.peers.map(({ id }) => id).sort()).toEqual(peers.map(({ id }) => id).sort());
    expect(engine.account.groups).toHaveLength(1);
  });
});

describe.each([3, 5])('a cluster of %i, and an image with the node name of a server', (size) => {
  // failure-mode: node-name-taken
  it.each(['beside', 'in-place'] as const)(
    '%s: the new server alone is terminated, and never asked to leave',
    async (strategy) => {
      const engine = createFakeEngine(size);
      engine.setImage(NEW_IMAGE, 'namesake');
      const { leader, peers } = engine.servers;
      const [oldest] = engine.account.instances;
      const { result } = await runRoll(engine, { order: { strategy } });
      const owner = oldest?.instanceId;
      expect(result).toMatchObject({
        outcome: 'rolled-back',
        reason: { kind: 'impostor', owner, shares: 'node-name' },
      });
      expect(engine.calls.filter((call) => /^terminate /.test(call))).toHaveLength(1);
      expect(engine.calls.filter((call) => /requestLeave|forget|removePeer/.test(call))).toEqual([]);
      expect(engine.servers.leader).toBe(leader);
      expect(engine.servers.peers).toEqual(peers);
    },
  );
});
