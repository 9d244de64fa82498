import semver from 'semver';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitUntil } from '../../helpers/consul-agent.js';
import { wordedAnswersOf } from './answers.js';
import { ask } from './client.js';
import { contractKinds } from './clusters.js';
import { Fixture } from './fixture.js';
import * as shapes from './shapes.js';
import { snapshotFiles } from './snapshot-files.js';
import { startWriter } from './writer.js';

describe.each(contractKinds(0))('%s', (_kind, make) => {
  const cluster = make();
  const fixture = new Fixture(cluster);
  const limit = (ms: number): number => fixture.limit(ms);

  beforeAll(() => {
    for (const n of [1, 2, 3]) cluster.start(n, { retryJoin: [1], bootstrapExpect: 3 });
    cluster.start(9, { retryJoin: [], bootstrapExpect: 3 });
  });
  afterAll(() => cluster.close());

  it('founds a cluster with one leader that all agree on', async () => {
    await fixture.leader([1, 2, 3]);
    const { json } = await fixture.get(2, 'status/peers');
    expect([...new Set(Array.isArray(json) ? json : [])].sort()).toEqual(
      [1, 2, 3].map((n) => `${cluster.address(n)}:8300`),
    );
    const servers = await fixture.configuration(3);
    expect(servers.every(({ Voter }) => Voter)).toBe(true);
    expect(servers.filter(({ Leader }) => Leader)).toHaveLength(1);
  }, 30_000);

  it('calls itself healthy in time, with one server to spare', async () => {
    // A 1.14.11 was seen healthy with those of its servers alone that it had checked so far.
    const { json } = await waitUntil(
      'healthy',
      () => fixture.get(1, 'operator/autopilot/health'),
      (answer) => answer.status === 200 && shapes.autopilotHealth.parse(answer.json).Servers?.length === 3,
      limit(15_000),
    );
    const health = shapes.autopilotHealth.parse(json);
    expect(health).toMatchObject({ Healthy: true, FailureTolerance: 1 });
    expect(health.Servers?.map(({ Name }) => Name).sort()).toEqual([1, 2, 3].map((n) => cluster.nodeName(n)));
  }, 30_000);

  it('says what it is', async () => {
    const self = shapes.agentSelfOf(cluster.version).parse((await fixture.get(1, 'agent/self')).json);
    expect(self.Config.NodeName).toBe(cluster.nodeName(1));
    const known = shapes.membersOf(cluster.version).parse((await fixture.get(1, 'agent/members')).json);
    expect(known.map(({ Status }) => Status)).toEqual([1, 1, 1]);
    const wan = shapes.wanMembers.parse((await fixture.get(1, 'agent/members?wan=1')).json);
    expect(wan.map(({ Name }) => Name)).toContain(`${cluster.nodeName(1)}.dc1`);
    const [service] = shapes.uiServices.parse((await fixture.get(1, 'internal/ui/services')).json);
    expect(service.Nodes.toSorted()).toEqual([1, 2, 3].map((n) => cluster.nodeName(n)));
    shapes.autopilotConfiguration.parse((await fixture.get(1, 'operator/autopilot/configuration')).json);
    const nodes = await fixture.get(1, 'catalog/nodes');
    expect(shapes.catalogNode.array().parse(nodes.json)).toHaveLength(3);
    expect(nodes.headers.get('x-consul-knownleader')).toBe('true');
    expect(
      shapes.healthServiceOf(cluster.version).parse((await fixture.get(1, 'health/service/consul')).json),
    ).toHaveLength(3);
  });

  it.each(wordedAnswersOf(cluster.version))('answers %s %s', async (request, body, status, text) => {
    const [method = 'GET', path = ''] = request.split(' ');
    const answer = await ask(cluster.address(2), path, { method, body });
    expect(answer.status).toBe(status);
    expect(answer.text).toMatch(typeof text === 'string' ? new RegExp(`^${literal(text)}$`) : text);
  });

  it('a lonely server answers 200 and "" for its leader, and 500 where it needs one', async () => {
    const leader = await fixture.get(9, 'status/leader');
    expect([leader.status, leader.text]).toEqual([200, '""']);
    expect((await fixture.get(9, 'status/peers')).json).toEqual([]);
    const needy = [
      'kv/a',
      'kv/a?stale',
      'operator/raft/configuration?stale',
      'operator/autopilot/health',
      'session/list',
    ];
    const answers = await Promise.all(needy.map((path) => fixture.get(9, path)));
    for (const { status, text } of answers) expect([status, text]).toEqual([500, 'No cluster leader']);
    const put = await fixture.put(9, 'kv/a', 'v');
    expect([put.status, put.text]).toEqual([500, 'No cluster leader']);
    const self = shapes.agentSelfOf(cluster.version).parse((await fixture.get(9, 'agent/self')).json);
    expect(self.Stats.raft).toMatchObject({
      applied_index: '0',
      commit_index: '0',
      last_log_index: '0',
      num_peers: '0',
    });
    expect((await fixture.get(9, 'snapshot')).status).toBe(500);
  }, 40_000);

  it('refuses, from 1.21.5 on, a key that has a blank or two dots once it is percent-decoded', async () => {
    const refusal = (why: string) =>
      semver.gte(cluster.version, '1.21.5') ? [500, `invalid key name, ${why} not allowed`] : [200, 'true'];
    const put = async (key: string) => {
      const { status, text } = await fixture.put(1, `kv/${key}`, 'v');
      return [status, text.trim()];
    };
    expect(await put('blank/a%2520b')).toEqual(refusal('leading/trailing spaces are'));
    expect(await put('dots/%252E%252E')).toEqual(refusal('path traversal is'));
    for (const key of ['other/a%20b', 'other/a%252Fb', 'other/a=20b', 'other/a..b'])
      expect([key, await put(key)]).toEqual([key, [200, 'true']]);
    for (const folder of ['blank', 'dots', 'other']) await fixture.delete(1, `kv/${folder}/?recurse`);
  });

  it('keeps keys, with check-and-set', async () => {
    expect((await fixture.put(1, 'kv/a/one?flags=42&cas=0', 'first')).text).toBe('true');
    expect((await fixture.put(2, 'kv/a/one?cas=0', 'second')).text).toBe('false');
    const { json, headers } = await fixture.get(3, 'kv/a/one');
    expect(json).toEqual([
      {
        LockIndex: 0,
        Key: 'a/one',
        Flags: 42,
        Value: Buffer.from('first').toString('base64'),
        CreateIndex: expect.any(Number),
        ModifyIndex: Number(headers.get('x-consul-index')),
      },
    ]);
    const index = headers.get('x-consul-index');
    expect((await fixture.put(2, `kv/a/one?cas=${index}`, 'second')).text).toBe('true');
    expect((await fixture.get(1, 'kv/a/one?raw&consistent')).text).toBe('second');
    await fixture.put(1, 'kv/a/two', '');
    expect((await fixture.get(2, 'kv/a/?keys')).json).toEqual(['a/one', 'a/two']);
    expect((await fixture.get(2, 'kv/?keys&separator=/')).json).toEqual(['a/']);
    expect((await fixture.get(2, 'kv/a/?recurse')).json).toMatchObject([
      { Key: 'a/one' },
      { Key: 'a/two', Value: null },
    ]);
    expect((await ask(cluster.address(3), 'kv/a/one?cas=1', { method: 'DELETE' })).text).toBe('false');
    expect((await ask(cluster.address(3), 'kv/a/?recurse', { method: 'DELETE' })).text).toBe('true');
    expect((await fixture.get(1, 'kv/a/one')).status).toBe(404);
  });

  it('reads stale what a server has applied, soon all', async () => {
    await fixture.put(1, 'kv/fresh', 'v');
    const follower = (await fixture.leader([1, 2, 3])) === 1 ? 2 : 1;
    const { headers } = await waitUntil(
      'applied everywhere',
      () => fixture.get(follower, 'kv/fresh?stale'),
      ({ status }) => status === 200,
      limit(2_000),
    );
    expect(headers.get('x-consul-knownleader')).toBe('true');
    expect(Number(headers.get('x-consul-lastcontact'))).toBeLessThan(500);
  });

  it('gives a snapshot that holds together', async () => {
    const response = await fetch(`http://${cluster.address(1)}:8500/v1/snapshot`);
    expect(Number(response.headers.get('x-consul-index'))).toBeGreaterThan(5);
    const { meta, sumsHold } = await snapshotFiles(Buffer.from(await response.arrayBuffer()));
    expect(sumsHold).toBe(true);
    expect(meta).toMatchObject({ Version: 1, Index: Number(response.headers.get('x-consul-index')) });
  });

  it('takes new servers in without a vote, and gives them one after 10 s of health', async () => {
    const startedMs = Date.now();
    for (const n of [4, 5]) cluster.start(n, { retryJoin: [1, 2] });
    await fixture.inRaft(1, [1, 2, 3, 4, 5], false, 10_000);
    await fixture.inRaft(1, [1, 2, 3], true, 2_000);
    await fixture.inRaft(1, [1, 2, 3, 4, 5], true, 30_000);
    expect(Date.now() - startedMs).toBeGreaterThan(limit(9_500));
    await fixture.leader([1, 2, 3, 4, 5]);
  }, 60_000);

  it('lets a follower leave: out of raft in seconds, its locks lost, its process gone, no write lost', async () => {
    const leader = await fixture.leader([1, 2, 3, 4, 5]);
    const leaver = leader === 4 ? 3 : 4;
    const writer = startWriter(cluster.address(5), 'follower-leaves');
    const session = String(
      Object.values(Object((await fixture.put(leaver, 'session/create', '{"LockDelay":"0s"}')).json))[0],
    );
    expect((await fixture.put(leaver, `kv/lock?acquire=${session}`, 'mine')).text).toBe('true');
    const startedMs = Date.now();
    const leaving = fixture.put(leaver, 'agent/leave');
    const rest = [1, 2, 3, 4, 5].filter((n) => n !== leaver);
    await fixture.inRaft(leader, rest, false, 12_000);
    expect(Date.now() - startedMs).toBeGreaterThan(limit(2_500));
    expect((await leaving).status).toBe(200);
    expect(Date.now() - startedMs).toBeGreaterThan(limit(9_000));
    expect(Date.now() - startedMs).toBeLessThan(limit(25_000));
    await waitUntil(
      'process gone',
      async () => cluster.alive(leaver),
      (alive) => !alive,
      5_000,
    );
    expect((await fixture.get(leader, `session/info/${session}`)).json).toEqual([]);
    expect((await fixture.get(leader, 'kv/lock')).json).toEqual([expect.not.objectContaining({ Session: session })]);
    const written = await writer.stop();
    expect(written).toMatchObject({ failed: 0, lost: [] });
    expect(written.acknowledged).toBeGreaterThan(5);
  }, 60_000);

  it('lets the leader leave: the rest elect another, no write lost', async () => {
    const present = [1, 2, 3, 4, 5].filter((n) => cluster.alive(n));
    const leader = await fixture.leader(present);
    const rest = present.filter((n) => n !== leader);
    const writer = startWriter(cluster.address(rest[0] ?? 0), 'leader-leaves');
    const leaving = fixture.put(leader, 'agent/leave');
    await waitUntil(
      'the leader leads no more',
      () => fixture.get(leader, 'status/leader'),
      ({ json }) => json !== `${cluster.address(leader)}:8300`,
      limit(3_000),
    );
    expect((await leaving).status).toBe(200);
    // From 1.11 on it may be elected again, and leads until its process ends.
    await waitUntil(
      'another leader',
      () => fixture.leader(rest, 30_000),
      (elected) => elected !== leader,
      limit(30_000),
    );
    await fixture.inRaft(rest[0] ?? 0, rest, false, 15_000);
    await waitUntil(
      'process gone',
      async () => cluster.alive(leader),
      (alive) => !alive,
      5_000,
    );
    const written = await writer.stop();
    expect(written.lost).toEqual([]);
    expect(written.acknowledged).toBeGreaterThan(5);
  }, 60_000);

  it('answers 429 with a body while a server is dead, and takes it out in time', async () => {
    const present = [1, 2, 3, 4, 5].filter((n) => cluster.alive(n));
    const leader = await fixture.leader(present);
    const dead = present.find((n) => n !== leader) ?? 0;
    const isDead = ({ Name }: { readonly Name: string }) => Name === cluster.nodeName(dead);
    const health = async () => {
      const { status, json } = await fixture.get(leader, 'operator/autopilot/health');
      return { status, health: shapes.autopilotHealth.parse(json) };
    };
    await cluster.kill(dead);
    if (semver.gte(cluster.version, '1.9.0')) {
      // What it said last stays until gossip calls it failed, and then it is taken out within a second.
      expect((await health()).health.Servers?.find(isDead)).toMatchObject({ Healthy: true, SerfStatus: 'alive' });
    } else {
      const unhealthy = await waitUntil(
        'unhealthy',
        health,
        (seen) => seen.status === 429 && seen.health.Servers !== null,
        limit(8_000),
      );
      expect(unhealthy.health).toMatchObject({ Healthy: false, FailureTolerance: 0 });
      expect(unhealthy.health.Servers?.find(isDead)).toMatchObject({
        Healthy: false,
        Voter: true,
        SerfStatus: 'alive',
        LastContact: '-1ns',
        LastIndex: 0,
        StableSince: '0001-01-01T00:00:00Z',
      });
    }
    await fixture.inRaft(
      leader,
      present.filter((n) => n !== dead),
      false,
      40_000,
    );
  }, 60_000);

  it('without its quorum has no leader: "" and 500, for good', async () => {
    const present = [1, 2, 3, 4, 5].filter((n) => cluster.alive(n));
    const leader = await fixture.leader(present);
    const other = present.find((n) => n !== leader) ?? 0;
    await cluster.kill(other);
    await waitUntil(
      'no leader',
      () => fixture.get(leader, 'status/leader'),
      ({ text }) => text === '""',
      limit(5_000),
    );
    const startedMs = Date.now();
    const put = await fixture.put(leader, 'kv/a', 'v');
    expect([put.status, put.text]).toEqual([500, 'No cluster leader']);
    expect(Date.now() - startedMs).toBeGreaterThan(limit(6_000));
    const health = await fixture.get(leader, 'operator/autopilot/health');
    expect([health.status, health.text]).toEqual([500, 'No cluster leader']);
    const stale = await fixture.get(leader, 'kv/fresh?stale');
    expect(stale.status).toBe(200);
    expect(stale.headers.get('x-consul-knownleader')).toBe('false');
    expect((await fixture.configuration(leader)).some(({ Leader }) => Leader)).toBe(false);
    // A real 1.8.7 was seen to answer 500 for a moment after it had lost its leadership.
    await waitUntil(
      'a stale snapshot',
      () => fixture.get(leader, 'snapshot?stale'),
      ({ status }) => status === 200,
      limit(5_000),
    );
    expect((await fixture.get(leader, 'status/leader')).text).toBe('""');
  }, 60_000);
});

function literal(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
