import type { Effect } from './effect.js';

/** Deletes an empty group. */
export const deleteGroup: Effect<'delete-group'> = async ({ engine }, { group }) => {
  await engine.cloud.deleteGroup(group);
  return undefined;
};
