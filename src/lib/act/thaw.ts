import type { Effect } from './effect.js';

/** Resumes processes that the roll had suspended. */
export const thaw: Effect<'thaw'> = async ({ engine }, { group, processes }) => {
  await engine.cloud.resume(group, processes);
  return undefined;
};
