import { describe, expect, it } from 'vitest';
import type { RollEvent } from '../../../src/lib/model/events.js';
import { listActiveServers } from '../../../src/lib/model/servers.js';
import { createFakeEngine, type FakeEngine, runRoll } from '../../helpers/fake-engine.js';
import { OLD_IMAGE } from '../../helpers/servers.js';

/** A roll of three servers that was stopped once this is done. */
async function stopAfter(isReached: (event: RollEvent) => boolean): Promise<FakeEngine> {
  const engine = createFakeEngine(3);
  let reached = false;
  const { result } = await runRoll(engine, {
    onEvent: (event) => {
      reached ||= isReached(event);
    },
    pauseRequested: () => reached,
  });
  expect(result.outcome).toBe('interrupted');
  return engine;
}

const isStepDone = (kind: string) => (event: RollEvent) =>
  event.kind === 'step-done' && event.step.action.kind === kind;

const scale = (engine: FakeEngine, AutoScalingGroupName: string, DesiredCapacity: number) => {
  const MaxSize = 6;
  engine.world.call('autoscaling', 'UpdateAutoScalingGroup', { AutoScalingGroupName, DesiredCapacity, MaxSize });
  return engine.clock.sleep(60_000, new AbortController().signal);
};

describe('a group that was scaled out by hand', () => {
  it('is the old one, which has launched: rollback removes the surplus server', async () => {
    const engine = await stopAfter(isStepDone('scale-out'));
    const { group } = engine.names;
    const named = { AutoScalingGroupName: group, ScalingProcesses: ['Launch'] };
    engine.world.call('autoscaling', 'ResumeProcesses', named);
    await scale(engine, group, 5);
    engine.world.call('autoscaling', 'SuspendProcesses', named);
    await scale(engine, group, 6);
    const { result } = await runRoll(engine, { order: { kind: 'rollback' } });
    expect(result.outcome).toBe('rolled-back');
    expect(engine.account.groups).toMatchObject([{ name: group, desired: 3, minSize: 3, suspendedProcesses: [] }]);
    expect(engine.account.instances.map(({ imageId }) => imageId)).toEqual([OLD_IMAGE, OLD_IMAGE, OLD_IMAGE]);
  });

  it('is the old one, and a request to leave is lost: rollback asks the same server again', async () => {
    const engine = await stopAfter(isStepDone('scale-out'));
    const { group } = engine.names;
    const named = { AutoScalingGroupName: group, ScalingProcesses: ['Launch'] };
    engine.world.call('autoscaling', 'ResumeProcesses', named);
    await scale(engine, group, 5);
    engine.world.call('autoscaling', 'SuspendProcesses', named);
    const original = engine.consul.requestLeave.bind(engine.consul);
    const asked: string[] = [];
    engine.consul.requestLeave = async (address) => {
      asked.push(address);
      if (asked.length === 1) throw new Error('It answered 500.');
      await original(address);
    };
    const { result } = await runRoll(engine, { order: { kind: 'rollback' } });
    expect(result.outcome).toBe('rolled-back');
    expect(asked[1]).toBe(asked[0]);
    expect(engine.account.instances.map(({ imageId }) => imageId)).toEqual([OLD_IMAGE, OLD_IMAGE, OLD_IMAGE]);
  });

  it('is the old one, after servers have left: rollback launches only those that left', async () => {
    const engine = await stopAfter(isStepDone('terminate'));
    await scale(engine, engine.names.group, 5);
    const { result, events } = await runRoll(engine, { order: { kind: 'rollback' } });
    expect(result.outcome).toBe('rolled-back');
    const standing = events.flatMap((event) =>
      event.kind === 'observed' ? [listActiveServers(event.observation, 'old').length] : [],
    );
    expect(Math.max(...standing)).toBe(3);
    expect(engine.account.groups).toMatchObject([{ name: engine.names.group, desired: 3, suspendedProcesses: [] }]);
    expect(engine.account.instances).toHaveLength(3);
  });

  it('is the new one, and the old one is gone: resume removes each surplus server', async () => {
    const engine = await stopAfter(isStepDone('delete-group'));
    const name = engine.account.groups.find((one) => one.name !== engine.names.group)?.name ?? '';
    await scale(engine, name, 5);
    const { result } = await runRoll(engine, { order: { kind: 'resume' } });
    expect(result.outcome).toBe('rolled');
    expect(engine.account.groups).toMatchObject([{ name, desired: 3, suspendedProcesses: [] }]);
    expect(engine.account.instances).toHaveLength(3);
  });

  it('stops the run that sees it, and the next one removes the servers', async () => {
    const engine = createFakeEngine(3);
    let isScaled = false;
    const { result: stopped } = await runRoll(engine, {
      onEvent: (event) => {
        const [, group] = engine.account.groups;
        if (isScaled || group === undefined || !isStepDone('leave')(event)) return;
        isScaled = true;
        scale(engine, group.name, 6);
      },
    });
    expect(stopped).toMatchObject({ outcome: 'stopped', reason: { change: { kind: 'scaled', idle: false } } });
    const { result, events } = await runRoll(engine, { order: { kind: 'resume' } });
    expect(result.outcome).toBe('rolled');
    const left = events.flatMap((event) =>
      event.kind === 'step-done' && event.step.action.kind === 'leave' ? event.step.action.servers : [],
    );
    expect(left.length).toBeGreaterThanOrEqual(5);
    expect(engine.account.groups).toMatchObject([{ desired: 3, suspendedProcesses: [], protectsNewServers: false }]);
    expect(engine.account.instances.map((one) => one.protectedFromScaleIn)).toEqual([false, false, false]);
  });
});
