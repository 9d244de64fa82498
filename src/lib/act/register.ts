import type { Effect } from './effect.js';

/** Puts servers that passed every gate into the load balancers. */
export const register: Effect<'register'> = async ({ engine }, { instanceIds, balancers }) => {
  await Promise.all(balancers.map((balancer) => engine.cloud.register(balancer, instanceIds)));
  return undefined;
};
