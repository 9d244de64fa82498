import { describe, expect, it } from 'vitest';
import type { RollEvent } from '../../../src/lib/model/events.js';
import type { ServerConsole } from '../../../src/lib/model/server-failure.js';
import { createFakeEngine, type FakeEngine, runRoll } from '../../helpers/fake-engine.js';
import { NEW_IMAGE } from '../../helpers/servers.js';

const LINES = ['cloud-init: running', 'consul.service: Failed with result exit-code'];

/** Rolls onto an image whose Consul never starts. */
async function rollOntoBroken(readConsole: (id: string) => Promise<ServerConsole>, engine = createFakeEngine(3)) {
  engine.setImage(NEW_IMAGE, 'broken');
  engine.cloud.readConsole = (id) => {
    engine.calls.push(`console ${id}`);
    return readConsole(id);
  };
  const { result, events } = await runRoll(engine);
  return { engine, result, events };
}

const failuresIn = (events: readonly RollEvent[]) => events.filter(({ kind }) => kind === 'server-failed');
const warningsIn = (events: readonly RollEvent[]) =>
  events.flatMap((one) => (one.kind === 'warning' ? [one.warning] : []));
const terminatedBy = (engine: FakeEngine) => engine.calls.findIndex((call) => call.startsWith('terminate '));

describe('a new server that fails', () => {
  it('has its console read once before it is terminated, with how far it came', async () => {
    const { engine, result, events } = await rollOntoBroken(async () => ({ kind: 'read', lines: LINES }));
    expect(result.outcome).toBe('rolled-back');
    const [failure, ...others] = result.failures ?? [];
    expect(others).toEqual([]);
    expect(failure).toMatchObject({ furthest: { gate: 'image' }, console: { kind: 'read', lines: LINES } });
    expect(failure?.failedGates[0]).toBe('agent');
    expect(failure?.furthest?.afterLaunchMs).toBeGreaterThan(0);
    expect(failuresIn(events)).toHaveLength(1);
    const reads = engine.calls.filter((call) => call.startsWith('console '));
    expect(reads).toEqual([`console ${failure?.instanceId}`]);
    expect(engine.calls.indexOf(reads[0] ?? '')).toBeLessThan(terminatedBy(engine));
  });

  it('has long lines of it cut, after secrets were masked', async () => {
    const { result } = await rollOntoBroken(async () => ({ kind: 'read', lines: ['z'.repeat(5_000)] }));
    expect(result.failures?.[0]?.console).toEqual({ kind: 'read', lines: [`${'z'.repeat(399)}…`] });
  });

  it('is terminated all the same where the right is missing, which is said once', async () => {
    const { result, events } = await rollOntoBroken(async () => ({ kind: 'denied', message: 'not authorized' }));
    expect(result.outcome).toBe('rolled-back');
    expect(warningsIn(events)).toEqual([{ kind: 'console-denied', message: 'not authorized' }]);
    expect(result.failures?.[0]?.console).toEqual({ kind: 'denied', message: 'not authorized' });
  });

  it('does not hold up the roll where AWS throws or never answers', async () => {
    const thrown = await rollOntoBroken(async () => {
      throw new Error('Rate exceeded');
    });
    expect(thrown.result).toMatchObject({
      outcome: 'rolled-back',
      failures: [{ console: { kind: 'unavailable', message: 'Rate exceeded' } }],
    });
    const hung = await rollOntoBroken(() => new Promise(() => undefined));
    expect(hung.result.failures?.[0]?.console).toMatchObject({ kind: 'unavailable', message: 'no answer within 5 s' });
  });

  it('is not waited for where it bootstraps a cluster of its own', async () => {
    const engine = createFakeEngine(3);
    engine.setImage(NEW_IMAGE, 'founder');
    let answer: (console: ServerConsole) => void = () => undefined;
    engine.cloud.readConsole = () =>
      new Promise((resolve) => {
        answer = resolve;
      });
    const { result, events } = await runRoll(engine, {
      onEvent: (event) => {
        const isEnded = event.kind === 'step-done' && event.step.action.kind === 'terminate';
        if (isEnded) answer({ kind: 'read', lines: LINES });
      },
    });
    const ended = events.findIndex((event) => event.kind === 'step-done' && event.step.action.kind === 'terminate');
    expect(events.findIndex(({ kind }) => kind === 'server-failed')).toBeGreaterThan(ended);
    expect(result.failures).toMatchObject([{ console: { kind: 'read', lines: LINES } }]);
  });

  it('is told of in no roll that succeeds', async () => {
    const engine = createFakeEngine(3);
    const { result, events } = await runRoll(engine);
    expect([result.outcome, result.failures, failuresIn(events)]).toEqual(['rolled', [], []]);
    expect(engine.calls).not.toContain('readConsole');
  });
});
