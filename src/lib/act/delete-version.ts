import type { Effect } from './effect.js';

/** Deletes the version of a launch template that the roll made. */
export const deleteVersion: Effect<'delete-version'> = async ({ engine }, { id, version }) => {
  await engine.cloud.deleteVersion(id, version);
  return undefined;
};
