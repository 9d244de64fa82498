import { describe, expect, it } from 'vitest';
import { CONVERGENCE_KINDS, type ConvergenceKind, type ConvergenceState } from '../../../src/lib/model/convergence.js';
import { RollError } from '../../../src/lib/model/errors.js';
import type { RollEvent } from '../../../src/lib/model/events.js';
import { describeWarning } from '../../../src/lib/output/text/warnings.js';
import { createFakeEngine, type FakeEngine, type OrderChange, runRoll } from '../../helpers/fake-engine.js';
import { limits } from '../../helpers/intents.js';

const KEY = 'consul-roll/consul/before';
type Found = ConvergenceState['found'];

function count(...names: readonly string[]): ReadonlyMap<string, number> {
  return new Map(names.map((name) => [name, 1]));
}

const EVERYTHING: Required<Found> = {
  clients: count('web-1', 'web-2'),
  nodes: count('printer'),
  services: new Map([['api', 3]]),
  gateways: count('mesh-gw'),
  wan: count('s1.dc2'),
  replication: count('tokens from dc2'),
  agents: count('every server'),
};

const NOTHING = Object.fromEntries(CONVERGENCE_KINDS.map((kind) => [kind, count()])) as Required<Found>;

function without(kind: ConvergenceKind, why: 'denied' | 'too-large'): ConvergenceState {
  return { found: { ...EVERYTHING, [kind]: undefined }, unread: { [kind]: why } };
}

/** Shows `before` until an old server was asked to leave, and `after` then. */
function showing(engine: FakeEngine, before: Found, after: Found): FakeEngine {
  engine.consul.readConvergence = async () => ({
    found: engine.calls.some((call) => call.startsWith('requestLeave')) ? after : before,
    unread: {},
  });
  return engine;
}

function listWarnings(events: readonly RollEvent[]): string[] {
  return events.flatMap((event) => (event.kind === 'warning' ? describeWarning(event.warning) : []));
}

/** How long each wait for others took until the next event, in milliseconds. */
function measureWaitMs(events: readonly RollEvent[]): number {
  const from = events.findIndex((event) => event.kind === 'waiting' && event.wait.for.kind === 'convergence');
  const until = events.slice(from + 1).find(({ kind }) => kind === 'step-started' || kind === 'ended');
  return from < 0 ? 0 : (until?.atMs ?? 0) - (events[from]?.atMs ?? 0);
}

async function rollShowing(after: Found, order: OrderChange = {}, before: Found = EVERYTHING) {
  const engine = showing(createFakeEngine(3), before, after);
  const { result, events } = await runRoll(engine, { order });
  return { engine, result, events, warnings: listWarnings(events) };
}

