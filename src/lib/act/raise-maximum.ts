import type { Effect } from './effect.js';

/** Lets a group have more servers than the cluster has. */
export const raiseMaximum: Effect<'raise-maximum'> = async ({ engine }, { group, to }) => {
  await engine.cloud.setSizes(group, { maxSize: to });
  return undefined;
};
