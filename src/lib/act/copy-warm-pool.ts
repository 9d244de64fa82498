import type { Effect } from './effect.js';

/** Gives the new group the warm pool that the old one has. */
export const copyWarmPool: Effect<'copy-warm-pool'> = async ({ engine }, { from, group }) => {
  await engine.cloud.copyWarmPool(from, group);
  return undefined;
};
