import { markOf } from '../model/intent.js';
import type { Effect } from './effect.js';

/** Adds a version with the new image to the old group's launch template. */
export const createVersion: Effect<'create-version'> = async ({ engine, intent }, { template, imageId }) => {
  await engine.cloud.createVersion({ id: template.id, version: template.resolved }, markOf(intent), imageId);
  return undefined;
};
