import { tagsOf } from '../model/tags.js';
import type { Effect } from './effect.js';

/** Writes what the roll wants onto a group of it, the old one first, so that any machine with credentials can carry on. */
export const recordIntent: Effect<'record-intent'> = async ({ engine, intent }, { group, side = 'old' }) => {
  await engine.cloud.tag(group, tagsOf(intent, side));
  return undefined;
};
