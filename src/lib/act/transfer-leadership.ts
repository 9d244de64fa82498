import { type Effect, leaderHost } from './effect.js';

/** Asks the leader to hand over; one that cannot will leave, and the others elect. */
export const transferLeadership: Effect<'transfer-leadership'> = async (stage, { peerId }) => {
  await stage.engine.consul.transferLeadership(leaderHost(stage), peerId);
  return undefined;
};
