import { describe, expect, it } from 'vitest';
import { foldPlan } from '../../../src/lib/engine/plan/fold.js';
import { listProcessesToSuspend } from '../../../src/lib/engine/strategy/suspended-processes.js';
import { listDepartingInstances } from '../../../src/lib/model/action.js';
import type { Intent, Limits } from '../../../src/lib/model/intent.js';
import { EMPTY_MEMORY } from '../../../src/lib/model/memory.js';
import { buildRecordTags } from '../../../src/lib/model/tags.js';
import { buildFacts, buildIntent, buildMidRoll, limits } from '../../helpers/intents.js';
import { buildObservation } from '../../helpers/observations.js';
import { NEW_IMAGE, OLD_IMAGE } from '../../helpers/servers.js';

function planOf(size: number, change: Partial<Intent> = {}, patience: Partial<Limits> = {}) {
  const observation = buildObservation({ old: size, over: { preflightFacts: buildFacts() } });
  const intent = buildIntent(observation);
  const original = { ...intent.original, protection: { newServers: false, exceptions: [] } };
  const { steps, end } = foldPlan({
    observation,
    memory: EMPTY_MEMORY,
    intent: { ...intent, original, ...change },
    limits: { ...limits, ...patience },
  });
  return {
    end,
    steps,
    lines: steps.map(({ phase, action, margin }) => {
      const ids = listDepartingInstances(action).map((id) => ` ${id}`);
      const about = 'to' in action ? ` ${action.to}` : ids.join('');
      return `${phase} ${action.kind}${about} (${margin?.voters}/${margin?.healthy}/${margin?.quorum})`;
    }),
  };
}

describe('foldPlan', () => {
  it('rolls five servers beside a whole new group, the leader last', () => {
    const { lines, end } = planOf(5);
    expect(end).toEqual({ kind: 'done', outcome: 'rolled' });
    expect(lines).toMatchSnapshot();
  });

  it('replaces one server at a time with a surge of 1', () => {
    const { lines, end } = planOf(3, { surge: 1 });
    expect(end).toEqual({ kind: 'done', outcome: 'rolled' });
    expect(lines).toMatchSnapshot();
  });

  it('never has fewer remaining voters than the quorum plus one', () => {
    for (const size of [3, 5, 7]) {
      for (let surge = 1; surge <= size; surge += 1) {
        const { steps, end } = planOf(size, { surge });
        expect(end, `${size} servers, surge ${surge}`).toEqual({ kind: 'done', outcome: 'rolled' });
        for (const { action, margin } of steps) {
          if (action.kind === 'leave') expect(margin?.margin).toBeGreaterThanOrEqual(1);
        }
      }
    }
  });

  it('keeps the old group, empty and with its processes suspended, with keepOld', () => {
    const { steps, end } = planOf(3, { keepOld: true });
    expect(end).toEqual({ kind: 'done', outcome: 'rolled' });
    const kinds = steps.map((step) => step.action.kind);
    expect(kinds).not.toContain('delete-group');
    expect(kinds).not.toContain('delete-launch-configuration');
    const resumed = steps.flatMap(({ action }) => (action.kind === 'resume-processes' ? [action.group] : []));
    expect(new Set(resumed)).toEqual(new Set(['consul-7f3a']));
  });

  it.each([3_600_000, 30 * 3_600_000])('ends for a resumed roll that bakes %d ms', (bakeMs) => {
    const { observation, memory, intent } = buildMidRoll({ old: 0, new: 3, size: 3, leader: 0 });
    expect(memory.bake).toBeUndefined();
    const { end } = foldPlan({ observation, memory, intent, limits: { ...limits, bakeMs } });
    expect(end).toEqual({ kind: 'done', outcome: 'rolled' });
  });

  it('ends for a resumed roll while a server boots that already has an address', () => {
    const { observation, memory, intent } = buildMidRoll({ old: 3, new: 1, size: 3, stages: { 'i-0b11': 'booting' } });
    const { end } = foldPlan({ observation, memory, intent, limits });
    expect(end).toEqual({ kind: 'done', outcome: 'rolled' });
  });

  it.each([
    ['its first server', 0, 1],
    ['two more', 1, 3],
  ])('continues after a group was set to launch %s and none is running yet', (_, there, desired) => {
    const { observation, memory, intent } = buildMidRoll({ old: 3, new: there, size: 3, newGroup: { desired } });
    const { steps, end } = foldPlan({ observation, memory, intent, limits });
    expect(end).toEqual({ kind: 'done', outcome: 'rolled' });
    const registered = steps.flatMap(({ action }) => (action.kind === 'register' ? action.instanceIds : []));
    expect(registered).toHaveLength(3 - there);
  });

  it('has no server leave twice', () => {
    const stages = { 'i-0a12': 'left', 'i-0a13': 'left', 'i-0b12': 'unhealthy' } as const;
    const { observation, memory, intent } = buildMidRoll({
      old: 3,
      new: 3,
      size: 3,
      stages,
      history: { passedGates: [] },
    });
    const { steps, end } = foldPlan({ observation, memory, intent, limits });
    expect(end).toEqual({ kind: 'done', outcome: 'rolled' });
    const leaving = steps.flatMap(({ action }) => (action.kind === 'leave' ? listDepartingInstances(action) : []));
    expect(leaving).toEqual(['i-0a11']);
  });

  it.each([
    [3, 1],
    [2, 2],
    [1, 3],
  ])('ends for a rollback in place with %d old servers and %d new ones', (old, fresh) => {
    const suspended = listProcessesToSuspend(true);
    const template = { kind: 'launch-configuration', name: 'consul-lc-7f3a' } as const;
    const shared = {
      name: 'consul',
      maxSize: 4,
      suspendedProcesses: suspended,
      launchSource: template,
      imageId: NEW_IMAGE,
    };
    const oldGroup = { ...shared, imageId: OLD_IMAGE };
    const shape = { old, new: fresh, size: 3, leader: 0, oldGroup, newGroup: shared };
    const { observation, memory, intent } = buildMidRoll(shape, { newGroup: 'consul', surge: 1 });
    const { end } = foldPlan({ observation, memory, intent: { ...intent, direction: 'rollback' }, limits });
    expect(end).toEqual({ kind: 'done', outcome: 'rolled-back' });
  });

  it('rolls back before any old server has left', () => {
    const observation = buildObservation({ old: 5, over: { preflightFacts: buildFacts() } });
    const forward = buildIntent(observation, {});
    const { lines, end } = planBackFrom(forward);
    expect(end).toEqual({ kind: 'done', outcome: 'rolled-back' });
    expect(lines).toMatchSnapshot();
  });
});

function planBackFrom(intent: Intent) {
  const observation = buildObservation({
    old: 5,
    new: 5,
    sentinel: intent.rollId,
    oldGroup: {
      tags: recorded({ ...intent, direction: 'rollback' }, 'old'),
      suspendedProcesses: [...listProcessesToSuspend(false)],
    },
    newGroup: { tags: recorded({ ...intent, direction: 'rollback' }, 'new') },
  });
  const { steps, end } = foldPlan({ observation, memory: EMPTY_MEMORY, intent, limits });
  return { end, lines: steps.map((step) => `${step.action.kind} ${JSON.stringify(step.action)}`) };
}

function recorded(intent: Intent, side: 'old' | 'new') {
  return buildRecordTags(intent, side);
}
