import { describe, expect, it } from 'vitest';
import { decide } from '../../../src/lib/engine/decide/decide.js';
import { updateMemoryWithDecision } from '../../../src/lib/engine/decide/memory.js';
import { listProcessesToSuspend } from '../../../src/lib/engine/strategy/suspended-processes.js';
import type { Intent } from '../../../src/lib/model/intent.js';
import { buildMidRoll, limits, type MidRollShape, summarizeDecision } from '../../helpers/intents.js';
import { NEW_IMAGE } from '../../helpers/servers.js';

const GONE = { tags: {} };

/** The decision during a roll of three servers. */
function next(shape: MidRollShape, wants: Partial<Intent> = {}): string {
  const { observation, memory, intent } = buildMidRoll({ size: 3, ...shape }, wants);
  return summarizeDecision(decide({ observation, memory, intent, limits }));
}

describe('a group whose tags were removed during a roll', () => {
  const canary = { old: 3, new: 1 };
  const draining = { old: 2, new: 3 };
  const emptied = { old: 0, new: 3, leader: 0 };

  it.each<[string, MidRollShape, Partial<Intent>, string]>([
    ['the old group, at the canary', { ...canary, oldGroup: GONE }, {}, 'act write-intent consul'],
    ['the new group, at the canary', { ...canary, newGroup: GONE }, {}, 'act write-intent consul-7f3a'],
    ['the old group, while its servers leave', { ...draining, oldGroup: GONE }, {}, 'act write-intent consul'],
    ['the old group, once it is empty', { ...emptied, oldGroup: GONE }, {}, 'act write-intent consul'],
    ['both groups', { ...draining, oldGroup: GONE, newGroup: GONE }, {}, 'act write-intent consul'],
    [
      'the old group, which is to be kept and has servers',
      { ...draining, oldGroup: GONE },
      { keepOld: true },
      'act write-intent consul',
    ],
    [
      'the new group, when the old one is gone',
      { ...emptied, oldGroup: null, newGroup: { ...GONE, minSize: 0 } },
      {},
      'act write-intent consul-7f3a',
    ],
    [
      'the old group, during a rollback',
      { ...draining, oldGroup: GONE },
      { direction: 'rollback' },
      'act write-intent consul',
    ],
    [
      'the old group, alone with its processes suspended after a rollback',
      { old: 3, newGroup: null, oldGroup: { ...GONE, suspendedProcesses: listProcessesToSuspend(false) } },
      { direction: 'rollback' },
      'act write-intent consul',
    ],
  ])('gets its tags again: %s', (_case, shape, wants, expected) => {
    expect(next(shape, wants)).toBe(expected);
  });

  it('gets its tags again in place, whatever it launches', () => {
    const shared = { name: 'consul', maxSize: 4, minSize: 0, suspended: listProcessesToSuspend(true), ...GONE };
    const template = { kind: 'launch-configuration', name: 'consul-lc-7f3a' } as const;
    const forward = { ...shared, launchSource: template, imageId: NEW_IMAGE };
    const shape = { old: 2, new: 2, oldGroup: forward, newGroup: forward };
    expect(next(shape, { newGroup: 'consul', surge: 1 })).toBe('act write-intent consul');
  });

  it('needs no tags once the roll has restored everything', () => {
    const sizes = { minSize: 3, maxSize: 5, desired: 3 };
    const original = { ...sizes, suspended: [] };
    const over = { launchConfigurations: ['consul-lc-7f3a'] };
    const done = {
      ...emptied,
      oldGroup: null,
      newGroup: { ...GONE, ...sizes, suspendedProcesses: [] },
      sentinel: undefined,
      isStored: false,
      over,
    };
    expect(next(done, { original })).toBe('done rolled');
    const back = {
      old: 3,
      newGroup: null,
      oldGroup: { ...GONE, ...sizes, suspendedProcesses: [] },
      sentinel: undefined,
      isStored: false,
      over: { launchConfigurations: [] },
    };
    expect(next(back, { original, direction: 'rollback' })).toBe('done rolled-back');
  });
});

describe('the record of a roll that is over', () => {
  const step = { phase: 'finish', action: { kind: 'delete-record' }, margin: undefined } as const;
  const end = (direction: 'forward' | 'rollback', reason: 'roll-over' | 'tags-denied', isStored = false) => {
    const input = buildMidRoll({ size: 3, old: 3, new: 3, isStored }, { direction });
    const deletion = { kind: 'act', step: { ...step, reason: { kind: reason } } } as const;
    return summarizeDecision(decide({ ...input, memory: updateMemoryWithDecision(input, deletion) }));
  };

  it('is gone once this process has deleted it, whatever tags others write then: the answer may have been lost', () => {
    expect(end('forward', 'roll-over')).toBe('done rolled');
    expect(end('rollback', 'roll-over')).toBe('done rolled-back');
    expect(end('forward', 'roll-over', true)).not.toContain('done');
    expect(end('forward', 'tags-denied')).not.toContain('done');
  });
});
