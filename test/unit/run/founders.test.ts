import { describe, expect, it } from 'vitest';
import type { RollEvent } from '../../../src/lib/model/events.js';
import { describeWarning } from '../../../src/lib/output/text/warnings.js';
import { createFakeEngine, type FakeEngine, type OrderChange, runRoll } from '../../helpers/fake-engine.js';
import { limits } from '../../helpers/intents.js';
import { NEW_IMAGE, OLD_IMAGE } from '../../helpers/servers.js';

/** Rolls onto an image that bootstraps a cluster of its own and joins 2.5 s later. */
async function rollOntoFounder(intervalMs: number, engine: FakeEngine = createFakeEngine(3)) {
  engine.setImage(NEW_IMAGE, 'founder');
  const { result, events } = await runRoll(engine, { order: { intervalMs } });
  const step = events.find((event) => event.kind === 'step-done' && event.step.action.kind === 'terminate');
  return { result, engine, step };
}

type At = 'scale-out' | 'booting';

function isAt(at: At, event: RollEvent): boolean {
  if (at === 'scale-out') return event.kind === 'step-done' && event.step.action.kind === at;
  const awaited = event.kind === 'observed' && event.decision.kind === 'wait' ? event.decision.wait.for : undefined;
  return awaited?.kind === 'ready' && awaited.instanceIds.length > 0;
}

/** Asks the roll to pause once it is there, or stops it at once. */
function interrupt(engine: FakeEngine, at: At, order: OrderChange = {}, how: 'pause' | 'abort' = 'pause') {
  let isThere = false;
  const stop = new AbortController();
  return runRoll(engine, {
    order: { intervalMs: 1000, ...order },
    pauseRequested: () => isThere,
    signal: stop.signal,
    onEvent: (event) => {
      isThere ||= isAt(at, event);
      if (isThere && how === 'abort') stop.abort();
    },
  });
}

function listWarnings(events: readonly RollEvent[]) {
  return events.flatMap((event) => (event.kind === 'warning' ? [event.warning] : []));
}

function listTerminated({ calls }: FakeEngine): string[] {
  return calls.flatMap((call) => (call.startsWith('terminate ') ? [call.replace('terminate ', '')] : []));
}

function listNew({ account }: FakeEngine) {
  return account.instances.filter(({ imageId }) => imageId === NEW_IMAGE);
}

/** As a hook that nothing completes. */
function holdTerminations({ world, names }: FakeEngine): void {
  world.call('autoscaling', 'PutLifecycleHook', {
    AutoScalingGroupName: names.group,
    LifecycleHookName: 'bye',
    LifecycleTransition: 'autoscaling:EC2_INSTANCE_TERMINATING',
    HeartbeatTimeout: 3600,
    DefaultResult: 'CONTINUE',
  });
}

describe('a roll onto an image that bootstraps a cluster of its own', () => {
  it.each([250, 1000, 5000, 60_000])('sees it before it joins, with an interval of %i ms', async (intervalMs) => {
    const { result, engine, step } = await rollOntoFounder(intervalMs);
    expect(result).toMatchObject({ outcome: 'rolled-back', reason: { kind: 'founder', followers: 0 } });
    expect(step).toMatchObject({ step: { reason: { sign: 'own-cluster' } } });
    expect(engine.servers.peers).toHaveLength(3);
    expect(engine.account.groups.map(({ name }) => name)).toEqual([engine.names.group]);
  });

  it('terminates it although it is asked to pause, and pauses then', async () => {
    const engine = createFakeEngine(3);
    engine.setImage(NEW_IMAGE, 'founder');
    let isSeen = false;
    const { result } = await runRoll(engine, {
      order: { intervalMs: 1000 },
      pauseRequested: () => isSeen,
      onEvent: (event) => {
        const decision = event.kind === 'observed' ? event.decision : undefined;
        isSeen ||= decision?.kind === 'act' && decision.step.action.kind === 'terminate';
      },
    });
    expect(result.outcome).toBe('interrupted');
    expect(engine.calls.filter((call) => call.startsWith('terminate'))).toHaveLength(1);
    await engine.clock.sleep(60_000);
    expect(engine.servers.peers).toHaveLength(3);
  });

  it('sees it in place too', async () => {
    const engine = createFakeEngine(3);
    engine.setImage(NEW_IMAGE, 'founder');
    const { result } = await runRoll(engine, { order: { intervalMs: 5000, strategy: 'in-place' } });
    expect(result).toMatchObject({ outcome: 'rolled-back', reason: { kind: 'founder' } });
    expect(engine.servers.peers).toHaveLength(3);
  });

  it('asks it to leave, so that it joins nothing while it is shut down', async () => {
    const { engine } = await rollOntoFounder(1000);
    const at = engine.calls.findIndex((call) => call.startsWith('requestLeave'));
    expect(engine.calls[at + 1]).toMatch(/^terminate i-/);
  });
});

