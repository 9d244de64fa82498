import { tagsOf } from '../model/tags.js';
import type { Effect } from './effect.js';

/** Records that the group is the new one from here on. */
export const handOver: Effect<'hand-over'> = async ({ engine, intent }, { group }) => {
  await engine.cloud.tag(group, tagsOf(intent, 'new'));
  return undefined;
};
