import { describe, expect, it } from 'vitest';
import { planRoll } from '../../../src/lib/engine/plan/plan.js';
import type { RollEvent } from '../../../src/lib/model/events.js';
import type { OrderChange } from '../../helpers/fake-engine.js';
import { buildOrder, createFakeEngine, type FakeEngine, listWrites, runRoll } from '../../helpers/fake-engine.js';
import { NEW_IMAGE, OLD_IMAGE } from '../../helpers/servers.js';

const inPlace = { strategy: 'in-place' } as const;

function actionsIn(events: readonly RollEvent[]): string[] {
  return events.flatMap((event) => (event.kind === 'step-done' ? [event.step.action.kind] : []));
}

/** An engine that never has more servers than `most`, nor fewer voters up than a quorum and one to spare. */
function watched(size: number, most: number) {
  const engine = createFakeEngine(size);
  const onEvent = () => {
    expect(engine.account.instances.length).toBeLessThanOrEqual(most);
    const voters = engine.servers.peers.filter((peer) => peer.voter);
    expect(voters.filter((peer) => peer.up).length * 2).toBeGreaterThan(voters.length + 1);
  };
  return { engine, onEvent };
}

/** How it would end from here: resumed, and rolled back. */
async function plannedEnds(engine: FakeEngine): Promise<readonly string[]> {
  const orders: OrderChange[] = [{ kind: 'resume' }, { kind: 'rollback', allowDowngrade: true }];
  const plans = await Promise.all(orders.map((order) => planRoll(engine, buildOrder(order))));
  return plans.map(({ end }) => (end.kind === 'done' ? end.outcome : end.kind === 'stop' ? end.reason.kind : ''));
}

describe('a roll in place', () => {
  it.each([
    [3, undefined],
    [3, 3],
    [5, 2],
  ])('takes %i servers, a surge of %s, to the new image in the group they are in', async (size, surge) => {
    const { engine, onEvent } = watched(size, size + (surge ?? 1));
    const [before] = engine.account.groups;
    const { result } = await runRoll(engine, { order: { ...inPlace, surge }, onEvent });
    expect(result).toMatchObject({ outcome: 'rolled' });
    const { groups, launchConfigurations, instances } = engine.account;
    expect(instances.map((one) => one.imageId)).toEqual(Array(size).fill(NEW_IMAGE));
    expect(groups).toEqual([
      {
        ...before,
        launchSource: { kind: 'launch-configuration', name: 'consul-roll-7f3a' },
        imageId: NEW_IMAGE,
        instanceIds: groups[0]?.instanceIds,
      },
    ]);
    expect(launchConfigurations).toEqual([{ name: 'consul-roll-7f3a', imageId: NEW_IMAGE }]);
    expect(engine.servers.keys).toEqual([]);
  });

  it.each([undefined, 5])('takes the steps of its plan, with a surge of %s', async (surge) => {
    const engine = createFakeEngine(5);
    const { steps } = await planRoll(engine, buildOrder({ ...inPlace, surge }));
    const { events } = await runRoll(engine, { order: { ...inPlace, surge } });
    expect(actionsIn(events)).toEqual(steps.map(({ action }) => action.kind));
  });

  it('reaches the same end however often it is killed and resumed', async () => {
    const engine = createFakeEngine(3);
    const ends: (readonly string[])[] = [];
    for (let runs = 0; runs < 60; runs += 1) {
      let steps = 0;
      const { result } = await runRoll(engine, {
        order: inPlace,
        pauseRequested: () => steps > 0,
        // A life that ends with one of these begins with it again: a snapshot leaves no trace, and a first server that has
        // not joined is taken out.
        onEvent: (event) => {
          steps += Number(
            event.kind === 'step-done' && !['save-snapshot', 'scale-out'].includes(event.step.action.kind),
          );
        },
      });
      if (result.outcome !== 'interrupted') {
        expect(runs).toBeGreaterThan(20);
        expect(['rolled', 'nothing-to-do']).toContain(result.outcome);
        break;
      }
      if (steps > 0 && runs > 0) ends.push(await plannedEnds(engine));
    }
    for (const [forward, back] of ends) {
      expect(forward).toMatch(/^(rolled|nothing-to-do)$/);
      expect(back).toMatch(/^(rolled-back|old-group-gone)$/);
    }
    expect(new Set(ends.map(([, back]) => back))).toEqual(new Set(['rolled-back', 'old-group-gone']));
    expect(engine.account.instances.map((one) => one.imageId)).toEqual(Array(3).fill(NEW_IMAGE));
    expect(engine.account.groups).toMatchObject([
      { name: engine.names.group, minSize: 3, desired: 3, suspendedProcesses: [] },
    ]);
    expect(Object.keys(engine.account.groups[0]?.tags ?? {})).toEqual(['Name']);
  });

  it('has nothing to do when it is run again', async () => {
    const engine = createFakeEngine(3);
    await runRoll(engine, { order: inPlace });
    engine.calls.length = 0;
    const { result } = await runRoll(engine, { order: inPlace });
    expect(result.outcome).toBe('nothing-to-do');
    expect(listWrites(engine)).toEqual([]);
  });
});

describe('the rollback of a roll in place', () => {
  it('restores the group when the image is broken', async () => {
    const engine = createFakeEngine(3);
    engine.setImage(NEW_IMAGE, 'broken');
    const before = engine.account;
    const { result } = await runRoll(engine, { order: inPlace });
    expect(result).toMatchObject({ outcome: 'rolled-back', reason: { kind: 'timed-out' } });
    expect(engine.account).toEqual(before);
    expect(engine.servers.keys.length).toBe(0);
    expect(engine.calls.filter((call) => call.startsWith('requestLeave'))).toEqual([]);
  });

  it('launches old servers again if some have left', async () => {
    const engine = createFakeEngine(3);
    let left = 0;
    await runRoll(engine, {
      order: inPlace,
      pauseRequested: () => left > 1,
      onEvent: (event) => {
        left += Number(event.kind === 'step-done' && event.step.action.kind === 'terminate');
      },
    });
    expect(left).toBeGreaterThan(1);
    const { result } = await runRoll(engine, { order: { kind: 'rollback' } });
    expect(result.outcome).toBe('rolled-back');
    const { groups, launchConfigurations, instances } = engine.account;
    expect(instances.map((one) => one.imageId)).toEqual(Array(3).fill(OLD_IMAGE));
    expect(groups).toMatchObject([
      {
        name: engine.names.group,
        launchSource: { name: engine.names.launchConfiguration },
        desired: 3,
        maxSize: 5,
        suspendedProcesses: [],
      },
    ]);
    expect(launchConfigurations).toEqual([{ name: engine.names.launchConfiguration, imageId: OLD_IMAGE }]);
  });

  it('lowers the desired capacity for servers that were not launched', async () => {
    const engine = createFakeEngine(3);
    const [group] = engine.account.groups;
    const before = engine.account;
    let grown = false;
    await runRoll(engine, {
      order: inPlace,
      pauseRequested: () => grown,
      onEvent: (event) => {
        if (event.kind === 'step-started' && event.step.action.kind === 'scale-out') {
          grown = true;
          engine.setCapacity(false);
        }
      },
    });
    expect(engine.account.groups[0]?.desired).toBe((group?.desired ?? 0) + 1);
    const { result, events } = await runRoll(engine, { order: { kind: 'rollback' } });
    expect(result.outcome).toBe('rolled-back');
    expect(actionsIn(events)).toContain('lower-desired');
    expect(engine.account).toEqual(before);
  });
});
