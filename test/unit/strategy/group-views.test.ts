import { describe, expect, it } from 'vitest';
import { strategyOf } from '../../../src/lib/engine/strategy/strategies.js';
import type { Group } from '../../../src/lib/model/group.js';
import { buildRecordTags } from '../../../src/lib/model/tags.js';
import type { CloudInstance, ClusterDescription } from '../../../src/lib/ports.js';
import { buildIntent } from '../../helpers/intents.js';
import { buildObservation } from '../../helpers/observations.js';
import { NEW_IMAGE, OLD_IMAGE } from '../../helpers/servers.js';

const observation = buildObservation({ old: 3 });
const newTemplate = { kind: 'launch-configuration', name: 'consul-7f3a' } as const;
const intent = buildIntent(observation, { newGroup: 'consul', nextLaunchSource: newTemplate, surge: 1 });
const names = { oldGroup: 'consul', newGroup: 'consul', next: { imageId: NEW_IMAGE, launchSource: newTemplate } };

function instance(n: number, imageId: string, lifecycle = 'InService'): CloudInstance {
  return {
    instanceId: `i-0${n}`,
    group: 'consul',
    address: `127.1.1.${n}`,
    zone: 'eu-west-1a',
    imageId,
    launchedAtMs: n,
    lifecycle,
    protectedFromScaleIn: false,
    markedUnhealthy: false,
    balancers: {},
  };
}

const { buildGroupViews } = strategyOf(intent);

const older = [1, 2, 3].map((n) => instance(n, OLD_IMAGE));

function buildDescription(change: Partial<Group>, instances: readonly CloudInstance[]): ClusterDescription {
  const group = observation.old;
  if (group === undefined) throw new Error('the survey has a group');
  return {
    groups: [{ ...group, ...change }],
    instances,
    launchConfigurations: [],
    launchTemplate: undefined,
    drainingMs: {},
  };
}

const rolling = { tags: buildRecordTags(intent, 'old') };
const retargeted = {
  ...rolling,
  launchSource: { kind: 'launch-configuration', name: 'consul-7f3a' },
  imageId: NEW_IMAGE,
} as const;

describe('the two views of a group that is rolled in place', () => {
  it('are only the old group before the roll is recorded', () => {
    const sides = buildGroupViews(buildDescription({}, older), names);
    expect(sides).toMatchObject({ old: { desired: 3 }, new: undefined });
    expect(buildGroupViews(buildDescription(rolling, older), names)).toMatchObject({
      old: { desired: 3 },
      new: undefined,
    });
  });

  it('differ by the image of their servers; the rest of the desired capacity is new', () => {
    const fourth = instance(4, NEW_IMAGE);
    const sides = buildGroupViews(buildDescription({ ...retargeted, desired: 4 }, [...older, fourth]), names);
    expect(sides.old).toMatchObject({ desired: 3, imageId: OLD_IMAGE, instanceIds: ['i-01', 'i-02', 'i-03'] });
    expect(sides.new).toMatchObject({ desired: 1, imageId: NEW_IMAGE, instanceIds: ['i-04'] });
    expect([...older, fourth].map(sides.isNew)).toEqual([false, false, false, true]);
  });

  it('count a new server as desired when the group is scaled out', () => {
    expect(buildGroupViews(buildDescription({ ...retargeted, desired: 4 }, older), names)).toMatchObject({
      old: { desired: 3 },
      new: { desired: 1, instanceIds: [] },
    });
  });

  it('do not count a server that is terminated', () => {
    const leaving = [instance(1, OLD_IMAGE, 'Terminating'), ...older.slice(1)];
    expect(buildGroupViews(buildDescription({ ...retargeted, desired: 2 }, leaving), names)).toMatchObject({
      old: { desired: 2, instanceIds: ['i-01', 'i-02', 'i-03'] },
      new: { desired: 0 },
    });
  });

  it('do not count a server on standby: the desired capacity does not either', () => {
    const restored = { ...rolling, desired: 3 };
    const fresh = instance(4, NEW_IMAGE, 'Standby');
    expect(buildGroupViews(buildDescription(restored, [...older, fresh]), names)).toMatchObject({
      old: { desired: 3 },
      new: { desired: 0, instanceIds: ['i-04'] },
    });
  });

  it('are two while a new server remains, also when the old launch source is restored', () => {
    const sides = buildGroupViews(
      buildDescription({ ...rolling, desired: 4 }, [...older, instance(4, NEW_IMAGE)]),
      names,
    );
    expect(sides.new).toMatchObject({ desired: 1, imageId: undefined });
  });

  it('count an old server as desired when the group with its old launch source is scaled out', () => {
    const stand = [...older.slice(1), instance(4, NEW_IMAGE)];
    expect(buildGroupViews(buildDescription({ ...rolling, desired: 4 }, stand), names)).toMatchObject({
      old: { desired: 3, instanceIds: ['i-02', 'i-03'] },
      new: { desired: 1, instanceIds: ['i-04'] },
    });
  });

  it('are only the new group after the roll, with and without its record', () => {
    const fresh = [1, 2, 3].map((n) => instance(n, NEW_IMAGE));
    for (const tags of [buildRecordTags(intent, 'new'), {}]) {
      const sides = buildGroupViews(buildDescription({ ...retargeted, tags }, fresh), names);
      expect(sides).toMatchObject({ old: undefined, new: { desired: 3 } });
    }
  });
});
