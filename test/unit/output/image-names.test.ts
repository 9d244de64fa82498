import { describe, expect, it } from 'vitest';
import { readImageRoute } from '../../../src/cli/roll-command.js';
import type { MachineImage } from '../../../src/lib/model/observation.js';
import { buildFacts, buildIntent } from '../../helpers/intents.js';
import { buildObservation, type ObservationShape } from '../../helpers/observations.js';
import { NEW_IMAGE, OLD_IMAGE } from '../../helpers/servers.js';

/** The route of a roll as seen in this survey, where AWS knows these images; and which of them it was asked for. */
async function routeIn(shape: ObservationShape, known: Readonly<Record<string, string>>) {
  const observation = buildObservation(shape);
  const asked: string[] = [];
  const image = async (id: string): Promise<MachineImage | undefined> => {
    asked.push(id);
    if (known[id] === 'refused') throw new Error('access to images denied');
    const name = known[id];
    return name === undefined ? undefined : { id, name, architecture: 'x86_64', state: 'available' };
  };
  return {
    asked,
    route: await readImageRoute({ findImage: image }, { observation, intent: buildIntent(buildObservation()) }),
  };
}

const both = { [OLD_IMAGE]: 'consul-v1', [NEW_IMAGE]: 'consul-v2' };

describe('the images of a roll', () => {
  it('have their names, and known ones are not requested', async () => {
    const { route, asked } = await routeIn({ over: { preflightFacts: buildFacts() } }, both);
    expect(route).toEqual({ from: { image: OLD_IMAGE, name: 'consul-v1', consul: ['1.20.2'] }, toName: 'consul-v2' });
    expect(asked).toEqual([OLD_IMAGE]);
  });

  it('are those of the old group if a roll is resumed that has new servers already', async () => {
    const { route } = await routeIn({ old: 3, new: 3 }, both);
    expect(route).toEqual({ from: { image: OLD_IMAGE, name: 'consul-v1', consul: ['1.20.2'] }, toName: 'consul-v2' });
  });

  it.each<[string, ObservationShape, Readonly<Record<string, string>>, string | null]>([
    ['the old image is gone', {}, { [NEW_IMAGE]: 'consul-v2' }, 'consul-v2'],
    ['the old group is gone', { old: 0, new: 3, oldGroup: null }, both, 'consul-v2'],
    ['AWS denies the request', {}, { [OLD_IMAGE]: 'refused', [NEW_IMAGE]: 'refused' }, null],
    ['images have no name', {}, { [OLD_IMAGE]: '', [NEW_IMAGE]: '' }, null],
  ])('have no name if %s', async (_, shape, known, toName) => {
    const { route } = await routeIn(shape, known);
    expect(route.from.name).toBeNull();
    expect(route.toName).toBe(toName);
  });
});
