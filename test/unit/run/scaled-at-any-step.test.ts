import { describe, expect, it } from 'vitest';
import { RollError } from '../../../src/lib/model/errors.js';
import type { RollEvent } from '../../../src/lib/model/events.js';
import { findReason } from '../../../src/lib/model/outcome.js';
import { createFakeEngine, type FakeEngine, runRoll } from '../../helpers/fake-engine.js';
import { NEW_IMAGE, OLD_IMAGE } from '../../helpers/servers.js';

type Order = NonNullable<Parameters<typeof runRoll>[1]>['order'];

/** Runs a roll until it has taken this many steps; true if it was stopped then. */
async function stopAfterSteps(engine: FakeEngine, order: Order, count: number): Promise<boolean> {
  let taken = 0;
  const onEvent = ({ kind }: RollEvent) => {
    if (kind === 'step-done') taken += 1;
  };
  const { result } = await runRoll(engine, { order, onEvent, pauseRequested: () => taken >= count });
  return result.outcome === 'interrupted';
}

interface Change {
  readonly group: 'old' | 'new';
  readonly resumesLaunch?: boolean;
  readonly sizes: { readonly MinSize?: number; readonly MaxSize: number; readonly DesiredCapacity?: number };
  /** To 3, once what it was scaled to is there. */
  readonly setBack?: boolean;
}

const MaxSize = 8;
const CHANGES: Readonly<Record<string, Change>> = {
  'the old group scaled out': { group: 'old', sizes: { MaxSize, DesiredCapacity: 6 } },
  'its launches resumed too': { group: 'old', resumesLaunch: true, sizes: { MaxSize, DesiredCapacity: 6 } },
  'its minimum raised': { group: 'old', sizes: { MaxSize, MinSize: 5 } },
  'the new group scaled out': { group: 'new', resumesLaunch: true, sizes: { MaxSize, DesiredCapacity: 6 } },
  'the old group scaled out and back': {
    group: 'old',
    resumesLaunch: true,
    sizes: { MaxSize, DesiredCapacity: 6 },
    setBack: true,
  },
  'the new group scaled out and back': { group: 'new', sizes: { MaxSize, DesiredCapacity: 6 }, setBack: true },
  'the old group scaled in': { group: 'old', sizes: { MinSize: 0, MaxSize, DesiredCapacity: 1 } },
  'the new group scaled in': { group: 'new', sizes: { MinSize: 0, MaxSize, DesiredCapacity: 1 } },
};

/** False if there is no such group, or it acts on its own: then it scales in as it is told to. */
async function change(engine: FakeEngine, { group, resumesLaunch, sizes, setBack }: Change): Promise<boolean> {
  const isOld = (name: string) => name === engine.names.group;
  const found = engine.account.groups.find(({ name, deleting }) => isOld(name) === (group === 'old') && !deleting);
  const isScaledIn = setBack || (sizes.DesiredCapacity ?? sizes.MinSize ?? 0) < (found?.desired ?? 0);
  if (found === undefined || (isScaledIn && !found.protectsNewServers)) return false;
  const named = { AutoScalingGroupName: found.name };
  if (resumesLaunch) engine.world.call('autoscaling', 'ResumeProcesses', { ...named, ScalingProcesses: ['Launch'] });
  engine.world.call('autoscaling', 'UpdateAutoScalingGroup', { ...named, ...sizes });
  if (!setBack) return true;
  await settle(engine, 120);
  engine.world.call('autoscaling', 'UpdateAutoScalingGroup', { ...named, MinSize: 0, DesiredCapacity: 3 });
  return true;
}

/**
 * Servers in a group that is not suspended yet could be anyone's: then the operator names the group. Once all servers of that
 * one have left, nothing vouches for the other, which the operator names then, as the error says.
 */
async function rollBack(engine: FakeEngine) {
  const named = (group: string) => runRoll(engine, { order: { kind: 'rollback', group } });
  const other = engine.account.groups.find(({ name }) => name !== engine.names.group)?.name;
  return named(engine.names.group).catch((thrown) => {
    if (other === undefined || !(thrown instanceof RollError) || thrown.code !== 'cluster-silent') throw thrown;
    return named(other);
  });
}

