import { describe, expect, it } from 'vitest';
import type { Hook, HookOutcome } from '../../../src/lib/model/hook.js';
import { createFakeEngine, type FakeEngine, listWrites, runRoll } from '../../helpers/fake-engine.js';
import { limits } from '../../helpers/intents.js';
import { NEW_IMAGE } from '../../helpers/servers.js';

type Facts = Readonly<Record<string, string>>;

/** A gate of the operator, and what it was told. */
class Gate {
  readonly calls: Facts[] = [];
  readonly list: readonly Hook[];
  lines = 1;
  end: (id: string, tries: number) => HookOutcome | Promise<HookOutcome> = () => ({ kind: 'passed' });

  constructor(over: Partial<Hook> = {}) {
    this.list = [
      { on: 'gate', run: './g', phases: undefined, onFailure: 'stop', timeoutMs: 60_000, folder: '/', ...over },
    ];
  }

  async run(_hook: Hook, facts: Facts, hear: (line: string) => void): Promise<HookOutcome> {
    this.calls.push(facts);
    for (let n = 0; n < this.lines; n++) hear(`line ${n}`);
    const id = facts.CONSUL_ROLL_INSTANCE_ID ?? '';
    return this.end(id, this.calls.filter((one) => one.CONSUL_ROLL_INSTANCE_ID === id).length);
  }

  get instanceIds(): string[] {
    return this.calls.map(({ CONSUL_ROLL_INSTANCE_ID: id = '' }) => id);
  }
}

function gated(gate: Gate, size = 3): FakeEngine {
  return Object.assign(createFakeEngine(size), { hooks: gate });
}

const FAILED = { kind: 'failed', exitCode: 7 } as const;

