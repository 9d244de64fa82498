import type { Effect } from './effect.js';

/** Asks one server, on its own address, to leave; whether it did is read from Raft at the next looks. */
export const leave: Effect<'leave'> = async ({ engine }, { address }) => {
  await engine.consul.leave(address);
  return undefined;
};
