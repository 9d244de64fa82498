import type { Effect } from './effect.js';

/** Lets a group shrink to nothing, one named instance at a time. */
export const lowerMinimum: Effect<'lower-minimum'> = async ({ engine }, { group }) => {
  await engine.cloud.setSizes(group, { minSize: 0 });
  return undefined;
};
