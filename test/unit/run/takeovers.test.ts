import { describe, expect, it } from 'vitest';
import { startRun } from '../../../src/lib/engine/run/start.js';
import { readStatus } from '../../../src/lib/engine/status.js';
import { RollError } from '../../../src/lib/model/errors.js';
import { buildOrder, createFakeEngine, type FakeEngine, listWrites, runRoll } from '../../helpers/fake-engine.js';
import { limits } from '../../helpers/intents.js';
import { NEW_IMAGE } from '../../helpers/servers.js';

const status = (engine: FakeEngine) => readStatus(engine, { cluster: 'consul', group: undefined, limits });

/** A roll that was stopped at once while its first server booted, which has taken the cluster over since. */
async function takeOver(strategy: 'beside' | 'in-place' = 'beside', needsToken = false): Promise<FakeEngine> {
  for (let seed = 0; seed < 20; seed += 1) {
    const engine = createFakeEngine(3);
    if (needsToken) engine.requireToken();
    engine.setImage(NEW_IMAGE, 'founder');
    const stop = new AbortController();
    await runRoll(engine, {
      order: { strategy },
      signal: stop.signal,
      onEvent: (event) => {
        if (event.kind === 'waiting' && event.wait.for.kind === 'ready') stop.abort();
      },
    });
    await engine.clock.sleep(60_000 + seed);
    engine.calls.length = 0;
    const claims = await engine.consul.readClaims(engine.servers.peers[0]?.address ?? '');
    if (claims?.leader.startsWith(`${findCanary(engine)?.address}:`)) return engine;
  }
  throw new Error('no server took a cluster over');
}

function findCanary({ account }: FakeEngine) {
  return account.instances.find(({ imageId }) => imageId === NEW_IMAGE);
}

/** Seconds later: the others have the Raft configuration of that server in place of theirs, and its store. */
function merge(engine: FakeEngine): void {
  const { readClaims, readAgent } = engine.consul;
  const founder = findCanary(engine)?.address;
  const hosts = [founder, ...engine.servers.peers.map(({ address }) => address)];
  const told = { leader: `${founder}:8300`, peers: hosts.map((host) => `${host}:8300`).sort() };
  engine.consul.readClaims = async (host) => (await readClaims.call(engine.consul, host)) && told;
  engine.consul.readAgent = async (host, key) => {
    const agent = await readAgent.call(engine.consul, host, key);
    return agent.kind === 'up' ? { ...agent, ...told, votes: host === founder, sentinel: undefined } : agent;
  };
}

// failure-mode: founder-merged
describe('a cluster whose servers have the Raft configuration of the one that took it over', () => {
  it.each<[string, (engine: FakeEngine) => Promise<unknown>]>([
    ['status', status],
    ['resume', (engine) => startRun(engine, buildOrder({ kind: 'resume', rollId: '7f3a' }))],
    ['rollback', (engine) => startRun(engine, buildOrder({ kind: 'rollback', rollId: '7f3a' }))],
    ['upgrade', (engine) => startRun(engine, buildOrder())],
  ])('is told as that by %s, which changes nothing, with the commands that keep what it stored', async (_, run) => {
    for (const [strategy, token] of [
      ['beside', false],
      ['beside', true],
      ['in-place', false],
    ] as const) {
      const engine = await takeOver(strategy, token);
      merge(engine);
      const canary = findCanary(engine);
      const thrown: RollError = await run(engine).then(
        () => expect.unreachable(),
        (error) => error,
      );
      expect(thrown).toMatchObject({ code: 'cluster-taken-over', kind: 'quorum-at-risk' });
      expect(thrown.message).toContain(`${canary?.instanceId} (${canary?.address}, in group ${canary?.group}; `);
      expect(thrown.message).toMatch(
        /its Raft log ends at entry \d+; i-\w+, which follows it, has applied entry \d+\./,
      );
      const follower = engine.servers.peers.find(({ instanceId = '?' }) => thrown.next.includes(`On ${instanceId} (`));
      expect(follower).toBeDefined();
      expect(thrown.next).toMatch(
        /^terminate no server and restart none: .*: consul snapshot save -stale taken-over\.snap; .*: consul snapshot restore taken-over\.snap; then consul-roll rollback --cluster consul --roll 7f3a, /,
      );
      expect(thrown.next).not.toContain('terminate-instance');
      expect(listWrites(engine).filter((call) => !call.startsWith('giveTokenTo'))).toEqual([]);
    }
  });

  it.each<[string, (engine: FakeEngine) => Promise<unknown> | unknown]>([
    [
      'has as much of the log as the others',
      (engine) => {
        engine.consul.readCommitIndex = async () => 1e6;
      },
    ],
    ['is not held by a roll', (engine) => engine.cloud.resumeProcesses(engine.names.group, ['AZRebalance'])],
  ])('is not told of where it %s', async (_, change) => {
    const engine = await takeOver();
    merge(engine);
    await change(engine);
    await expect(status(engine)).rejects.toMatchObject({ code: 'record-unconfirmed' });
  });
});

