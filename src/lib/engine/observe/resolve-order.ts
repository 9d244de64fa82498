import type { UpgradeOptions, UpgradeOrder } from '../../model/plan.js';
import type { Engine } from '../engine.js';

/**
 * The order with the id of its image. It is read once: what the operator sees in the plan is what is rolled, whatever the
 * parameter holds or the newest image is by then.
 *
 * @throws RollError `image-unresolved`
 */
export async function resolveOrder(
  { cloud }: Pick<Engine, 'cloud'>,
  { image, ...order }: UpgradeOrder,
): Promise<UpgradeOptions> {
  return { ...order, imageId: await cloud.resolveImage(image) };
}
