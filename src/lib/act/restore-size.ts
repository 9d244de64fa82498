import type { Effect } from './effect.js';

/** Gives a group the sizes the cluster had before the roll. */
export const restoreSize: Effect<'restore-size'> = async ({ engine }, { group, sizes }) => {
  await engine.cloud.setSizes(group, sizes);
  return undefined;
};
