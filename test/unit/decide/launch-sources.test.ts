import { describe, expect, it } from 'vitest';
import { decide } from '../../../src/lib/engine/decide/decide.js';
import { checkSafety } from '../../../src/lib/engine/safety/safety.js';
import type { Action } from '../../../src/lib/model/action.js';
import type { Intent } from '../../../src/lib/model/intent.js';
import type {
  LaunchTemplateRef,
  LaunchTemplateState,
  PinnedLaunchTemplate,
} from '../../../src/lib/model/launch-source.js';
import { buildMidRoll, limits, type MidRollShape, summarizeDecision } from '../../helpers/intents.js';

const LATEST: PinnedLaunchTemplate = {
  kind: 'launch-template',
  id: 'lt-1',
  name: 'lt',
  version: '$Latest',
  resolved: 3,
  defaultVersion: 2,
  mixed: false,
};
const byDefault: PinnedLaunchTemplate = { ...LATEST, version: '$Default', resolved: 2 };
const newTemplate = { kind: 'launch-template-version', id: 'lt-1' } as const;
const SEEN: LaunchTemplateState = {
  id: 'lt-1',
  name: 'lt',
  defaultVersion: 2,
  latestVersion: 3,
  rollVersion: undefined,
};
const MADE: LaunchTemplateState = { ...SEEN, latestVersion: 4, rollVersion: 4 };

const on = (version: string, resolved: number | undefined = Number(version)): { launchSource: LaunchTemplateRef } => ({
  launchSource: { kind: 'launch-template', id: 'lt-1', name: 'lt', version, resolved },
});

/** A roll of three servers with a new version of `lt`, whose state is given. */
function rolling(shape: MidRollShape, seen: LaunchTemplateState | undefined, change: Partial<Intent> = {}) {
  const intent = { previousLaunchSource: LATEST, nextLaunchSource: newTemplate, ...change };
  return buildMidRoll({ size: 3, old: 3, ...shape, over: { launchTemplate: seen, ...shape.over } }, intent);
}

function next(shape: MidRollShape, seen: LaunchTemplateState | undefined, change: Partial<Intent> = {}): string {
  const { observation, memory, intent } = rolling(shape, seen, change);
  const decision = decide({ observation, memory, intent, limits });
  if (decision.kind !== 'act') return summarizeDecision(decision);
  const { action } = decision.step;
  const version =
    'launchSource' in action && action.kind === 'set-launch-source' && action.launchSource.kind === 'launch-template'
      ? ` on ${action.launchSource.version}`
      : 'version' in action
        ? ` ${action.version}`
        : '';
  return `${action.kind}${'group' in action ? ` ${action.group}` : ''}${version}`;
}

const back = { direction: 'rollback' } as const;
const alone = { old: 0, oldGroup: null, leader: 0, new: 3, sentinel: '7f3a done' } as const;
const handed = { newGroup: { ...on('4'), minSize: 3, balancers: ['consul-lb'] }, ...alone };

