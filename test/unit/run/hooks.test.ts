import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { RollEvent } from '../../../src/lib/model/events.js';
import type { Hook, HookOutcome } from '../../../src/lib/model/hook.js';
import { createFakeEngine, type FakeEngine, listWrites, runRoll } from '../../helpers/fake-engine.js';
import { NEW_IMAGE } from '../../helpers/servers.js';

type Facts = Readonly<Record<string, string>>;

/** Everything a hook was told, one line a call: `before-server i-0a13`. */
class Bystander {
  readonly calls: { readonly what: string; readonly facts: Facts }[] = [];
  end: (what: string) => HookOutcome | Promise<HookOutcome> = () => ({ kind: 'passed' });

  constructor(readonly list: readonly Hook[]) {}

  async run(_hook: Hook, facts: Facts, hear: (line: string) => void): Promise<HookOutcome> {
    const what = `${facts.CONSUL_ROLL_HOOK} ${facts.CONSUL_ROLL_INSTANCE_ID || facts.CONSUL_ROLL_PHASE}`;
    this.calls.push({ what, facts });
    hear(`I was told of ${what}`);
    return this.end(what);
  }

  get whats(): string[] {
    return this.calls.map(({ what }) => what);
  }
}

function hook(on: Hook['on'], over: Partial<Hook> = {}): Hook {
  return { on, run: './hook', phases: undefined, onFailure: 'stop', timeoutMs: 60_000, folder: '/', ...over };
}

const ALL = (['before-phase', 'after-phase', 'before-server', 'after-server'] as const).map((on) => hook(on));

function hooked(size: number, hooks: readonly Hook[] = ALL): { engine: FakeEngine; seen: Bystander } {
  const seen = new Bystander(hooks);
  return { engine: Object.assign(createFakeEngine(size), { hooks: seen }), seen };
}

function without(events: readonly RollEvent[], ...kinds: RollEvent['kind'][]): string[] {
  return events.map(({ kind }) => kind).filter((kind) => !kinds.includes(kind));
}

describe('hooks', () => {
  it('run before and after every phase, in order', async () => {
    const { engine, seen } = hooked(3);
    const { result } = await runRoll(engine);
    expect(result.outcome).toBe('rolled');
    const phases = ['snapshot', 'prepare', 'canary', 'grow', 'drain', 'finish'];
    expect(seen.whats.filter((what) => what.includes('-phase'))).toEqual(
      phases.flatMap((phase) => [`before-phase ${phase}`, `after-phase ${phase}`]),
    );
  });

  it('run before and after every server is put into service or removed', async () => {
    const { engine, seen } = hooked(3);
    const old = engine.account.instances.map(({ instanceId }) => instanceId);
    await runRoll(engine);
    const fresh = engine.account.instances.map(({ instanceId }) => instanceId);
    for (const [side, ids] of Object.entries({ old, new: fresh })) {
      const told = seen.calls.filter(({ facts }) => facts.CONSUL_ROLL_SIDE === side);
      for (const id of ids) {
        const own = told.filter(({ facts }) => facts.CONSUL_ROLL_INSTANCE_ID === id).map(({ what }) => what);
        expect(own).toEqual([`before-server ${id}`, `after-server ${id}`]);
      }
      expect(told).toHaveLength(2 * ids.length);
    }
    const leaving = seen.calls.find(({ facts }) => facts.CONSUL_ROLL_MOVE === 'leaving');
    expect(leaving?.facts).toMatchObject({
      CONSUL_ROLL_ROLL_ID: '7f3a',
      CONSUL_ROLL_CLUSTER: 'consul',
      CONSUL_ROLL_PHASE: 'drain',
      CONSUL_ROLL_DIRECTION: 'forward',
      CONSUL_ROLL_SIDE: 'old',
      CONSUL_ROLL_VOTERS: '6',
      CONSUL_ROLL_HEALTHY: '6',
      CONSUL_ROLL_QUORUM: '4',
      CONSUL_ROLL_ADDRESS: expect.stringMatching(/^\d+(\.\d+){3}$/),
    });
  });

  it('name a server before it is changed', async () => {
    const { engine, seen } = hooked(3, [hook('before-server', { phases: ['drain'] })]);
    const writes: string[][] = [];
    seen.end = () => {
      writes.push(listWrites(engine).filter((call) => /^(deregister|leave|terminate)/.test(call)));
      return { kind: 'passed' };
    };
    await runRoll(engine);
    expect(seen.calls).toHaveLength(3);
    for (const [n, { facts }] of seen.calls.entries()) {
      const { CONSUL_ROLL_INSTANCE_ID: id = '', CONSUL_ROLL_ADDRESS: address = '' } = facts;
      expect(writes[n]?.filter((call) => call.includes(id) || call.endsWith(address))).toEqual([]);
    }
  });

  it('do not change the steps of the roll', async () => {
    const plain = await runRoll(createFakeEngine(3));
    const { engine } = hooked(3);
    const { events } = await runRoll(engine);
    const steps = (told: readonly RollEvent[]) =>
      told.flatMap((event) => (event.kind === 'step-done' ? [`${event.step.phase} ${event.step.action.kind}`] : []));
    expect(steps(events)).toEqual(steps(plain.events));
    expect(without(events, 'hook')).not.toContain('warning');
  });

  it('run only in the phases that are named', async () => {
    const { engine, seen } = hooked(3, [hook('before-phase', { phases: ['drain', 'finish'] })]);
    await runRoll(engine);
    expect(seen.whats).toEqual(['before-phase drain', 'before-phase finish']);
  });

  it('emit events: started, every line of output, ended', async () => {
    const { engine } = hooked(3, [hook('before-phase', { phases: ['drain'] })]);
    const { events } = await runRoll(engine);
    const news = events.flatMap((event) => (event.kind === 'hook' ? [event.news] : []));
    expect(news).toEqual([
      { kind: 'started' },
      { kind: 'output', line: 'I was told of before-phase drain' },
      { kind: 'ended', end: { kind: 'passed' }, elapsedMs: expect.any(Number) },
    ]);
  });
});

