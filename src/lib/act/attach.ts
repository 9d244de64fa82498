import type { Effect } from './effect.js';

/** Attaches the load balancers to the group, so that what it launches later is registered by itself. */
export const attach: Effect<'attach'> = async ({ engine }, { group, balancers }) => {
  await engine.cloud.attach(group, balancers);
  return undefined;
};
