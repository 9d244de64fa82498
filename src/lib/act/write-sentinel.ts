import { sentinelKey } from '../model/keys.js';
import { type Effect, leaderHost } from './effect.js';

/** Writes the sentinel key through the leader. */
export const writeSentinel: Effect<'write-sentinel'> = async (stage, { value }) => {
  await stage.engine.consul.put(leaderHost(stage), sentinelKey(stage.intent.cluster), value);
  return undefined;
};