describe('docs/hooks.md', () => {
  it('lists every variable of a hook', async () => {
    const { engine, seen } = hooked(3, [hook('before-phase')]);
    await runRoll(engine);
    const told = new Set(readFileSync('docs/hooks.md', 'utf8').match(/CONSUL_ROLL_[A-Z_]+/g));
    expect([...told].sort()).toEqual(Object.keys(seen.calls[0]?.facts ?? {}).sort());
  });
});

describe('a hook that fails', () => {
  it('stops the roll before the step; resume runs the hook again', async () => {
    const { engine, seen } = hooked(3, [hook('before-server', { phases: ['drain'] })]);
    seen.end = () => ({ kind: 'failed', exitCode: 3 });
    const { result } = await runRoll(engine);
    expect(result).toMatchObject({
      outcome: 'stopped',
      reason: {
        kind: 'hook-failed',
        on: 'before-server',
        phase: 'drain',
        instanceId: seen.calls[0]?.facts.CONSUL_ROLL_INSTANCE_ID,
        end: { kind: 'failed', exitCode: 3 },
        lastLine: expect.stringMatching(/^I was told/),
      },
    });
    expect(listWrites(engine).filter((call) => /^(deregister|leave)/.test(call))).toEqual([]);
    expect(engine.servers.keys.filter((key) => key.includes('lock'))).toEqual([]);

    seen.end = () => ({ kind: 'passed' });
    const carriedOn = await runRoll(engine, { order: { kind: 'resume' } });
    expect(carriedOn.result.outcome).toBe('rolled');
    expect(seen.whats[1]).toBe(seen.whats[0]);
    expect(seen.calls).toHaveLength(4);
  });

  it('refuses the roll before the first change', async () => {
    const { engine, seen } = hooked(3);
    seen.end = () => ({ kind: 'timed-out', limitMs: 60_000 });
    const { result } = await runRoll(engine);
    expect(result).toMatchObject({ outcome: 'refused', reason: { kind: 'hook-failed', phase: 'snapshot' } });
    expect(engine.account.groups).toHaveLength(1);
  });

  it('with onFailure warn emits its end, and the roll continues', async () => {
    const { engine, seen } = hooked(3, [hook('before-server', { onFailure: 'warn' })]);
    seen.end = () => ({ kind: 'failed', exitCode: 1 });
    const { result, events } = await runRoll(engine);
    expect(result.outcome).toBe('rolled');
    expect(seen.calls).toHaveLength(6);
    const ends = events.flatMap((event) =>
      event.kind === 'hook' && event.news.kind === 'ended' ? [event.news.end] : [],
    );
    expect(ends).toEqual(Array(6).fill({ kind: 'failed', exitCode: 1 }));
  });

  it('after the last step does not change the outcome', async () => {
    const { engine, seen } = hooked(3, [hook('after-phase', { phases: ['finish'] })]);
    seen.end = () => ({ kind: 'failed', exitCode: 1 });
    expect((await runRoll(engine)).result.outcome).toBe('rolled');
    expect(seen.calls).toHaveLength(1);
  });
});