// failure-mode: interrupted-booting
describe('a run that ends while the first server boots', () => {
  it.each<[At, OrderChange]>([
    ['scale-out', {}],
    ['booting', {}],
    ['scale-out', { strategy: 'in-place' }],
    ['booting', { strategy: 'in-place' }],
    ['booting', { skipCanary: true, surge: 3 }],
  ])('takes out what has not joined: asked at %s, %j', async (at, order) => {
    const engine = createFakeEngine(3);
    engine.setImage(NEW_IMAGE, 'founder');
    const { result, events } = await interrupt(engine, at, order);
    expect(result).toMatchObject({ outcome: 'interrupted', changed: 'cluster' });
    expect(listNew(engine).every(({ lifecycle }) => lifecycle.startsWith('Terminat'))).toBe(true);
    await engine.clock.sleep(120_000);
    expect(listNew(engine)).toEqual([]);
    expect(engine.servers.peers).toHaveLength(3);
    expect(listWarnings(events).filter(({ kind }) => kind === 'servers-unwatched')).toEqual([]);
    const { result: end } = await runRoll(engine, { order: { kind: 'rollback' } });
    expect(end.outcome).toBe('rolled-back');
  });

  it('says so, and is resumed with another first server', async () => {
    const engine = createFakeEngine(3);
    const { events, result } = await interrupt(engine, 'booting');
    const [canary] = listTerminated(engine);
    const [warning] = listWarnings(events);
    expect(warning).toEqual({ kind: 'servers-taken-out', side: 'new', instanceIds: [canary] });
    expect(warning && describeWarning(warning)).toContain(
      `The new server ${canary} was terminated: it had not joined the cluster`,
    );
    expect(result.elapsedMs).toBeLessThan(60_000);
    const { result: end } = await runRoll(engine, { order: { kind: 'resume' } });
    expect(end.outcome).toBe('rolled');
    expect(listNew(engine)).toHaveLength(3);
    expect(engine.account.groups[0]?.suspendedProcesses).toEqual([]);
  });

  it.each<[string, (engine: FakeEngine) => void]>([
    [
      'the group is scaled by hand',
      (engine) =>
        engine.world.call('autoscaling', 'UpdateAutoScalingGroup', {
          AutoScalingGroupName: engine.names.group,
          DesiredCapacity: 4,
        }),
    ],
    [
      'the image of the new group is changed',
      (engine) => {
        const [group] = engine.account.groups.filter(({ name }) => name !== engine.names.group);
        engine.world.call('autoscaling', 'UpdateAutoScalingGroup', {
          AutoScalingGroupName: group?.name ?? '',
          LaunchConfigurationName: engine.names.launchConfiguration,
        });
      },
    ],
  ])('takes it out when the roll stops because %s', async (_, change) => {
    const engine = createFakeEngine(3);
    engine.setImage(NEW_IMAGE, 'founder');
    const { result } = await runRoll(engine, {
      order: { intervalMs: 1000 },
      onEvent: (event) => {
        if (isAt('booting', event)) change(engine);
      },
    });
    expect(result).toMatchObject({ outcome: 'stopped', reason: { kind: 'changed-externally' } });
    expect(listTerminated(engine)).toHaveLength(1);
    await engine.clock.sleep(60_000);
    expect(engine.servers.peers).toHaveLength(3);
  });

  // failure-mode: detached-booting
  it.each([
    ['detached', 'DetachInstances', true],
    ['detached, and replaced', 'DetachInstances', false],
    ['put on standby', 'EnterStandby', true],
    ['put on standby, and replaced', 'EnterStandby', false],
  ] as const)('takes out or names one that an operator has %s', async (_, call, ShouldDecrementDesiredCapacity) => {
    for (const pauses of [true, false]) {
      const engine = createFakeEngine(3);
      engine.setImage(NEW_IMAGE, 'broken');
      let moved: string | undefined;
      const { result, events } = await runRoll(engine, {
        order: { intervalMs: 1000, limits: { ...limits, healthTimeoutMs: 60_000 } },
        pauseRequested: () => pauses && moved !== undefined,
        onEvent: (event) => {
          const one = listNew(engine).find(({ lifecycle }) => lifecycle === 'InService');
          if (moved !== undefined || event.kind !== 'observed' || one === undefined) return;
          moved = one.instanceId;
          const InstanceIds = [moved];
          const AutoScalingGroupName = one.group;
          engine.world.call('autoscaling', call, { AutoScalingGroupName, InstanceIds, ShouldDecrementDesiredCapacity });
        },
      });
      expect(result.outcome).toBe(pauses ? 'interrupted' : 'rolled-back');
      const dropped = listWarnings(events).filter(({ kind }) => kind === 'servers-dropped');
      if (call === 'DetachInstances') {
        expect(dropped).toEqual([{ kind: 'servers-dropped', instanceIds: [moved] }]);
        expect(dropped[0] && describeWarning(dropped[0])).toMatch(
          new RegExp(`; to end it at once: aws ec2 terminate-instances --instance-ids ${moved}$`),
        );
      } else {
        expect(dropped).toEqual([]);
        expect(listTerminated(engine)).toContain(moved);
      }
    }
  });

  // failure-mode: interrupted-twice
  it('takes nothing out when it is asked a second time, and names what runs on', async () => {
    const engine = createFakeEngine(3);
    const { result, events } = await interrupt(engine, 'booting', {}, 'abort');
    expect(result.outcome).toBe('interrupted');
    expect(listTerminated(engine)).toEqual([]);
    const instanceIds = listNew(engine).map(({ instanceId }) => instanceId);
    expect(instanceIds).toHaveLength(1);
    expect(listWarnings(events)).toEqual([{ kind: 'servers-unwatched', instanceIds }]);
  });

  it('names the command that ends what runs on, after which a rollback works', async () => {
    const engine = createFakeEngine(3);
    holdTerminations(engine);
    const { events } = await interrupt(engine, 'booting', {}, 'abort');
    const [warning] = listWarnings(events);
    const said = warning && describeWarning(warning);
    const end = /; to end it at once: aws ec2 terminate-instances --instance-ids (i-\w+); then roll back$/;
    const [, instanceId = ''] = end.exec(said ?? '') ?? [];
    expect(listNew(engine).map((one) => one.instanceId)).toEqual([instanceId]);
    engine.world.call('ec2', 'TerminateInstances', { InstanceIds: [instanceId] });
    const { result } = await runRoll(engine, { order: { kind: 'rollback' } });
    expect(result.outcome).toBe('rolled-back');
  });

  it('ends within its limit where AWS terminates nothing, and names what runs on', async () => {
    const engine = createFakeEngine(3);
    engine.setImage(NEW_IMAGE, 'broken');
    engine.injectFault = (call) => {
      if (call.startsWith('terminate')) throw new Error('Rate exceeded');
    };
    let askedMs = 0;
    const { result, events } = await runRoll(engine, {
      order: { intervalMs: 60_000 },
      pauseRequested: () => askedMs > 0,
      onEvent: (event) => {
        if (isAt('booting', event)) askedMs ||= engine.clock.now();
      },
    });
    expect(result.outcome).toBe('interrupted');
    expect(engine.clock.now() - askedMs).toBeLessThan(60_000 + 45_000);
    expect(listWarnings(events)).toMatchObject([{ kind: 'servers-unwatched' }]);
  });

  it('ends within its limit where AWS does not answer any more', async () => {
    const engine = createFakeEngine(3);
    let isSilent = false;
    engine.injectFault = (call) => {
      isSilent ||= call.startsWith('terminate');
      if (isSilent && !/^(compareAnd|delete|read)/.test(call)) throw new Error('no answer');
    };
    const { result, events } = await interrupt(engine, 'booting');
    expect(result.outcome).toBe('interrupted');
    const since = events.find((event) => isAt('booting', event))?.atMs ?? 0;
    expect(engine.clock.now() - since).toBeLessThan(45_000);
    expect(listWarnings(events)).toMatchObject([{ kind: 'servers-unwatched' }]);
  });

  it.each(['terminate', 'describeCluster'] as const)(
    'does not wait for a call that AWS never answers: %s',
    async (call) => {
      const engine = createFakeEngine(3);
      engine.setImage(NEW_IMAGE, 'broken');
      let endsMs = 0;
      let canary = '';
      const { terminate } = engine.cloud;
      const hang = () => new Promise<never>(() => undefined);
      engine.cloud.terminate = async (...args) => {
        endsMs = engine.clock.now();
        [canary] = args;
        if (call === 'terminate') return hang();
        engine.cloud.describeCluster = hang;
        return terminate.apply(engine.cloud, args);
      };
      const { result, events } = await interrupt(engine, 'booting');
      expect(result.outcome).toBe('interrupted');
      expect(engine.clock.now() - endsMs).toBeLessThan(31_000);
      expect(canary).toMatch(/^i-/);
      expect(listWarnings(events)).toEqual([{ kind: 'servers-unwatched', instanceIds: [canary] }]);
    },
  );

  it('waits no longer where it is asked a second time meanwhile', async () => {
    const engine = createFakeEngine(3);
    engine.setImage(NEW_IMAGE, 'broken');
    let isThere = false;
    const second = new AbortController();
    engine.cloud.terminate = () => {
      engine.clock.after(2_000, () => second.abort());
      return new Promise<never>(() => undefined);
    };
    const startMs = engine.clock.now();
    const { result, events } = await runRoll(engine, {
      order: { intervalMs: 1000 },
      pauseRequested: () => isThere,
      signal: second.signal,
      onEvent: (event) => {
        isThere ||= isAt('booting', event);
      },
    });
    expect(result.outcome).toBe('interrupted');
    expect(second.signal.aborted).toBe(true);
    expect(engine.clock.now() - startMs).toBeLessThan(30_000);
    expect(listWarnings(events)).toMatchObject([{ kind: 'servers-unwatched' }]);
  });

  it.each([0, 1000, 3000])('ends what a lifecycle hook holds, where AWS shows a change %i ms late', async (lagMs) => {
    const engine = createFakeEngine(3, { lagMs });
    holdTerminations(engine);
    engine.setImage(NEW_IMAGE, 'founder');
    const { events } = await interrupt(engine, 'booting');
    const [canary] = listTerminated(engine);
    expect(listWarnings(events)).toEqual([{ kind: 'servers-taken-out', side: 'new', instanceIds: [canary] }]);
    await engine.clock.sleep(60_000);
    expect(listNew(engine)).toEqual([]);
    expect(engine.servers.peers).toHaveLength(3);
  });

  it('names a server that a lifecycle hook holds on, not as terminated', async () => {
    const engine = createFakeEngine(3, { lagMs: 1000 });
    holdTerminations(engine);
    engine.injectFault = (call) => {
      if (call.startsWith('completeLifecycle')) throw new Error('Rate exceeded');
    };
    const { events } = await interrupt(engine, 'booting');
    const instanceIds = listTerminated(engine);
    expect(instanceIds).toHaveLength(1);
    expect(listWarnings(events)).toEqual([{ kind: 'servers-unwatched', instanceIds }]);
  });

  it('terminates the others where it cannot terminate one of them', async () => {
    const engine = createFakeEngine(5);
    engine.setImage(NEW_IMAGE, 'broken');
    let first: string | undefined;
    engine.injectFault = (call) => {
      if (!call.startsWith('terminate ')) return;
      first ??= call;
      if (call === first) throw new Error('Rate exceeded');
    };
    const { events } = await interrupt(engine, 'booting', { skipCanary: true, surge: 5 });
    const [taken, left] = listWarnings(events);
    expect(taken).toMatchObject({ kind: 'servers-taken-out', instanceIds: { length: 3 } });
    expect(left).toEqual({ kind: 'servers-unwatched', instanceIds: [first?.replace('terminate ', '')] });
  });

  it('names one that Raft has already, and that bootstrapped a cluster of its own', async () => {
    const engine = createFakeEngine(3);
    const { readAgent } = engine.consul;
    engine.consul.readAgent = async (host, key) => {
      const agent = await readAgent.call(engine.consul, host, key);
      const isJoined = engine.servers.peers.slice(3).some(({ address }) => address === host);
      return isJoined ? { ...agent, bootstrapExpect: 1 } : agent;
    };
    let isSeen = false;
    const { result, events } = await runRoll(engine, {
      order: { intervalMs: 1000 },
      pauseRequested: () => isSeen,
      onEvent: (event) => {
        const decision = event.kind === 'observed' ? event.decision : undefined;
        isSeen ||= decision?.kind === 'act' && decision.step.action.kind === 'start-rollback';
      },
    });
    expect(result.outcome).toBe('interrupted');
    const [warning] = listWarnings(events);
    expect(warning).toEqual({ kind: 'founder-in-raft', instanceId: listNew(engine)[0]?.instanceId });
    expect(warning && describeWarning(warning)).toMatch(/^i-\w+ is in the Raft configuration/);
  });

  it('names what boots where it does not have the lock yet', async () => {
    const engine = createFakeEngine(3);
    await interrupt(engine, 'booting', {}, 'abort');
    const { events } = await runRoll(engine, { order: { kind: 'resume' }, pauseRequested: () => true });
    const instanceIds = listNew(engine).map(({ instanceId }) => instanceId);
    expect(instanceIds).toHaveLength(1);
    expect(listWarnings(events)).toEqual([{ kind: 'servers-unwatched', instanceIds }]);
  });

  it('takes no step without a leader, and names what boots', async () => {
    const engine = createFakeEngine(3);
    engine.setImage(NEW_IMAGE, 'broken');
    let isThere = false;
    const { events } = await runRoll(engine, {
      order: { intervalMs: 1000 },
      pauseRequested: () => isThere,
      onEvent: (event) => {
        if (!isThere && isAt('booting', event))
          for (const { address } of engine.servers.peers.slice(0, 2)) engine.servers.crash(address);
        isThere ||= isAt('booting', event);
      },
    });
    expect(listTerminated(engine)).toEqual([]);
    expect(listWarnings(events)).toMatchObject([{ kind: 'servers-unwatched' }]);
  });

  it('takes nothing out once a server of the image has passed its gates', async () => {
    const engine = createFakeEngine(5);
    let isGrowing = false;
    const { result, events } = await runRoll(engine, {
      order: { intervalMs: 1000 },
      pauseRequested: () => isGrowing,
      onEvent: (event) => {
        isGrowing ||= event.kind === 'waiting' && event.wait.for.kind === 'ready' && event.wait.phase === 'grow';
      },
    });
    expect(result.outcome).toBe('interrupted');
    expect(listTerminated(engine)).toEqual([]);
    expect(listWarnings(events)).toEqual([]);
  });

  it('takes out an old server too that an operator has the old group launch, and lets it launch no more', async () => {
    const engine = createFakeEngine(3);
    let isScaled = false;
    const { result, events } = await runRoll(engine, {
      order: { intervalMs: 1000 },
      onEvent: (event) => {
        if (isScaled || event.kind !== 'step-done' || event.step.action.kind !== 'leave') return;
        isScaled = true;
        const group = { AutoScalingGroupName: engine.names.group };
        engine.world.call('autoscaling', 'ResumeProcesses', { ...group, ScalingProcesses: ['Launch'] });
        engine.world.call('autoscaling', 'UpdateAutoScalingGroup', { ...group, DesiredCapacity: 4, MaxSize: 4 });
        engine.setImage(OLD_IMAGE, 'founder');
      },
    });
    expect(result).toMatchObject({ outcome: 'stopped', reason: { kind: 'changed-externally' } });
    await engine.clock.sleep(120_000);
    expect(engine.account.groups[0]?.suspendedProcesses).toContain('Launch');
    expect(engine.servers.peers.length).toBeLessThan(7);
    expect(listWarnings(events).filter(({ kind }) => kind === 'servers-unwatched')).toEqual([]);
    const { result: end } = await runRoll(engine, { order: { kind: 'resume' } });
    expect(end.outcome).toBe('rolled');
  });

  it('takes out old servers too, which a rollback has launched', async () => {
    const engine = createFakeEngine(3);
    let hasLeft = false;
    await runRoll(engine, {
      pauseRequested: () => hasLeft,
      onEvent: (event) => {
        hasLeft ||= event.kind === 'step-done' && event.step.action.kind === 'terminate';
      },
    });
    const { result, events } = await interrupt(engine, 'booting', { kind: 'rollback' });
    expect(result.outcome).toBe('interrupted');
    const [warning] = listWarnings(events);
    expect(warning).toMatchObject({ kind: 'servers-taken-out', side: 'old' });
    const taken = warning?.kind === 'servers-taken-out' ? warning.instanceIds : [];
    expect(taken).toEqual(listTerminated(engine).slice(-taken.length));
    const { result: end } = await runRoll(engine, { order: { kind: 'resume' } });
    expect(end.outcome).toBe('rolled-back');
    expect(engine.account.instances).toHaveLength(3);
  });
});
