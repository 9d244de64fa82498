import { tagsOf } from '../model/tags.js';
import type { Effect } from './effect.js';

/** Writes what the roll wants onto the old group, so that any machine with credentials can carry on. */
export const recordIntent: Effect<'record-intent'> = async ({ engine, intent }, { group }) => {
  await engine.cloud.tag(group, tagsOf(intent, 'old'));
  return undefined;
};
