import { describe, expect, it } from 'vitest';
import { decide } from '../../../src/lib/engine/decide/decide.js';
import { safety } from '../../../src/lib/engine/safety/safety.js';
import type { Action } from '../../../src/lib/model/action.js';
import type { Intent } from '../../../src/lib/model/intent.js';
import type { PinnedTemplate, SeenTemplate, TemplateUse } from '../../../src/lib/model/launch-source.js';
import { inShort, limits, type MidRollShape, midRoll } from '../../helpers/intents.js';

const LATEST: PinnedTemplate = {
  kind: 'launch-template',
  id: 'lt-1',
  name: 'lt',
  version: '$Latest',
  resolved: 3,
  defaultVersion: 2,
  mixed: false,
};
const byDefault: PinnedTemplate = { ...LATEST, version: '$Default', resolved: 2 };
const newTemplate = { kind: 'launch-template-version', id: 'lt-1' } as const;
const SEEN: SeenTemplate = { id: 'lt-1', name: 'lt', defaultVersion: 2, latestVersion: 3, own: undefined };
const MADE: SeenTemplate = { ...SEEN, latestVersion: 4, own: 4 };

const on = (version: string, resolved: number | undefined = Number(version)): { template: TemplateUse } => ({
  template: { kind: 'launch-template', id: 'lt-1', name: 'lt', version, resolved },
});

/** A roll of three servers by a new version of `lt`, which is seen as told. */
function rolling(shape: MidRollShape, seen: SeenTemplate | undefined, change: Partial<Intent> = {}) {
  const intent = { oldTemplate: LATEST, newTemplate, ...change };
  return midRoll({ size: 3, old: 3, ...shape, over: { launchTemplate: seen, ...shape.over } }, intent);
}

function next(shape: MidRollShape, seen: SeenTemplate | undefined, change: Partial<Intent> = {}): string {
  const { survey, intent } = rolling(shape, seen, change);
  const decision = decide(survey, intent, limits);
  if (decision.kind !== 'act') return inShort(decision);
  const { action } = decision.step;
  const version =
    'template' in action && action.kind === 'retarget' && action.template.kind === 'launch-template'
      ? ` on ${action.template.version}`
      : 'version' in action
        ? ` ${action.version}`
        : '';
  return `${action.kind}${'group' in action ? ` ${action.group}` : ''}${version}`;
}

const back = { direction: 'back' } as const;
const alone = { old: 0, oldGroup: null, leader: 0, new: 3, sentinel: '7f3a done' } as const;
const handed = { newGroup: { ...on('4'), minSize: 3, balancers: ['consul-lb'] }, ...alone };

