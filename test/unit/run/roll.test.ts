import { describe, expect, it } from 'vitest';
import { planRoll } from '../../../src/lib/engine/plan/plan.js';
import type { RollEvent } from '../../../src/lib/model/events.js';
import { buildOrder, createFakeEngine, type FakeEngine, listWrites, runRoll } from '../../helpers/fake-engine.js';
import { NEW_IMAGE, OLD_IMAGE } from '../../helpers/servers.js';

/** The steps done, in order, each as its action. */
function stepsIn(events: readonly RollEvent[]) {
  return events.flatMap((event) => (event.kind === 'step-done' ? [event.step] : []));
}

/** Steps without the names of servers that did not exist when the plan was made. */
function inOrder(steps: ReturnType<typeof stepsIn>): string[] {
  return steps.map(({ phase, action }) => {
    const planned = JSON.stringify(action).replace(/"(to|peerId)":"[^"]*"|"instanceIds":\[[^\]]*\]/g, '');
    return `${phase} ${planned}`;
  });
}

function imagesOf(engine: FakeEngine): string[] {
  return engine.account.instances.map((instance) => instance.imageId);
}

describe('a whole roll', () => {
  it.each([
    [3, 3],
    [3, 1],
    [5, 2],
  ])('takes %i servers, %i at a time, to the new image and leaves nothing behind', async (size, surge) => {
    const engine = createFakeEngine(size);
    const { result } = await runRoll(engine, { order: { surge } });
    expect(result).toMatchObject({ outcome: 'rolled', leaderChanges: 1 });
    expect(imagesOf(engine)).toEqual(Array(size).fill(NEW_IMAGE));
    const { groups, launchConfigurations } = engine.account;
    expect(groups).toHaveLength(1);
    expect(groups[0]).toMatchObject({
      minSize: size,
      maxSize: size < 5 ? 5 : size,
      desired: size,
      suspendedProcesses: [],
      balancers: [engine.names.balancer],
    });
    expect(Object.keys(groups[0]?.tags ?? {})).toEqual(['Name', 'consul-roll:cluster']);
    expect(launchConfigurations).toEqual([{ name: 'consul-roll-7f3a', imageId: NEW_IMAGE }]);
    expect(engine.servers.keys).toEqual([]);
    expect(engine.servers.peers.filter((peer) => peer.voter && peer.up)).toHaveLength(size);
  });

  it.each([5, 1])('takes the steps of the plan in the order of the plan, with a surge of %i', async (surge) => {
    const engine = createFakeEngine(5);
    const { steps } = await planRoll(engine, buildOrder({ surge }));
    const { events } = await runRoll(engine, { order: { surge } });
    expect(inOrder(stepsIn(events))).toEqual(inOrder([...steps]));
  });

  it('always has at least one voter more than the quorum', async () => {
    const engine = createFakeEngine(5);
    await runRoll(engine, {
      onEvent: () => {
        const voters = engine.servers.peers.filter((peer) => peer.voter);
        const up = voters.filter((peer) => peer.up).length;
        expect(up * 2).toBeGreaterThan(voters.length + 1);
      },
    });
  });

  it('emits its events in order, each step with its start and its end', async () => {
    const { events, result } = await runRoll(createFakeEngine(3));
    expect(events[0]?.kind).toBe('started');
    expect(events.at(-1)).toMatchObject({ kind: 'ended', result });
    const numbers = events.flatMap((event) => (event.kind === 'step-started' ? [event.number] : []));
    expect(numbers).toEqual(numbers.map((_, n) => n + 1));
    const phases = events.flatMap((event) => (event.kind === 'phase' ? [event.phase] : []));
    expect(phases).toEqual(['snapshot', 'prepare', 'canary', 'grow', 'drain', 'finish']);
    const times = events.map((event) => event.atMs);
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });
});

describe('a roll that is not needed or is refused', () => {
  it('has nothing to do when it is run again', async () => {
    const engine = createFakeEngine(3);
    await runRoll(engine);
    engine.calls.length = 0;
    engine.rollId = '7f3b';
    const { result } = await runRoll(engine);
    expect(result.outcome).toBe('nothing-to-do');
    expect(listWrites(engine)).toEqual([]);
  });

  it('is refused without a change when the image does not exist', async () => {
    const engine = createFakeEngine(3);
    const { result } = await runRoll(engine, { order: { imageId: 'ami-0wrong' } });
    expect(result).toMatchObject({
      outcome: 'refused',
      reason: { kind: 'preflight', failed: [{ id: 'image-exists' }] },
    });
    expect(listWrites(engine)).toEqual([]);
    expect(imagesOf(engine)).toEqual(Array(3).fill(OLD_IMAGE));
  });

  it('is refused when no cluster or more than one matches', async () => {
    const engine = createFakeEngine(3);
    await expect(runRoll(engine, { order: { cluster: 'vault' } })).rejects.toMatchObject({
      code: 'cluster-not-found',
      kind: 'refused',
    });
    engine.addGroup('other', { desired: 3, tags: { Name: 'consul' } });
    await expect(runRoll(engine)).rejects.toMatchObject({ code: 'cluster-ambiguous', kind: 'refused' });
    expect(listWrites(engine)).toEqual([]);
  });

  it('is refused onto another image than the recorded roll', async () => {
    const engine = createFakeEngine(3);
    engine.setImage('ami-0third', 'good');
    let steps = 0;
    await runRoll(engine, {
      pauseRequested: () => steps > 4,
      onEvent: ({ kind }) => (steps += Number(kind === 'step-done')),
    });
    engine.calls.length = 0;
    await expect(runRoll(engine, { order: { imageId: 'ami-0third' } })).rejects.toMatchObject({
      code: 'another-roll',
      kind: 'refused',
    });
    expect(listWrites(engine)).toEqual([]);
  });
});

describe('a roll onto a broken image', () => {
  it('rolls back by itself and restores the cluster', async () => {
    const engine = createFakeEngine(3);
    engine.setImage(NEW_IMAGE, 'broken');
    const before = engine.account;
    const { result } = await runRoll(engine);
    expect(result).toMatchObject({
      outcome: 'rolled-back',
      reason: { kind: 'timed-out', waitedFor: { kind: 'ready' } },
    });
    expect(engine.account).toEqual(before);
    expect(engine.servers.keys.length).toBe(0);
    expect(engine.calls.filter((call) => call.startsWith('requestLeave'))).toEqual([]);
  });
});
