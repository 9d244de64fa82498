import type { Effect } from './effect.js';

/** Sets how many servers a group should have; Auto Scaling launches the missing ones. */
export const grow: Effect<'grow'> = async ({ engine }, { group, to }) => {
  await engine.cloud.setSizes(group, { desired: to });
  return undefined;
};