/** Rolls back, and checks that the old group is as it was, or bigger where it grew while it acted on its own. */
async function expectRolledBack(engine: FakeEngine, at: string): Promise<void> {
  const [old] = engine.account.groups.filter(({ name }) => name === engine.names.group);
  const actsOnItsOwn = old?.suspendedProcesses.length === 0;
  const { result, events } = await rollBack(engine);
  expect(result.outcome, `${at}: ${JSON.stringify(findReason(result))}`).toBe('rolled-back');
  const size = actsOnItsOwn ? Math.max(old.desired, old.instanceIds.length) : 3;
  const sizes = { minSize: 3, maxSize: Math.max(5, size), desired: size };
  expect(engine.account.groups, at).toMatchObject([{ name: engine.names.group, ...sizes, suspendedProcesses: [] }]);
  expect(engine.account.instances, at).toHaveLength(size);
  expect(engine.account.instances.every(({ imageId }) => imageId === OLD_IMAGE)).toBe(true);
  if (!actsOnItsOwn) return;
  const left = events.filter((event) => event.kind === 'step-done' && /deregister|leave/.test(event.step.action.kind));
  expect(left, at).toEqual([]);
}

const upgrade = (strategy: 'beside' | 'in-place') => ({ strategy }) as const;
const settle = (engine: FakeEngine, seconds: number) =>
  engine.clock.sleep(seconds * 1_000, new AbortController().signal);

describe.each(['beside', 'in-place'] as const)('a rollback of a roll %s', (strategy) => {
  const changes = Object.entries(CHANGES).filter(([, { group }]) => strategy === 'beside' || group === 'old');

  it.each(changes)('ends with %s', { timeout: 60_000 }, async (name, wanted) => {
    let ends = 0;
    for (const steps of [2, 3, 4, 5, 6, 7, 8, 10, 13, 17, 21]) {
      const engine = createFakeEngine(3);
      if (!(await stopAfterSteps(engine, upgrade(strategy), steps))) break;
      // Once the old group is retired there is nothing to roll back to.
      if (engine.account.groups.find(({ name: group }) => group === engine.names.group)?.deleting !== false) break;
      if (engine.account.instances.every(({ imageId }) => imageId !== OLD_IMAGE)) break;
      if (!(await change(engine, wanted))) continue;
      await settle(engine, steps % 2 === 0 ? 3 : 120);
      await expectRolledBack(engine, `${name} after ${steps} steps`);
      ends += 1;
    }
    expect(ends).toBeGreaterThan(4);
  });

  it('ends when the old group grows at every step of it', { timeout: 60_000 }, async () => {
    let ends = 0;
    for (let steps = 1; ; steps++) {
      const engine = createFakeEngine(3);
      await stopAfterSteps(engine, upgrade(strategy), 14);
      if (!(await stopAfterSteps(engine, { kind: 'rollback' }, steps))) break;
      for (const wanted of Object.values(CHANGES)) {
        if (wanted.group === 'old') await change(engine, wanted);
      }
      await settle(engine, steps % 2 === 0 ? 3 : 120);
      await expectRolledBack(engine, `after ${steps} steps`);
      ends += 1;
    }
    expect(ends).toBeGreaterThan(10);
  });
});

// failure-mode: group-scaled-in
describe.each(['beside', 'in-place'] as const)('a roll %s that is resumed', (strategy) => {
  const changes = Object.entries(CHANGES).filter(([, { group }]) => strategy === 'beside' || group === 'old');

  it.each(changes)('ends with %s', { timeout: 60_000 }, async (name, wanted) => {
    let ends = 0;
    for (const steps of [4, 6, 9, 11, 13, 16, 20, 24, 28, 32]) {
      const engine = createFakeEngine(3);
      if (!(await stopAfterSteps(engine, upgrade(strategy), steps))) break;
      const [last] = engine.account.groups.slice(-1);
      // Its growth is its own.
      if (last?.suspendedProcesses.length === 0 || !(await change(engine, wanted))) continue;
      await settle(engine, steps % 2 === 0 ? 3 : 120);
      const at = `${name} after ${steps} steps`;
      const { result } = await runRoll(engine, { order: { kind: 'resume' } });
      expect(result.outcome, `${at}: ${JSON.stringify(findReason(result))}`).toBe('rolled');
      const sizes = { minSize: 3, desired: 3, suspendedProcesses: [], protectsNewServers: false };
      expect(engine.account.groups, at).toMatchObject([sizes]);
      const servers = engine.account.instances.map((one) => [one.imageId, one.protectedFromScaleIn]);
      expect(servers, at).toEqual(Array(3).fill([NEW_IMAGE, false]));
      ends += 1;
    }
    expect(ends).toBeGreaterThan(3);
  });
});
