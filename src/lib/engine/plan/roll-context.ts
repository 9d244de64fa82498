import type { MachineImage, Observation } from '../../model/observation.js';
import type { CallerIdentity, RollContext } from '../../model/roll-context.js';
import { findOldImage } from '../../model/servers.js';
import type { Engine } from '../engine.js';

/**
 * Where a roll happens, and its images, with their names where AWS still has the images and returns them. Makes no request
 * for what the preflight has read.
 */
export async function readRollContext(
  cloud: Pick<Engine['cloud'], 'findImage'>,
  observation: Observation,
  imageId: string,
  caller: CallerIdentity | undefined,
): Promise<RollContext> {
  const known = observation.preflightFacts?.image;
  const read = async (id: string | undefined): Promise<MachineImage | undefined> => {
    if (id === undefined || id === known?.id) return known;
    return cloud.findImage(id).catch(() => undefined);
  };
  const old = findOldImage(observation);
  const [from, to] = await Promise.all([old === undefined ? undefined : read(old), read(imageId)]);
  return { caller, from, to };
}
