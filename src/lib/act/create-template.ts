import type { Effect } from './effect.js';

/** Copies the launch configuration with the new image. Its name is unique, so two rolls cannot both make it. */
export const createTemplate: Effect<'create-template'> = async ({ engine }, { from, name, imageId }) => {
  await engine.cloud.createTemplate(from, name, imageId);
  return undefined;
};
