import type { Effect } from './effect.js';

/** Suspends the processes with which a group would act on its own. */
export const freeze: Effect<'freeze'> = async ({ engine }, { group, processes }) => {
  await engine.cloud.suspend(group, processes);
  return undefined;
};