describe('the way forward by a new version', () => {
  it.each<[string, MidRollShape, SeenTemplate, Partial<Intent>, string]>([
    ['frozen, by an alias', { oldGroup: on('$Latest', 3), newGroup: null }, SEEN, {}, 'retarget consul on 3'],
    ['pinned', { oldGroup: on('3'), newGroup: null }, SEEN, {}, 'create-version'],
    ['with its version', { oldGroup: on('3'), newGroup: null }, MADE, {}, 'create-group'],
    [
      'by a number',
      { oldGroup: on('3'), newGroup: null },
      SEEN,
      { oldTemplate: { ...LATEST, version: '3' } },
      'create-version',
    ],
    ['all new, once on $Latest', handed, MADE, {}, 'retarget consul-7f3a on $Latest'],
    ['all new, once on $Default', handed, MADE, { oldTemplate: byDefault }, 'set-default 4'],
    [
      'all new, the default moved',
      handed,
      { ...MADE, defaultVersion: 4 },
      { oldTemplate: byDefault },
      'retarget consul-7f3a on $Default',
    ],
    ['all new, a newer version there', handed, { ...MADE, latestVersion: 5 }, {}, 'restore-size consul-7f3a'],
    [
      'all new, the default moved by somebody else',
      handed,
      { ...MADE, defaultVersion: 1 },
      { oldTemplate: byDefault },
      'restore-size consul-7f3a',
    ],
    [
      'all new, once by a number',
      handed,
      MADE,
      { oldTemplate: { ...LATEST, version: '3' } },
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

  it('stops where somebody put the old group on another version', () => {
    expect(next({ oldGroup: on('1'), newGroup: null }, SEEN)).toBe('stop stopped: changed-by-hand');
  });
});

describe('the way back from a new version', () => {
  const gone = { newGroup: null, oldGroup: on('3') };
  it.each<[string, MidRollShape, SeenTemplate, Partial<Intent>, string]>([
    ['the version is there', gone, MADE, {}, 'delete-version 4'],
    ['the version is the default', gone, { ...MADE, defaultVersion: 4 }, {}, 'set-default 2'],
    ['the version is gone', gone, SEEN, {}, 'retarget consul on $Latest'],
    [
      'the version is gone, once on $Default',
      gone,
      SEEN,
      { oldTemplate: byDefault },
      'stop stopped: changed-by-hand',
    ],
    ['on its alias again', { ...gone, oldGroup: on('$Latest', 3) }, SEEN, {}, 'restore-size consul'],
    ['by a number', gone, SEEN, { oldTemplate: { ...LATEST, version: '3' } }, 'restore-size consul'],
    [
      'a launch template of its own',
      { newGroup: null },
      { ...SEEN, id: 'lt-2', own: 1 },
      {
        oldTemplate: { kind: 'launch-configuration', name: 'consul-lc' },
        newTemplate: { kind: 'launch-template', name: 'consul-7f3a' },
      },
      'delete-launch-template',
    ],
  ])('%s', (_when, shape, seen, change, expected) => {
    expect(next(shape, seen, { ...back, ...change })).toBe(expected);
  });

  it('begins where AWS will never make the template', () => {
    const lc = { oldTemplate: LATEST, newTemplate: { kind: 'launch-configuration', name: 'x' } } as const;
    const history = { templateRefused: 'not in this account' };
    const { survey, intent } = rolling(
      { newGroup: null, oldGroup: on('$Latest', 3), history, over: { templates: [] } },
      undefined,
      lc,
    );
    expect(decide(survey, intent, limits)).toMatchObject({
      step: { action: { kind: 'turn-back', reason: { kind: 'template-refused' } } },
    });
  });
});

describe('safety of templates', () => {
  const put = (group: string, version: string, id = 'lt-1'): Action => ({
    kind: 'retarget',
    group,
    template: { kind: 'launch-template', id, name: 'lt', version },
  });
  const refusal = (action: Action, shape: MidRollShape, seen: SeenTemplate, change: Partial<Intent> = {}) => {
    const { survey, intent } = rolling(shape, seen, change);
    return safety(survey, intent, action)?.kind;
  };
  const both = { oldGroup: on('3'), newGroup: on('4') };
  const add: Action = { kind: 'create-version', template: LATEST, imageId: 'ami-2' };
  const remove: Action = { kind: 'delete-version', id: 'lt-1', name: 'lt', version: 4 };
  const move = (version: number): Action => ({ kind: 'set-default', id: 'lt-1', name: 'lt', version });

  it('makes no version while the old group would launch it', () => {
    expect(refusal(add, { oldGroup: on('$Latest', 3), newGroup: null }, SEEN)).toBe('wrong-version');
    expect(refusal(add, { oldGroup: on('3'), newGroup: null }, SEEN)).toBeUndefined();
  });

  it('pins the old group, and gives it its alias only when the version is gone', () => {
    expect(refusal(put('consul', '3'), both, MADE)).toBeUndefined();
    expect(refusal(put('consul', '4'), both, MADE)).toBe('wrong-version');
    expect(refusal(put('consul', '$Latest'), both, MADE)).toBe('wrong-version');
    expect(refusal(put('consul', '$Latest'), both, MADE, back)).toBe('wrong-version');
    expect(refusal(put('consul', '$Latest'), both, SEEN, back)).toBeUndefined();
    expect(refusal(put('consul', '3', 'lt-9'), both, MADE)).toBe('not-ours');
    expect(refusal(put('web', '3'), both, MADE)).toBe('not-ours');
  });

  it('gives the new group the alias only at the end, and while it stands for the roll’s own version', () => {
    expect(refusal(put('consul-7f3a', '$Latest'), both, MADE)).toBe('wrong-version');
    expect(refusal(put('consul-7f3a', '$Latest'), handed, MADE)).toBeUndefined();
    expect(refusal(put('consul-7f3a', '$Latest'), handed, { ...MADE, latestVersion: 5 })).toBe(
      'wrong-version',
    );
    expect(refusal(put('consul-7f3a', '$Latest'), handed, MADE, back)).toBe('wrong-version');
  });

  it('moves the default only at the end, and back', () => {
    const once = { oldTemplate: byDefault };
    expect(refusal(move(4), handed, MADE, once)).toBeUndefined();
    expect(refusal(move(4), handed, MADE)).toBe('not-ours');
    expect(refusal(move(4), both, MADE, once)).toBe('not-ours');
    expect(refusal(move(4), handed, { ...MADE, defaultVersion: 1 }, once)).toBe('not-ours');
    expect(refusal(move(2), both, MADE, back)).toBeUndefined();
    expect(refusal(move(4), both, MADE, back)).toBe('not-ours');
  });

  it('deletes only its own version, on the way back, when nobody is on it', () => {
    const gone = { newGroup: null, oldGroup: on('3') };
    expect(refusal(remove, gone, MADE, back)).toBeUndefined();
    expect(refusal(remove, gone, MADE)).toBe('not-ours');
    expect(refusal(remove, gone, { ...MADE, own: 5 }, back)).toBe('not-ours');
    expect(refusal(remove, gone, { ...MADE, defaultVersion: 4 }, back)).toBe('not-ours');
    expect(refusal(remove, both, MADE, back)).toBe('group-not-empty');
    expect(refusal(remove, { newGroup: null, oldGroup: on('4') }, MADE, back)).toBe('wrong-version');
  });

  it('deletes only its own launch template, on the way back, when nobody is on it', () => {
    const wipe: Action = { kind: 'delete-launch-template', id: 'lt-1', name: 'lt' };
    const made = { newTemplate: { kind: 'launch-template', name: 'lt' } } as const;
    const gone = { newGroup: null };
    expect(refusal(wipe, gone, MADE, { ...back, ...made })).toBeUndefined();
    expect(refusal(wipe, gone, SEEN, { ...back, ...made })).toBe('not-ours');
    expect(refusal(wipe, gone, MADE, made)).toBe('not-ours');
    expect(refusal(wipe, gone, MADE, back)).toBe('not-ours');
    expect(refusal(wipe, both, MADE, { ...back, ...made })).toBe('group-not-empty');
  });
});