describe('a roll with a new launch template version', () => {
  it.each<[string, MidRollShape, LaunchTemplateState, Partial<Intent>, string]>([
    [
      'processes suspended, by an alias',
      { oldGroup: on('$Latest', 3), newGroup: null },
      SEEN,
      {},
      'set-launch-source consul on 3',
    ],
    ['alias pinned', { oldGroup: on('3'), newGroup: null }, SEEN, {}, 'create-launch-template-version'],
    ['version created', { oldGroup: on('3'), newGroup: null }, MADE, {}, 'create-group'],
    [
      'by a number',
      { oldGroup: on('3'), newGroup: null },
      SEEN,
      { previousLaunchSource: { ...LATEST, version: '3' } },
      'create-launch-template-version',
    ],
    ['all new, on $Latest before', handed, MADE, {}, 'set-launch-source consul-7f3a on $Latest'],
    ['all new, on $Default before', handed, MADE, { previousLaunchSource: byDefault }, 'set-default-version 4'],
    [
      'all new, default moved',
      handed,
      { ...MADE, defaultVersion: 4 },
      { previousLaunchSource: byDefault },
      'set-launch-source consul-7f3a on $Default',
    ],
    ['all new, a newer version created', handed, { ...MADE, latestVersion: 5 }, {}, 'restore-size consul-7f3a'],
    [
      'all new, the default moved by another process',
      handed,
      { ...MADE, defaultVersion: 1 },
      { previousLaunchSource: byDefault },
      'restore-size consul-7f3a',
    ],
    [
      'all new, by a number before',
      handed,
      MADE,
      { previousLaunchSource: { ...LATEST, version: '3' } },
      'restore-size consul-7f3a',
    ],
    [
      'all new, on its alias again',
      { ...handed, newGroup: { ...handed.newGroup, ...on('$Latest', 4) } },
      MADE,
      {},
      'restore-size consul-7f3a',
    ],
  ])('%s', (_when, shape, seen, change, expected) => {
    expect(next(shape, seen, change)).toBe(expected);
  });

  it('stops if the old group was set to another version', () => {
    expect(next({ oldGroup: on('1'), newGroup: null }, SEEN)).toBe('stop stopped: changed-externally');
  });
});

describe('a rollback from a new launch template version', () => {
  const gone = { newGroup: null, oldGroup: on('3') };
  it.each<[string, MidRollShape, LaunchTemplateState, Partial<Intent>, string]>([
    ['the version exists', gone, MADE, {}, 'delete-launch-template-version 4'],
    ['the version is the default', gone, { ...MADE, defaultVersion: 4 }, {}, 'set-default-version 2'],
    ['the version is deleted', gone, SEEN, {}, 'set-launch-source consul on $Latest'],
    [
      'the version is deleted, on $Default before',
      gone,
      SEEN,
      { previousLaunchSource: byDefault },
      'stop stopped: changed-externally',
    ],
    ['on its alias again', { ...gone, oldGroup: on('$Latest', 3) }, SEEN, {}, 'restore-size consul'],
    ['by a number', gone, SEEN, { previousLaunchSource: { ...LATEST, version: '3' } }, 'restore-size consul'],
    [
      'an own launch template',
      { newGroup: null },
      { ...SEEN, id: 'lt-2', rollVersion: 1 },
      {
        previousLaunchSource: { kind: 'launch-configuration', name: 'consul-lc' },
        nextLaunchSource: { kind: 'launch-template', name: 'consul-7f3a' },
      },
      'delete-launch-template',
    ],
  ])('%s', (_when, shape, seen, change, expected) => {
    expect(next(shape, seen, { ...back, ...change })).toBe(expected);
  });

  it('starts if AWS refuses to create the version', () => {
    const lc = { previousLaunchSource: LATEST, nextLaunchSource: { kind: 'launch-configuration', name: 'x' } } as const;
    const history = { launchSourceRefused: 'not in this account' };
    const { observation, memory, intent } = rolling(
      { newGroup: null, oldGroup: on('$Latest', 3), history, over: { launchConfigurations: [] } },
      undefined,
      lc,
    );
    expect(decide({ observation, memory, intent, limits })).toMatchObject({
      step: { action: { kind: 'start-rollback', reason: { kind: 'launch-source-refused' } } },
    });
  });
});

