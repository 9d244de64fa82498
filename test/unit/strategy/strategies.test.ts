import { describe, expect, it } from 'vitest';
import { strategyOf } from '../../../src/lib/engine/strategy/strategies.js';
import { CLUSTER_TAG } from '../../../src/lib/model/tags.js';
import { buildIntent } from '../../helpers/intents.js';
import { buildObservation } from '../../helpers/observations.js';
import { NEW_IMAGE } from '../../helpers/servers.js';

const observation = buildObservation({ old: 3 });
const beside = buildIntent(observation, { oldGroup: 'consul', newGroup: 'consul-7f3a' });
const inPlace = { ...beside, newGroup: 'consul' };

describe('a roll with a new group', () => {
  const strategy = strategyOf(beside);

  it('creates it, and empties the old one, or the new one in a rollback', () => {
    expect(strategy).toMatchObject({ name: 'beside', launchesInOldGroup: false });
    expect(strategy.createdGroupOf(beside)).toBe('consul-7f3a');
    expect(strategy.emptiedGroupOf(beside)).toBe('consul');
    expect(strategy.emptiedGroupOf({ ...beside, direction: 'rollback' })).toBe('consul-7f3a');
  });

  it('gives only the new group the name of the cluster', () => {
    expect(strategy.buildTags(beside, 'new')).toMatchObject({ [CLUSTER_TAG]: beside.cluster });
    expect(strategy.buildTags(beside, 'old')).not.toHaveProperty([CLUSTER_TAG]);
  });

  it('has a new side once the group exists', () => {
    expect(strategy.hasNewSide(observation, beside)).toBe(false);
    expect(strategy.hasNewSide(buildObservation({ old: 3, new: 1 }), beside)).toBe(true);
  });
});

describe('a roll in place', () => {
  const strategy = strategyOf(inPlace);

  it('creates and empties no group', () => {
    expect(strategy).toMatchObject({ name: 'in-place', launchesInOldGroup: true });
    expect(strategy.createdGroupOf(inPlace)).toBeUndefined();
    expect(strategy.emptiedGroupOf(inPlace)).toBeUndefined();
    expect(strategy.emptiedGroupOf({ ...inPlace, direction: 'rollback' })).toBeUndefined();
  });

  it('gives the group no name that stays', () => {
    expect(strategy.buildTags(inPlace, 'new')).not.toHaveProperty([CLUSTER_TAG]);
  });

  it('has a new side while a server runs the new image', () => {
    const [server] = observation.servers;
    if (server === undefined) throw new Error('the cluster has servers');
    const mixed = { ...observation, servers: [...observation.servers, { ...server, imageId: NEW_IMAGE }] };
    expect(strategy.hasNewSide(observation, inPlace)).toBe(false);
    expect(strategy.hasNewSide(mixed, inPlace)).toBe(true);
  });
});
