import { describe, expect, it } from 'vitest';
import { checkSafety } from '../../../src/lib/engine/safety/safety.js';
import type { Action } from '../../../src/lib/model/action.js';
import type { Group } from '../../../src/lib/model/group.js';
import type { Intent } from '../../../src/lib/model/intent.js';
import { buildMidRoll } from '../../helpers/intents.js';
import type { ObservationShape } from '../../helpers/observations.js';

/** Why an action is refused in a roll in place of three servers, which differs from a healthy one by `shape`. */
function checkCase(action: Action, shape: ObservationShape & { size?: number }, change: Partial<Intent> = {}) {
  const shared: Partial<Group> = { name: 'consul' };
  const { observation, memory, intent } = buildMidRoll({
    size: 3,
    ...shape,
    newGroup: { ...shared, ...shape.newGroup },
  });
  return checkSafety({ observation, memory, intent: { ...intent, newGroup: 'consul', ...change } }, action);
}

const rollback = { direction: 'rollback' } as const;
const setLaunchSource = (name: string): Action => ({
  kind: 'set-launch-source',
  group: 'consul',
  launchSource: { kind: 'launch-configuration', name },
});
const lowerDesired = (to: number): Action => ({ kind: 'lower-desired', group: 'consul', to });

describe('checkSafety in place', () => {
  it('allows only the launch source that the roll goes to', () => {
    expect(checkCase(setLaunchSource('consul-lc-7f3a'), { old: 3 })).toBeUndefined();
    expect(checkCase(setLaunchSource('consul-lc'), { old: 3 })).toMatchObject({ kind: 'not-owned' });
    expect(checkCase(setLaunchSource('consul-lc'), { old: 3 }, rollback)).toBeUndefined();
    expect(checkCase(setLaunchSource('consul-lc-7f3a'), { old: 3 }, rollback)).toMatchObject({ kind: 'not-owned' });
  });

  it('allows a lower desired capacity only while Launch is suspended, and not below the servers there are', () => {
    const suspended = { old: 3, new: 1, oldGroup: { suspendedProcesses: ['Launch'] } };
    expect(checkCase(lowerDesired(4), suspended, rollback)).toBeUndefined();
    expect(checkCase(lowerDesired(3), suspended, rollback)).toMatchObject({ kind: 'would-scale-in', from: 4, to: 3 });
    const launching = { ...suspended, oldGroup: { suspendedProcesses: [] } };
    expect(checkCase(lowerDesired(4), launching, rollback)).toMatchObject({
      kind: 'processes-not-suspended',
      running: ['Launch'],
    });
  });

  it('allows the group to become the new one only when it has no old server', () => {
    const completeInPlace: Action = { kind: 'complete-in-place', group: 'consul' };
    expect(checkCase(completeInPlace, { old: 1, new: 3 })).toMatchObject({ kind: 'group-not-empty', instances: 1 });
    expect(checkCase(completeInPlace, { old: 0, new: 3, leader: 0 })).toBeUndefined();
  });

  it('counts both sides when the group scales out', () => {
    const scaleOut = (to: number): Action => ({ kind: 'scale-out', group: 'consul', to });
    expect(checkCase(scaleOut(3), { old: 2, new: 2, leader: 0 })).toMatchObject({ kind: 'would-scale-in', from: 4 });
    // Auto Scaling does not count what it is terminating.
    const stages = { 'i-0a12': 'terminating' } as const;
    expect(checkCase(scaleOut(4), { old: 3, new: 2, leader: 0, stages, oldGroup: { desired: 2 } })).toBeUndefined();
    expect(checkCase(scaleOut(5), { old: 2, new: 2, leader: 0 })).toBeUndefined();
  });

  it('refuses to delete the group', () => {
    const remove: Action = { kind: 'delete-group', group: 'consul' };
    for (const change of [{}, rollback]) {
      expect(checkCase(remove, { old: 0, new: 0 }, change)).toMatchObject({ kind: 'not-owned' });
    }
  });
});
