import type { Effect } from './effect.js';

/** Deletes the launch template that the roll made. */
export const deleteLaunchTemplate: Effect<'delete-launch-template'> = async ({ engine }, { id }) => {
  await engine.cloud.deleteLaunchTemplate(id);
  return undefined;
};
