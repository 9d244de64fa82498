import type { Effect } from './effect.js';

/** Takes one server out of the load balancers, which let its open connections end. */
export const deregister: Effect<'deregister'> = async ({ engine }, { instanceId, balancers }) => {
  await Promise.all(balancers.map((balancer) => engine.cloud.deregister(balancer, [instanceId])));
  return undefined;
};
