import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Intent } from '../../../src/lib/model/intent.js';
import type { NextLaunchSource, PreviousLaunchSource } from '../../../src/lib/model/launch-source.js';
import {
  buildRecordTags,
  CLUSTER_TAG,
  findDamagedTag,
  isRecorded,
  listRecordKeys,
  PAUSE_TAG,
  readIntent,
  readRecordedSide,
  TAG_PREFIX,
} from '../../../src/lib/model/tags.js';
import { buildIntent } from '../../helpers/intents.js';
import { buildObservation } from '../../helpers/observations.js';

const intent = buildIntent(buildObservation());

function groupWith(tags: Readonly<Record<string, string>>) {
  const { old } = buildObservation({ oldGroup: { tags } });
  if (old === undefined) throw new Error('a survey has an old group');
  return old;
}

const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,40}$/);
const count = fc.integer({ min: 0, max: 99 });
const configurations = fc.record({ kind: fc.constant('launch-configuration' as const), name });
const versions = fc.integer({ min: 1, max: 9999 });
const ids = fc.stringMatching(/^lt-[0-9a-f]{17}$/);
const oldTemplates: fc.Arbitrary<PreviousLaunchSource> = fc.oneof(
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
const newTemplates: fc.Arbitrary<NextLaunchSource> = fc.oneof(
  configurations,
  fc.record({ kind: fc.constant('launch-template' as const), name }),
  fc.record({ kind: fc.constant('launch-template-version' as const), id: ids }),
);
const intents: fc.Arbitrary<Intent> = fc.record({
  rollId: name,
  cluster: name,
  direction: fc.constantFrom('forward', 'rollback'),
  imageId: name,
  size: count,
  surge: count,
  oldGroup: name,
  previousLaunchSource: oldTemplates,
  newGroup: name,
  nextLaunchSource: newTemplates,
  original: fc.record({
    minSize: count,
    maxSize: count,
    desired: count,
    suspended: fc.subarray(['AZRebalance', 'Launch', 'ReplaceUnhealthy']),
    protection: fc.option(
      fc.record({ newServers: fc.boolean(), exceptions: fc.array(fc.stringMatching(/^i-[0-9a-f]{17}$/)) }),
      { nil: undefined },
    ),
  }),
  keepOld: fc.boolean(),
  allowWeakerSecurity: fc.constantFrom(undefined, true),
  skipCanary: fc.constantFrom(undefined, true),
  startedAtMs: fc.integer({ min: 0, max: 4e12 }),
});

describe('the tags of a roll', () => {
  it('are read back from either group as they were written', () => {
    fc.assert(
      fc.property(intents, fc.constantFrom('old', 'new'), (wanted, side) => {
        const group = groupWith({ Name: 'consul', ...buildRecordTags(wanted, side) });
        expect(readIntent(group)).toEqual(wanted);
        expect(readRecordedSide(group)).toBe(side);
        expect(isRecorded(group)).toBe(true);
      }),
    );
  });

  it('fit the limits of AWS tags', () => {
    const exceptions = Array(12).fill('i-0123456789abcdef0');
    const original = { ...intent.original, protection: { newServers: false, exceptions } };
    for (const [key, value] of Object.entries(buildRecordTags({ ...intent, original }, 'new'))) {
      expect(key.length).toBeLessThanOrEqual(128);
      expect(value.length).toBeGreaterThan(0);
      expect(value.length).toBeLessThanOrEqual(256);
    }
  });

  it('are undefined on a group without a roll', () => {
    const group = groupWith({ Name: 'consul' });
    expect([isRecorded(group), isRecorded(undefined), readIntent(group)]).toEqual([false, false, undefined]);
  });

  it.each(Object.keys(buildRecordTags(intent, 'old')).filter((key) => !key.endsWith(':side')))(
    'are undefined without %s',
    (key) => {
      const { [key]: _missing, ...rest } = buildRecordTags(intent, 'old');
      expect(readIntent(groupWith(rest))).toBeUndefined();
      expect(findDamagedTag(groupWith(rest))).toBe(key);
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
    ['was-protected', 'perhaps'],
    ['started', 'yesterday'],
    ['started', '2026-13-01T00:00:00.000Z'],
  ])('are undefined if %s is %s', (key, value) => {
    const group = groupWith({ ...buildRecordTags(intent, 'old'), [TAG_PREFIX + key]: value });
    expect(readIntent(group)).toBeUndefined();
    expect(findDamagedTag(group)).toBe(TAG_PREFIX + key);
  });

  it('are cleared except the cluster tag', () => {
    const group = groupWith({ Name: 'consul', [CLUSTER_TAG]: 'consul', ...buildRecordTags(intent, 'new') });
    const left = Object.keys(group.tags).filter((key) => !listRecordKeys(group, intent).includes(key));
    expect(left).toEqual(['Name', CLUSTER_TAG]);
  });

  it('are cleared with a request to pause that was made after the group was read', () => {
    expect(listRecordKeys(groupWith(buildRecordTags(intent, 'old')), intent)).toContain(PAUSE_TAG);
  });

  it('are cleared although AWS does not show them yet', () => {
    expect(listRecordKeys(groupWith({}), intent)).toEqual(
      expect.arrayContaining(Object.keys(buildRecordTags(intent, 'old'))),
    );
  });
});
