import { tagsOf } from '../model/tags.js';
import type { Effect } from './effect.js';

/** Copies the group whole, empty, with the roll recorded on it from its first moment. */
export const createGroup: Effect<'create-group'> = async ({ engine, intent }, { from, name, template }) => {
  await engine.cloud.createGroup(from, name, template, tagsOf(intent, 'new'));
  return undefined;
};
