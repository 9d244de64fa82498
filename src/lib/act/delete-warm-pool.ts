import type { Effect } from './effect.js';

/** Deletes the warm pool of a group that has no servers any more. */
export const deleteWarmPool: Effect<'delete-warm-pool'> = async ({ engine }, { group }) => {
  await engine.cloud.deleteWarmPool(group);
  return undefined;
};