describe('what others have in the cluster', () => {
  // failure-mode: not-converged
  it.each<[string, Found, RegExp]>([
    ['a client agent', { clients: count('web-1') }, /^Client agents .* \(1\): web-2$/],
    ['a node', { nodes: count() }, /^Nodes .* \(1\): printer$/],
    ['instances of a service', { services: new Map([['api', 1]]) }, /^Service instances .* \(2\): api$/],
    ['a gateway', { gateways: count() }, /^Gateways .* \(1\): mesh-gw$/],
    ['a server of another datacenter', { wan: count() }, /^Servers of other datacenters .* \(1\): s1\.dc2$/],
    ['ACL replication', { replication: count() }, /^ACL replication .* token .* \(1\): tokens from dc2$/],
    ['the right of the servers’ agents', { agents: count() }, /^Servers could update .* agent token .*every server$/],
  ])('is named where it is missing after a roll: %s', async (_, change, sentence) => {
    const { result, warnings, engine } = await rollShowing({ ...EVERYTHING, ...change });
    expect(result.outcome).toBe('rolled');
    expect(warnings).toEqual([expect.stringMatching(sentence)]);
    expect(result.observation?.convergence?.missing).toHaveLength(1);
    expect(engine.servers.keys).not.toContain(KEY);
  });

  it('is not mentioned where all is there, or more is', async () => {
    const more = { ...EVERYTHING, clients: count('web-1', 'web-2', 'web-3') };
    const { warnings, events, engine } = await rollShowing(more);
    expect(warnings).toEqual([]);
    expect(measureWaitMs(events)).toBe(0);
    expect(engine.servers.keys).not.toContain(KEY);
  });

  it.each<[string, Found, readonly RegExp[]]>([
    ['a client that its own group replaces', { clients: count('web-1', 'web-3'), nodes: count('server-room') }, []],
    ['a server of another datacenter that is rolled too', { wan: count('s2.dc2') }, []],
    [
      'two clients, and one in their place',
      { clients: count('web-3') },
      [/^Client agents .* \(1\): 2 gone, 1 new in their place, web-1, web-2$/],
    ],
    ['a service under another name', { services: new Map([['api-2', 3]]) }, [/^Service instances .* \(3\): api$/]],
    ['a gateway under another name', { gateways: count('other-gw') }, [/^Gateways .* \(1\): mesh-gw$/]],
  ])('is counted where names are those of machines: %s', async (_, change, sentences) => {
    const { result, warnings, events } = await rollShowing({ ...EVERYTHING, ...change });
    expect(result.outcome).toBe('rolled');
    expect(warnings).toEqual(sentences.map((sentence) => expect.stringMatching(sentence)));
    if (sentences.length === 0) expect(measureWaitMs(events)).toBe(0);
  });

  it('is waited for before the old group is deleted', async () => {
    const engine = createFakeEngine(3);
    let lostSinceMs: number | undefined;
    const groups: number[] = [];
    engine.consul.readConvergence = async () => {
      if (engine.calls.some((call) => call.startsWith('requestLeave'))) lostSinceMs ??= engine.clock.now();
      // The old servers need a while to leave.
      const isLost = lostSinceMs !== undefined && engine.clock.now() - lostSinceMs < 30_000;
      if (isLost)
        groups.push(engine.account.groups.filter(({ suspendedProcesses }) => suspendedProcesses.length).length);
      return { found: isLost ? { ...EVERYTHING, clients: count() } : EVERYTHING, unread: {} };
    };
    const { result, events } = await runRoll(engine);
    expect(result.outcome).toBe('rolled');
    expect(listWarnings(events)).toEqual([]);
    expect(measureWaitMs(events)).toBeGreaterThanOrEqual(20_000);
    expect(new Set(groups)).toEqual(new Set([2]));
  });

  it.each([0, 90_000])('is waited for within a bake of %i ms, and a minute more', async (bakeMs) => {
    const after = { ...EVERYTHING, wan: count() };
    const { events, result } = await rollShowing(after, { limits: { ...limits, bakeMs } });
    const wait = events.flatMap((event) => (event.kind === 'waiting' ? event.wait : []));
    const [own] = wait.filter(({ for: { kind } }) => kind === 'convergence');
    expect(own).toMatchObject({ phase: 'finish', limitMs: bakeMs + 60_000 });
    expect(measureWaitMs(events)).toBeGreaterThan(50_000);
    expect(measureWaitMs(events)).toBeLessThan(80_000);
    expect(result.outcome).toBe('rolled');
  });

  it('is compared after a rollback too', async () => {
    const engine = showing(createFakeEngine(3), EVERYTHING, { ...EVERYTHING, services: count() });
    await runRoll(engine, { pauseRequested: () => engine.servers.peers.length > 4 });
    const { result, events } = await runRoll(engine, { order: { kind: 'rollback' } });
    expect(result.outcome).toBe('rolled-back');
    expect(listWarnings(events)).toEqual([expect.stringMatching(/^Service instances .* \(3\): api$/)]);
    expect(measureWaitMs(events)).toBeGreaterThan(50_000);
  });

  // failure-mode: not-compared
  it.each<[string, ConvergenceState, ConvergenceState, string]>([
    ['before', without('wan', 'denied'), { found: EVERYTHING, unread: {} }, 'servers of other datacenters (the ACL'],
    ['after', { found: EVERYTHING, unread: {} }, without('nodes', 'too-large'), 'nodes of the catalog (too many'],
  ])('is said once where it could not be read %s the roll', async (_, before, after, sentence) => {
    const engine = createFakeEngine(3);
    engine.consul.readConvergence = async () =>
      engine.calls.some((call) => call.startsWith('requestLeave')) ? after : before;
    const { result, events } = await runRoll(engine);
    expect(result.outcome).toBe('rolled');
    expect(listWarnings(events)).toEqual([
      expect.stringContaining(`Not compared before and after the roll: ${sentence}`),
    ]);
  });

  it('is compared by a process that resumes the roll', async () => {
    const engine = showing(createFakeEngine(3), EVERYTHING, { ...EVERYTHING, clients: count() });
    const first = await runRoll(engine, {
      pauseRequested: () => engine.calls.some((call) => call.startsWith('createGroup')),
    });
    expect(first.result.outcome).toBe('interrupted');
    expect(engine.servers.keys).toContain(KEY);
    const { events } = await runRoll(engine, { order: { kind: 'resume' } });
    expect(listWarnings(events)).toEqual([expect.stringMatching(/^Client agents .* \(2\): web-1, web-2$/)]);
    expect(engine.servers.keys).not.toContain(KEY);
  });

  it('is reported, and its record deleted, where others remove the tags of the roll before its end', async () => {
    const engine = showing(createFakeEngine(3), EVERYTHING, { ...EVERYTHING, clients: count() });
    const { result, events } = await runRoll(engine, {
      onEvent: (event) => {
        if (event.kind !== 'step-done' || event.step.action.kind !== 'delete-sentinel') return;
        for (const { name, tags } of engine.account.groups) {
          const own = Object.keys(tags).filter(
            (key) => key.startsWith('consul-roll:') && key !== 'consul-roll:cluster',
          );
          void engine.cloud.untag(name, own);
        }
      },
    });
    expect(result.outcome).toBe('rolled');
    expect(listWarnings(events)).toEqual([expect.stringMatching(/^Client agents .* \(2\): web-1, web-2$/)]);
    expect(engine.servers.keys).not.toContain(KEY);
  });

  it.each([
    ['of another shape', '{"rollId":"7f3a","kinds":{"clients":7}}'],
    ['of another roll', '{"rollId":"else","kinds":{}}'],
    ['no JSON', 'x'],
  ])('is not compared with a record that is %s', async (_, value) => {
    const engine = showing(createFakeEngine(3), EVERYTHING, NOTHING);
    await runRoll(engine, { pauseRequested: () => engine.calls.some((call) => call.startsWith('createGroup')) });
    await engine.servers.put(KEY, value);
    const { events, result } = await runRoll(engine, { order: { kind: 'resume' } });
    expect(result.outcome).toBe('rolled');
    expect(listWarnings(events)).toEqual([expect.stringContaining('(not recorded before the first change)')]);
  });

  it('is kept in at most 64 KB, and counted where its names were not kept', async () => {
    const names = Array.from({ length: 5_000 }, (_, n) => `client-${n}-with-a-rather-long-name`);
    const engine = showing(createFakeEngine(3), { ...NOTHING, clients: count(...names) }, NOTHING);
    await runRoll(engine, { pauseRequested: () => engine.calls.some((call) => call.startsWith('createGroup')) });
    expect(engine.servers.get(KEY)?.value.length).toBeLessThan(66_000);
    const { events } = await runRoll(engine, { order: { kind: 'resume' } });
    expect(listWarnings(events)).toEqual([expect.stringMatching(/^Client agents .* \(5000\): .*, \d+ more$/)]);
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

  it('fails no roll when it cannot be read, and is said not to be compared', async () => {
    const engine = createFakeEngine(3);
    engine.consul.readConvergence = async () => {
      throw new Error('no');
    };
    const { result, events } = await runRoll(engine);
    expect(result.outcome).toBe('rolled');
    expect(listWarnings(events)).toEqual([expect.stringContaining('Not compared before and after the roll')]);
    expect(measureWaitMs(events)).toBe(0);
  });
});

describe('the state of new servers', () => {
  // failure-mode: not-compared
  it('is said once not to be compared where the token may not read it, before any old server leaves', async () => {
    const engine = createFakeEngine(3);
    const { listState } = engine.consul;
    engine.consul.listState = async (address, from) => {
      const names = await listState.call(engine.consul, address, from);
      return names && { ...names, unread: from === 'leader' ? { keys: 'denied', aclTokens: 'denied' } : {} };
    };
    const { result, events } = await runRoll(engine);
    expect(result.outcome).toBe('rolled');
    const at = events.findIndex(({ kind }) => kind === 'warning');
    const leave = events.findIndex((event) => event.kind === 'step-started' && event.step.action.kind === 'leave');
    expect(at).toBeLessThan(leave);
    expect(listWarnings(events)).toEqual([
      expect.stringMatching(
        /^Not everything in the state of i-\w+ was compared .*keys and ACL tokens \(the ACL token may not read all/,
      ),
    ]);
  });

  it('is called not compared at all where nothing could be read', async () => {
    const engine = createFakeEngine(3);
    engine.consul.listState = async () => ({
      found: {},
      unread: {
        keys: 'too-large',
        nodes: 'denied',
        services: 'denied',
        aclTokens: 'denied',
        aclPolicies: 'denied',
        configEntries: 'unsupported',
        queries: 'no-answer',
        intentions: 'unsupported',
      },
      appliedIndex: undefined,
    });
    const { events } = await runRoll(engine);
    expect(listWarnings(events)).toEqual([
      expect.stringMatching(
        /^Nothing in the state of .*keys \(too many to compare\); .*prepared queries \(Consul did not/,
      ),
    ]);
  });
});
