import { type Effect, leaderHost } from './effect.js';

/** Has the leader strike a Raft peer whose instance is gone. */
export const removePeer: Effect<'remove-peer'> = async (stage, { peerId }) => {
  await stage.engine.consul.removePeer(leaderHost(stage), peerId);
  return undefined;
};