describe('a gate of the operator', () => {
  it('is tried once for each new server, before it is registered and before any old one leaves', async () => {
    const gate = new Gate();
    const engine = gated(gate);
    const writes: string[] = [];
    gate.end = (id) => {
      writes.push(
        ...listWrites(engine).filter((call) => /^(register|leave|deregister)/.test(call) && call.includes(id)),
      );
      return { kind: 'passed' };
    };
    const { result } = await runRoll(engine);
    expect(result.outcome).toBe('rolled');
    expect(writes).toEqual([]);
    expect(gate.instanceIds.toSorted()).toEqual(
      engine.account.instances.map(({ instanceId }) => instanceId).toSorted(),
    );
    expect(gate.calls[0]).toMatchObject({
      CONSUL_ROLL_HOOK: 'gate',
      CONSUL_ROLL_PHASE: 'canary',
      CONSUL_ROLL_SIDE: 'new',
      CONSUL_ROLL_MOVE: 'arriving',
      CONSUL_ROLL_ADDRESS: expect.stringMatching(/^\d+(\.\d+){3}$/),
    });
  });

  // failure-mode: gate-refused
  it('rolls the roll back where it does not succeed within the health timeout, tried no faster than the cluster is observed', async () => {
    const gate = new Gate();
    gate.end = () => FAILED;
    const engine = gated(gate);
    const before = engine.account.instances.map(({ instanceId }) => instanceId);
    const { result } = await runRoll(engine);
    const [instanceId = ''] = gate.instanceIds;
    expect(result).toMatchObject({
      outcome: 'rolled-back',
      reason: { kind: 'timed-out', causes: [{ kind: 'gate-refused', instanceId }] },
    });
    expect(new Set(gate.instanceIds)).toEqual(new Set([instanceId]));
    expect(gate.calls.length).toBeGreaterThan(10);
    expect(gate.calls.length).toBeLessThanOrEqual(limits.healthTimeoutMs / 5_000 + 1);
    expect(engine.account.instances.map(({ instanceId: id }) => id)).toEqual(before);
  });

  it('is tried again until it succeeds', async () => {
    const gate = new Gate();
    gate.end = (_, tries) => (tries < 4 ? FAILED : { kind: 'passed' });
    const { result } = await runRoll(gated(gate));
    expect(result.outcome).toBe('rolled');
    expect(gate.calls).toHaveLength(12);
  });

  it('does not keep a later server from being tried while another one fails', async () => {
    const gate = new Gate({ phases: ['grow'] });
    const first: string[] = [];
    gate.end = (id, tries) => {
      if (first.length === 0) first.push(id);
      return first.includes(id) && tries < 5 ? FAILED : { kind: 'passed' };
    };
    const { result } = await runRoll(gated(gate));
    expect(result.outcome).toBe('rolled');
    // Not the canary: its phase has no gate.
    expect(new Set(gate.instanceIds).size).toBe(2);
    expect(gate.calls).toHaveLength(6);
  });

  it('with onFailure warn lets the server pass', async () => {
    const gate = new Gate({ onFailure: 'warn' });
    gate.end = () => FAILED;
    const { result } = await runRoll(gated(gate));
    expect(result.outcome).toBe('rolled');
    expect(gate.calls).toHaveLength(3);
  });

  it('is not passed by being cut short', async () => {
    const gate = new Gate();
    const stop = new AbortController();
    gate.end = () => {
      stop.abort();
      return { kind: 'cut-short' };
    };
    const engine = gated(gate);
    expect((await runRoll(engine, { signal: stop.signal })).result.outcome).toBe('interrupted');
    gate.end = () => ({ kind: 'passed' });
    const { result } = await runRoll(engine, { order: { kind: 'resume', imageId: undefined } });
    expect(result.outcome).toBe('rolled');
    expect(gate.calls.length).toBeGreaterThanOrEqual(4);
  });

  it('has no part in a rollback, and keeps no server there', async () => {
    const gate = new Gate();
    const engine = gated(gate);
    let isAsked = false;
    await runRoll(engine, {
      pauseRequested: () => isAsked,
      onEvent: (event) => {
        isAsked ||= event.kind === 'step-done' && event.step.action.kind === 'leave';
      },
    });
    const { length: before } = gate.calls;
    gate.end = () => FAILED;
    const { result } = await runRoll(engine, { order: { kind: 'rollback' } });
    expect(result.outcome).toBe('rolled-back');
    expect(gate.calls).toHaveLength(before);
  });

  it('lets no old server leave for a new one that it refuses after a resume', async () => {
    const gate = new Gate();
    const engine = gated(gate);
    let isAsked = false;
    await runRoll(engine, {
      pauseRequested: () => isAsked,
      onEvent: (event) => {
        isAsked ||= event.kind === 'step-done' && event.step.action.kind === 'leave';
      },
    });
    const leaves = () => engine.calls.filter((call) => call.startsWith('leave'));
    const { length: before } = leaves();
    gate.end = () => FAILED;
    const { result } = await runRoll(engine, { order: { kind: 'resume', imageId: undefined } });
    expect(result).toMatchObject({ outcome: 'stopped', reason: { kind: 'old-already-left' } });
    expect(leaves()).toHaveLength(before);
  });

  it('is tried in place too', async () => {
    const gate = new Gate();
    gate.end = (_, tries) => (tries < 2 ? FAILED : { kind: 'passed' });
    const { result } = await runRoll(gated(gate), { order: { strategy: 'in-place' } });
    expect(result.outcome).toBe('rolled');
    expect(gate.calls).toHaveLength(6);
  });

  it('has at most twenty lines of one try in the log', async () => {
    const gate = new Gate({ phases: ['canary'] });
    gate.lines = 500;
    const { events } = await runRoll(gated(gate));
    const lines = events.flatMap((event) =>
      event.kind === 'hook' && event.news.kind === 'output' ? event.news.line : [],
    );
    expect(lines).toHaveLength(20);
    expect(lines.at(-1)).toContain('left out');
  });

  it('does not run for a founder, which is terminated', async () => {
    const gate = new Gate();
    const engine = gated(gate);
    engine.setImage(NEW_IMAGE, 'founder');
    const { result } = await runRoll(engine);
    expect(result).toMatchObject({ outcome: 'rolled-back', reason: { kind: 'founder' } });
    expect(gate.calls).toEqual([]);
  });
});
