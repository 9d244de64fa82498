import { describe, expect, it } from 'vitest';
import { decide } from '../../../src/lib/engine/decide/decide.js';
import { listProcessesToSuspend } from '../../../src/lib/engine/decide/suspended-processes.js';
import type { Intent } from '../../../src/lib/model/intent.js';
import { buildMidRoll, limits, type MidRollShape, summarizeDecision } from '../../helpers/intents.js';
import { NEW_IMAGE } from '../../helpers/servers.js';

const GONE = { tags: {} };

/** What is decided in the middle of a roll of three servers. */
function next(shape: MidRollShape, wants: Partial<Intent> = {}): string {
  const { observation, memory, intent } = buildMidRoll({ size: 3, ...shape }, wants);
  return summarizeDecision(decide({ observation, memory, intent, limits }));
}

describe('a group whose record somebody took away in the middle of a roll', () => {
  const canary = { old: 3, new: 1 };
  const draining = { old: 2, new: 3 };
  const emptied = { old: 0, new: 3, leader: 0 };

  it.each<[string, MidRollShape, Partial<Intent>, string]>([
    ['the old one, at the canary', { ...canary, oldGroup: GONE }, {}, 'act write-intent consul'],
    ['the new one, at the canary', { ...canary, newGroup: GONE }, {}, 'act write-intent consul-7f3a'],
    ['the old one, as its servers leave', { ...draining, oldGroup: GONE }, {}, 'act write-intent consul'],
    ['the old one, once it is empty', { ...emptied, oldGroup: GONE }, {}, 'act write-intent consul'],
    ['both', { ...draining, oldGroup: GONE, newGroup: GONE }, {}, 'act write-intent consul'],
    [
      'the old one, which was to be kept and has servers',
      { ...draining, oldGroup: GONE },
      { keepOld: true },
      'act write-intent consul',
    ],
    [
      'the new one, the old one being gone',
      { ...emptied, oldGroup: null, newGroup: { ...GONE, minSize: 0 } },
      {},
      'act write-intent consul-7f3a',
    ],
    [
      'the old one, on the way back',
      { ...draining, oldGroup: GONE },
      { direction: 'rollback' },
      'act write-intent consul',
    ],
    [
      'the old one, back alone and still frozen',
      { old: 3, newGroup: null, oldGroup: { ...GONE, suspendedProcesses: listProcessesToSuspend(false) } },
      { direction: 'rollback' },
      'act write-intent consul',
    ],
  ])('gets it anew: %s', (_case, shape, wants, expected) => {
    expect(next(shape, wants)).toBe(expected);
  });

  it('gets it anew in place too, whatever it launches', () => {
    const shared = {
      name: 'consul',
      maxSize: 4,
      minSize: 0,
      suspended: listProcessesToSuspend(true),
      ...GONE,
    };
    const template = { kind: 'launch-configuration', name: 'consul-lc-7f3a' } as const;
    const forward = { ...shared, launchSource: template, imageId: NEW_IMAGE };
    const shape = { old: 2, new: 2, oldGroup: forward, newGroup: forward };
    expect(next(shape, { newGroup: 'consul', surge: 1 })).toBe('act write-intent consul');
  });

  it('has none for a reason once the roll has given everything back', () => {
    const sizes = { minSize: 3, maxSize: 5, desired: 3 };
    const original = { ...sizes, suspended: [] };
    const over = { launchConfigurations: ['consul-lc-7f3a'] };
    const done = {
      ...emptied,
      oldGroup: null,
      newGroup: { ...GONE, ...sizes, suspendedProcesses: [] },
      sentinel: undefined,
      over,
    };
    expect(next(done, { original })).toBe('done rolled');
    const back = {
      old: 3,
      newGroup: null,
      oldGroup: { ...GONE, ...sizes, suspendedProcesses: [] },
      sentinel: undefined,
      over: { launchConfigurations: [] },
    };
    expect(next(back, { original, direction: 'rollback' })).toBe('done rolled-back');
  });
});
