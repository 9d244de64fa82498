import { describe, expect, it } from 'vitest';
import { readRollContext } from '../../../src/lib/engine/plan/roll-context.js';
import type { MachineImage } from '../../../src/lib/model/observation.js';
import { buildFacts, buildIntent } from '../../helpers/intents.js';
import { buildObservation, type ObservationShape } from '../../helpers/observations.js';
import { buildImage, CONTEXT } from '../../helpers/plans.js';
import { NEW_IMAGE, OLD_IMAGE } from '../../helpers/servers.js';

const both = { [OLD_IMAGE]: 'consul-v1', [NEW_IMAGE]: 'consul-v2' };

/** The context of a roll of this observation, where AWS knows these images; and which of them it was asked for. */
async function contextOf(shape: ObservationShape, known: Readonly<Record<string, string>>) {
  const observation = buildObservation(shape);
  const asked: string[] = [];
  const findImage = async (id: string): Promise<MachineImage | undefined> => {
    asked.push(id);
    const name = known[id];
    if (name === 'refused') throw new Error('access to images denied');
    return name === undefined ? undefined : buildImage(id, name, 1);
  };
  const { imageId } = buildIntent(buildObservation());
  const { from, to } = await readRollContext({ findImage }, observation, imageId, CONTEXT.caller);
  return { asked, names: [from?.name, to?.name] };
}

describe('the images of a roll', () => {
  it('are read once, and the new one not again', async () => {
    const { names, asked } = await contextOf({ over: { preflightFacts: buildFacts() } }, both);
    expect(names).toEqual(['consul-v1', 'consul-v2']);
    expect(asked).toEqual([OLD_IMAGE]);
  });

  it('are those of the old group if a roll is resumed that has new servers already', async () => {
    expect((await contextOf({ old: 3, new: 3 }, both)).names).toEqual(['consul-v1', 'consul-v2']);
  });

  it.each<[string, ObservationShape, Readonly<Record<string, string>>, (string | undefined)[]]>([
    ['the old image is gone', {}, { [NEW_IMAGE]: 'consul-v2' }, [undefined, 'consul-v2']],
    ['the old group is gone', { old: 0, new: 3, oldGroup: null }, both, [undefined, 'consul-v2']],
    ['AWS denies the request', {}, { [OLD_IMAGE]: 'refused', [NEW_IMAGE]: 'refused' }, [undefined, undefined]],
  ])('are not known if %s', async (_, shape, known, names) => {
    expect((await contextOf(shape, known)).names).toEqual(names);
  });
});
