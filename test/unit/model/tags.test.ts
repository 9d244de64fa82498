import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Intent } from '../../../src/lib/model/intent.js';
import type { NewTemplate, OldTemplate } from '../../../src/lib/model/launch-source.js';
import {
  CLUSTER_TAG,
  damagedTag,
  intentOf,
  isRecorded,
  recordedSide,
  recordKeys,
  TAG_PREFIX,
  tagsOf,
} from '../../../src/lib/model/tags.js';
import { intentFor } from '../../helpers/intents.js';
import { surveyOf } from '../../helpers/surveys.js';

const intent = intentFor(surveyOf());

function groupWith(tags: Readonly<Record<string, string>>) {
  const { old } = surveyOf({ oldGroup: { tags } });
  if (old === undefined) throw new Error('a survey has an old group');
  return old;
}

const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,40}$/);
const count = fc.integer({ min: 0, max: 99 });
const configurations = fc.record({ kind: fc.constant('launch-configuration' as const), name });
const versions = fc.integer({ min: 1, max: 9999 });
const ids = fc.stringMatching(/^lt-[0-9a-f]{17}$/);
const oldTemplates: fc.Arbitrary<OldTemplate> = fc.oneof(
  configurations,
  fc
    .record({
      kind: fc.constant('launch-template' as const),
      id: ids,
      name: fc.stringMatching(/^[a-zA-Z0-9()./_-]{3,128}$/),
      alias: fc.constantFrom('$Latest', '$Default', undefined),
      resolved: versions,
      defaultVersion: versions,
      mixed: fc.boolean(),
    })
    .map(({ alias, ...rest }) => ({ ...rest, version: alias ?? String(rest.resolved) })),
);
const newTemplates: fc.Arbitrary<NewTemplate> = fc.oneof(
  configurations,
  fc.record({ kind: fc.constant('launch-template' as const), name }),
  fc.record({ kind: fc.constant('launch-template-version' as const), id: ids }),
);
const intents: fc.Arbitrary<Intent> = fc.record({
  rollId: name,
  cluster: name,
  direction: fc.constantFrom('forward', 'back'),
  imageId: name,
  size: count,
  surge: count,
  oldGroup: name,
  oldTemplate: oldTemplates,
  newGroup: name,
  newTemplate: newTemplates,
  was: fc.record({
    minSize: count,
    maxSize: count,
    desired: count,
    suspended: fc.subarray(['AZRebalance', 'Launch', 'ReplaceUnhealthy']),
  }),
  keepOld: fc.boolean(),
  startedAtMs: fc.integer({ min: 0, max: 4e12 }),
});

describe('the record of a roll', () => {
  it('is read back from either group as it was written', () => {
    fc.assert(
      fc.property(intents, fc.constantFrom('old', 'new'), (wanted, side) => {
        const group = groupWith({ Name: 'consul', ...tagsOf(wanted, side) });
        expect(intentOf(group)).toEqual(wanted);
        expect(recordedSide(group)).toBe(side);
        expect(isRecorded(group)).toBe(true);
      }),
    );
  });

  it('fits the limits of AWS tags', () => {
    for (const [key, value] of Object.entries(tagsOf(intent, 'new'))) {
      expect(key.length).toBeLessThanOrEqual(128);
      expect(value.length).toBeGreaterThan(0);
      expect(value.length).toBeLessThanOrEqual(256);
    }
  });

  it('is none on a group nobody rolled', () => {
    const group = groupWith({ Name: 'consul' });
    expect([isRecorded(group), isRecorded(undefined), intentOf(group)]).toEqual([false, false, undefined]);
  });

  it.each(Object.keys(tagsOf(intent, 'old')).filter((key) => !key.endsWith(':side')))(
    'is none without %s',
    (key) => {
      const { [key]: _missing, ...rest } = tagsOf(intent, 'old');
      expect(intentOf(groupWith(rest))).toBeUndefined();
      expect(damagedTag(groupWith(rest))).toBe(key);
    },
  );

  it.each([
    ['size', 'five'],
    ['size', '-1'],
    ['surge', '1.5'],
    ['was-sizes', '3 5'],
    ['was-sizes', '3 x 5'],
    ['direction', 'sideways'],
    ['keep-old', 'perhaps'],
    ['started', 'yesterday'],
    ['started', '2026-13-01T00:00:00.000Z'],
  ])('is none where %s is %s', (key, value) => {
    const group = groupWith({ ...tagsOf(intent, 'old'), [TAG_PREFIX + key]: value });
    expect(intentOf(group)).toBeUndefined();
    expect(damagedTag(group)).toBe(TAG_PREFIX + key);
  });

  it('is forgotten but for the name of the cluster on the new group', () => {
    const group = groupWith({ Name: 'consul', ...tagsOf(intent, 'new') });
    const left = Object.keys(group.tags).filter((key) => !recordKeys(group).includes(key));
    expect(left).toEqual(['Name', CLUSTER_TAG]);
    expect(tagsOf(intent, 'old')).not.toHaveProperty(CLUSTER_TAG);
  });
});