// failure-mode: founder-took-over
describe('a cluster that a server of a roll took over while no process ran it', () => {
  it.each<[string, (engine: FakeEngine) => Promise<unknown>]>([
    ['status', status],
    ['resume', (engine) => startRun(engine, buildOrder({ kind: 'resume', rollId: '7f3a' }))],
    ['rollback', (engine) => startRun(engine, buildOrder({ kind: 'rollback', rollId: '7f3a' }))],
    ['upgrade', (engine) => startRun(engine, buildOrder())],
  ])('is told as that by %s, which changes nothing and sends it no token', async (_, run) => {
    for (const [strategy, token] of [
      ['beside', false],
      ['beside', true],
      ['in-place', false],
    ] as const) {
      const engine = await takeOver(strategy, token);
      const canary = findCanary(engine);
      const thrown: RollError = await run(engine).then(
        () => expect.unreachable(),
        (error) => error,
      );
      expect(thrown).toBeInstanceOf(RollError);
      expect(thrown).toMatchObject({ code: 'cluster-taken-over', kind: 'quorum-at-risk' });
      expect(thrown.message).toContain(`follow ${canary?.instanceId} (${canary?.address}, in group ${canary?.group})`);
      expect(thrown.state).toContain('Keys that consul acknowledged may be lost');
      const command = `aws autoscaling terminate-instance-in-auto-scaling-group --instance-id ${canary?.instanceId} --should-decrement-desired-capacity`;
      expect(thrown.next).toContain(command);
      expect(thrown.next).toContain(`aws ec2 terminate-instances --instance-ids ${canary?.instanceId};`);
      expect(thrown.next).toContain('consul-roll rollback --cluster consul --roll 7f3a');
      expect(listWrites(engine).filter((call) => !call.startsWith('giveTokenTo'))).toEqual([]);
      expect(engine.tokenRecipients).not.toContain(canary?.address);
    }
  });

  it('is rolled back once that server was terminated', async () => {
    const engine = await takeOver();
    await engine.cloud.terminate(findCanary(engine)?.instanceId ?? '');
    await engine.clock.sleep(60_000);
    const { result } = await runRoll(engine, { order: { kind: 'rollback', rollId: '7f3a' } });
    expect(result.outcome).toBe('rolled-back');
    expect(engine.servers.peers.filter(({ voter, up }) => voter && up)).toHaveLength(3);
  });

  it('is told while a lifecycle hook holds the termination of that server, with the command that shuts it down', async () => {
    const engine = await takeOver();
    const { world } = engine;
    const { instanceId = '', group = '' } = findCanary(engine) ?? {};
    world.call('autoscaling', 'PutLifecycleHook', {
      AutoScalingGroupName: group,
      LifecycleHookName: 'bye',
      LifecycleTransition: 'autoscaling:EC2_INSTANCE_TERMINATING',
      HeartbeatTimeout: 3600,
    });
    const order = { InstanceId: instanceId, ShouldDecrementDesiredCapacity: true };
    world.call('autoscaling', 'TerminateInstanceInAutoScalingGroup', order);
    await engine.clock.sleep(60_000);
    const thrown: RollError = await status(engine).then(
      () => expect.unreachable(),
      (error) => error,
    );
    expect(thrown).toMatchObject({ code: 'cluster-taken-over', message: expect.stringContaining(instanceId) });
    expect(thrown.next).toContain('a lifecycle hook of its group holds its termination');
    expect(thrown.next).toContain(`: aws ec2 terminate-instances --instance-ids ${instanceId}; if they have none`);
    expect(thrown.next).not.toContain('terminate-instance-in-auto-scaling-group');
    world.call('ec2', 'TerminateInstances', { InstanceIds: [instanceId] });
    await engine.clock.sleep(120_000);
    const { result } = await runRoll(engine, { order: { kind: 'rollback', rollId: '7f3a' } });
    expect(result.outcome).toBe('rolled-back');
    expect(engine.servers.peers.filter(({ voter, up }) => voter && up)).toHaveLength(3);
  });

  it('does not name a server of another image as one of the roll', async () => {
    const engine = await takeOver();
    for (const { name } of engine.account.groups) {
      await engine.cloud.tag(name, { 'consul-roll:image': 'ami-0123456789abcdef0' });
    }
    await expect(status(engine)).rejects.toMatchObject({
      code: 'cluster-taken-over',
      next: expect.stringMatching(/^find out what i-\w+ is .* only if it is not a server of your cluster/),
    });
  });
});