describe('own-image-only', () => {
  const put = (group: string, version: string, id = 'lt-1'): Action => ({
    kind: 'set-launch-source',
    group,
    launchSource: { kind: 'launch-template', id, name: 'lt', version },
  });
  const reason = (action: Action, shape: MidRollShape, seen: LaunchTemplateState, change: Partial<Intent> = {}) => {
    const { observation, memory, intent } = rolling(shape, seen, change);
    return checkSafety({ observation, memory, intent }, action)?.kind;
  };
  const both = { oldGroup: on('3'), newGroup: on('4') };
  const add: Action = { kind: 'create-launch-template-version', launchSource: LATEST, imageId: 'ami-2' };
  const remove: Action = { kind: 'delete-launch-template-version', id: 'lt-1', name: 'lt', version: 4 };
  const move = (version: number): Action => ({ kind: 'set-default-version', id: 'lt-1', name: 'lt', version });

  it('creates no version while the old group would launch it', () => {
    expect(reason(add, { oldGroup: on('$Latest', 3), newGroup: null }, SEEN)).toBe('wrong-version');
    expect(reason(add, { oldGroup: on('3'), newGroup: null }, SEEN)).toBeUndefined();
  });

  it('pins the old group, and restores its alias only after the version is deleted', () => {
    expect(reason(put('consul', '3'), both, MADE)).toBeUndefined();
    expect(reason(put('consul', '4'), both, MADE)).toBe('wrong-version');
    expect(reason(put('consul', '$Latest'), both, MADE)).toBe('wrong-version');
    expect(reason(put('consul', '$Latest'), both, MADE, back)).toBe('wrong-version');
    expect(reason(put('consul', '$Latest'), both, SEEN, back)).toBeUndefined();
    expect(reason(put('consul', '3', 'lt-9'), both, MADE)).toBe('not-owned');
    expect(reason(put('web', '3'), both, MADE)).toBe('not-owned');
  });

  it('sets the alias on the new group only at the end, and only if it resolves to the version of the roll', () => {
    expect(reason(put('consul-7f3a', '$Latest'), both, MADE)).toBe('wrong-version');
    expect(reason(put('consul-7f3a', '$Latest'), handed, MADE)).toBeUndefined();
    expect(reason(put('consul-7f3a', '$Latest'), handed, { ...MADE, latestVersion: 5 })).toBe('wrong-version');
    expect(reason(put('consul-7f3a', '$Latest'), handed, MADE, back)).toBe('wrong-version');
  });

  it('moves the default only at the end, and back', () => {
    const once = { previousLaunchSource: byDefault };
    expect(reason(move(4), handed, MADE, once)).toBeUndefined();
    expect(reason(move(4), handed, MADE)).toBe('not-owned');
    expect(reason(move(4), both, MADE, once)).toBe('not-owned');
    expect(reason(move(4), handed, { ...MADE, defaultVersion: 1 }, once)).toBe('not-owned');
    expect(reason(move(2), both, MADE, back)).toBeUndefined();
    expect(reason(move(4), both, MADE, back)).toBe('not-owned');
  });

  it('deletes only its own version during a rollback, when no group uses it', () => {
    const gone = { newGroup: null, oldGroup: on('3') };
    expect(reason(remove, gone, MADE, back)).toBeUndefined();
    expect(reason(remove, gone, MADE)).toBe('not-owned');
    expect(reason(remove, gone, { ...MADE, rollVersion: 5 }, back)).toBe('not-owned');
    expect(reason(remove, gone, { ...MADE, defaultVersion: 4 }, back)).toBe('not-owned');
    expect(reason(remove, both, MADE, back)).toBe('group-not-empty');
    expect(reason(remove, { newGroup: null, oldGroup: on('4') }, MADE, back)).toBe('wrong-version');
  });

  it('deletes only its own launch template during a rollback, when no group uses it', () => {
    const wipe: Action = { kind: 'delete-launch-template', id: 'lt-1', name: 'lt' };
    const made = { nextLaunchSource: { kind: 'launch-template', name: 'lt' } } as const;
    const gone = { newGroup: null };
    expect(reason(wipe, gone, MADE, { ...back, ...made })).toBeUndefined();
    expect(reason(wipe, gone, SEEN, { ...back, ...made })).toBe('not-owned');
    expect(reason(wipe, gone, MADE, made)).toBe('not-owned');
    expect(reason(wipe, gone, MADE, back)).toBe('not-owned');
    expect(reason(wipe, both, MADE, { ...back, ...made })).toBe('group-not-empty');
  });
});
