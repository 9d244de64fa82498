import { sentinelKey } from '../model/keys.js';
import { type Effect, leaderHost } from './effect.js';

/** Deletes the sentinel key through the leader. */
export const deleteSentinel: Effect<'delete-sentinel'> = async (stage) => {
  await stage.engine.consul.delete(leaderHost(stage), sentinelKey(stage.intent.cluster));
  return undefined;
};
