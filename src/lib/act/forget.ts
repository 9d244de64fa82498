import { recordKeys } from '../model/tags.js';
import type { Effect } from './effect.js';

/** Removes the roll's record from a group. */
export const forget: Effect<'forget'> = async ({ engine, survey }, { group }) => {
  const recorded = [survey.old, survey.new].find((one) => one?.name === group);
  if (recorded !== undefined) await engine.cloud.untag(group, recordKeys(recorded));
  return undefined;
};
