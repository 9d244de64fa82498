import { describe, expect, it } from 'vitest';
import type { ConvergenceState } from '../../../src/lib/model/convergence.js';
import { RollError } from '../../../src/lib/model/errors.js';
import { createFakeEngine, type FakeEngine, runRoll } from '../../helpers/fake-engine.js';

const KEY = 'consul-roll/consul/before';

function count(...names: readonly string[]): ReadonlyMap<string, number> {
  return new Map(names.map((name) => [name, 1]));
}

const EVERYTHING: ConvergenceState = {
  clients: count('web-1', 'web-2'),
  nodes: count('printer'),
  services: new Map([['api', 3]]),
  gateways: count('mesh-gw'),
  wan: count('s1.dc2'),
  replication: count('tokens from dc2'),
};

/** Shows `before` until an old server was asked to leave, and `after` then. */
function showing(engine: FakeEngine, before: ConvergenceState, after: ConvergenceState): FakeEngine {
  engine.consul.readConvergence = async () =>
    engine.calls.some((call) => call.startsWith('requestLeave')) ? after : before;
  return engine;
}

async function rollShowing(before: ConvergenceState, after: ConvergenceState, engine = createFakeEngine(3)) {
  const { result, events } = await runRoll(showing(engine, before, after));
  return { engine, result, warnings: events.flatMap((event) => (event.kind === 'warning' ? event.message : [])) };
}

describe('what others have in the cluster', () => {
  // failure-mode: not-converged
  it.each<[string, ConvergenceState, RegExp]>([
    ['a client agent', { clients: count('web-1') }, /^Client agents .* \(1\): web-2$/],
    ['a node', { nodes: count() }, /^Nodes .* \(1\): printer$/],
    ['instances of a service', { services: new Map([['api', 1]]) }, /^Service instances .* \(2\): api$/],
    ['a gateway', { gateways: count() }, /^Gateways .* \(1\): mesh-gw$/],
    ['a server of another datacenter', { wan: count() }, /^Servers of other datacenters .* \(1\): s1\.dc2$/],
    ['ACL replication', { replication: count() }, /^ACL replication .* token .* \(1\): tokens from dc2$/],
  ])('is named where it is missing after a roll: %s', async (_, change, sentence) => {
    const { result, warnings, engine } = await rollShowing(EVERYTHING, { ...EVERYTHING, ...change });
    expect(result.outcome).toBe('rolled');
    expect(warnings).toEqual([expect.stringMatching(sentence)]);
    expect(engine.servers.keys).not.toContain(KEY);
  });

  it('is not mentioned where all is there, more is there, or it could not be read', async () => {
    const more = { ...EVERYTHING, clients: count('web-1', 'web-2', 'web-3'), wan: undefined };
    const { warnings, engine } = await rollShowing(EVERYTHING, more);
    expect(warnings).toEqual([]);
    expect(engine.servers.keys).not.toContain(KEY);
  });

  it('is read again before it is called missing', async () => {
    const engine = createFakeEngine(3);
    let reads = 0;
    engine.consul.readConvergence = async () => (reads++ === 1 ? { clients: count() } : EVERYTHING);
    const { events } = await runRoll(engine);
    expect(events.filter(({ kind }) => kind === 'warning')).toEqual([]);
    expect(reads).toBe(3);
  });

  it('is compared by a process that resumes the roll', async () => {
    const engine = showing(createFakeEngine(3), EVERYTHING, { ...EVERYTHING, clients: count() });
    const first = await runRoll(engine, {
      pauseRequested: () => engine.calls.some((call) => call.startsWith('createGroup')),
    });
    expect(first.result.outcome).toBe('interrupted');
    expect(engine.servers.keys).toContain(KEY);
    const { events } = await runRoll(engine, { order: { kind: 'resume' } });
    const [warning] = events.flatMap((event) => (event.kind === 'warning' ? event.message : []));
    expect(warning).toMatch(/^Client agents .* \(2\): web-1, web-2$/);
    expect(engine.servers.keys).not.toContain(KEY);
  });

  it('is kept in at most 64 KB, and counted where its names were not kept', async () => {
    const names = Array.from({ length: 5_000 }, (_, n) => `client-${n}-with-a-rather-long-name`);
    const engine = showing(createFakeEngine(3), { clients: count(...names) }, { clients: count() });
    await runRoll(engine, { pauseRequested: () => engine.calls.some((call) => call.startsWith('createGroup')) });
    expect(engine.servers.get(KEY)?.value.length).toBeLessThan(66_000);
    const { events } = await runRoll(engine, { order: { kind: 'resume' } });
    const [warning] = events.flatMap((event) => (event.kind === 'warning' ? event.message : []));
    expect(warning).toMatch(/^Client agents .* \(5000\): .*, \d+ more$/);
  });

  it('leaves no record where the roll changed nothing', async () => {
    const engine = showing(createFakeEngine(3), EVERYTHING, EVERYTHING);
    engine.injectFault = (call) => {
      if (call.startsWith('takeSnapshot'))
        throw new RollError({ code: 'x', message: 'no', kind: 'refused', next: 'try' });
    };
    await expect(runRoll(engine)).rejects.toThrow('no');
    expect(engine.calls.some((call) => call.startsWith(`writeKey ${engine.servers.leader} ${KEY}`))).toBe(true);
    expect(engine.servers.keys).not.toContain(KEY);
  });

  it('delays and fails no roll when it cannot be read', async () => {
    const engine = createFakeEngine(3);
    engine.consul.readConvergence = async () => {
      throw new Error('no');
    };
    expect((await runRoll(engine)).result.outcome).toBe('rolled');
  });
});
