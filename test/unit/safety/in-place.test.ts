import { describe, expect, it } from 'vitest';
import { checkSafety } from '../../../src/lib/engine/safety/safety.js';
import type { Action } from '../../../src/lib/model/action.js';
import type { Group } from '../../../src/lib/model/group.js';
import type { Intent } from '../../../src/lib/model/intent.js';
import { buildMidRoll } from '../../helpers/intents.js';
import type { ObservationShape } from '../../helpers/surveys.js';

/** What stands against an action in a roll of three servers in place, with as many new ones as `shape` says. */
function refused(action: Action, shape: ObservationShape & { size?: number }, change: Partial<Intent> = {}) {
  const shared: Partial<Group> = { name: 'consul' };
  const { survey: observation, intent } = buildMidRoll({
    size: 3,
    ...shape,
    newGroup: { ...shared, ...shape.newGroup },
  });
  const inPlace = { ...intent, newGroup: 'consul', ...change };
  return checkSafety({ observation, memory: observation.memory, intent: inPlace }, action);
}

const back = { direction: 'rollback' } as const;
const retarget = (name: string): Action => ({
  kind: 'set-launch-source',
  group: 'consul',
  launchSource: { kind: 'launch-configuration', name },
});
const trim = (to: number): Action => ({ kind: 'lower-desired', group: 'consul', to });

describe('in place', () => {
  it('the group launches from the template the roll goes to, and from no other', () => {
    expect(refused(retarget('consul-lc-7f3a'), { old: 3 })).toBeUndefined();
    expect(refused(retarget('consul-lc'), { old: 3 })).toMatchObject({ kind: 'not-owned' });
    expect(refused(retarget('consul-lc'), { old: 3 }, back)).toBeUndefined();
    expect(refused(retarget('consul-lc-7f3a'), { old: 3 }, back)).toMatchObject({ kind: 'not-owned' });
  });

  it('the group wants less only where it launches nothing, and never less than it has', () => {
    const frozen = { old: 3, new: 1, oldGroup: { suspendedProcesses: ['Launch'] } };
    expect(refused(trim(4), frozen, back)).toBeUndefined();
    expect(refused(trim(3), frozen, back)).toMatchObject({ kind: 'would-scale-in', from: 4, to: 3 });
    const launching = { ...frozen, oldGroup: { suspendedProcesses: [] } };
    expect(refused(trim(4), launching, back)).toMatchObject({
      kind: 'processes-not-suspended',
      running: ['Launch'],
    });
  });

  it('the group is the new one only when no old server is left in it', () => {
    const handOver: Action = { kind: 'complete-in-place', group: 'consul' };
    expect(refused(handOver, { old: 1, new: 3 })).toMatchObject({ kind: 'group-not-empty', instances: 1 });
    expect(refused(handOver, { old: 0, new: 3, leader: 0 })).toBeUndefined();
  });

  it('growing counts both sides, so that no server is lost to it', () => {
    const grow = (to: number): Action => ({ kind: 'scale-out', group: 'consul', to });
    expect(refused(grow(3), { old: 2, new: 2, leader: 0 })).toMatchObject({
      kind: 'would-scale-in',
      from: 4,
    });
    expect(refused(grow(5), { old: 2, new: 2, leader: 0 })).toBeUndefined();
  });

  it('the group is never deleted', () => {
    const remove: Action = { kind: 'delete-group', group: 'consul' };
    for (const change of [{}, back]) {
      expect(refused(remove, { old: 0, new: 0 }, change)).toMatchObject({ kind: 'not-owned' });
    }
  });
});