describe('a hook that takes long', () => {
  it('does not lose the lock of the roll', async () => {
    const { engine, seen } = hooked(3, [hook('before-phase', { phases: ['drain'] })]);
    const startedMs: number[] = [];
    let wake: (end: HookOutcome) => void = () => undefined;
    seen.end = () => {
      startedMs.push(engine.clock.now());
      return new Promise((resolve) => {
        wake = resolve;
      });
    };
    const renewals = () => engine.calls.filter((call) => call.startsWith('compareAndSet')).length;
    let before = 0;
    engine.injectFault = () => {
      const [since] = startedMs;
      if (since === undefined) before = renewals();
      else if (engine.clock.now() - since > 120_000) wake({ kind: 'passed' });
    };
    const { result } = await runRoll(engine);
    expect(result.outcome).toBe('rolled');
    expect(renewals() - before).toBeGreaterThan(10);
  });

  it('is ended when the roll must stop at once', async () => {
    const { engine, seen } = hooked(3, [hook('before-phase', { phases: ['drain'] })]);
    const stop = new AbortController();
    seen.end = () => {
      stop.abort();
      return { kind: 'cut-short' };
    };
    const { result } = await runRoll(engine, { signal: stop.signal });
    expect(result.outcome).toBe('interrupted');
  });
});

describe('hooks, where a new server bootstraps a cluster of its own', () => {
  it('do not run before it is terminated, nor does one that fails keep it running', async () => {
    const { engine, seen } = hooked(3, [hook('before-server')]);
    engine.setImage(NEW_IMAGE, 'founder');
    seen.end = async () => {
      await engine.clock.sleep(20_000);
      return { kind: 'failed', exitCode: 1 };
    };
    const { result } = await runRoll(engine);
    expect(result).toMatchObject({ outcome: 'rolled-back', reason: { kind: 'founder', followers: 0 } });
    expect(seen.whats).toEqual([]);
    expect(engine.servers.peers).toHaveLength(3);
  });

  it('continue while it is terminated, although they take long', async () => {
    const { engine, seen } = hooked(3, []);
    engine.setImage(NEW_IMAGE, 'founder');
    const stop = new AbortController();
    await runRoll(engine, {
      signal: stop.signal,
      onEvent: (event) => {
        if (event.kind === 'step-done' && event.step.action.kind === 'scale-out') stop.abort();
      },
    });
    const group = engine.account.groups.find(({ name }) => name !== engine.names.group);
    // Others let it act again: to suspend it needs the lock, and terminates no one.
    engine.world.call('autoscaling', 'ResumeProcesses', {
      AutoScalingGroupName: group?.name ?? '',
      ScalingProcesses: ['AZRebalance'],
    });
    Object.assign(seen, { list: [hook('before-phase', { phases: ['canary'] })] });
    const inHook: { terminated: boolean; peers: number }[] = [];
    seen.end = async () => {
      await new Promise<void>((resolve) => engine.clock.after(60_000, resolve));
      const terminated = engine.calls.some((call) => call.startsWith('terminate'));
      inHook.push({ terminated, peers: engine.servers.peers.length });
      return { kind: 'passed' };
    };
    const resume = { kind: 'resume', imageId: undefined, group: engine.names.group } as const;
    const { result } = await runRoll(engine, { order: resume });
    expect(inHook[0]).toEqual({ terminated: true, peers: 3 });
    expect(result).toMatchObject({ outcome: 'rolled-back', reason: { kind: 'founder', followers: 0 } });
    expect(engine.servers.peers).toHaveLength(3);
  });
});
