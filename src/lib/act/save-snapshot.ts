import { type Effect, leaderHost } from './effect.js';

/** Saves a verified snapshot of Consul's state beside the operator, before the first change. */
export const saveSnapshot: Effect<'save-snapshot'> = async (stage) => {
  const { engine, intent } = stage;
  const bytes = await engine.consul.snapshot(leaderHost(stage));
  const path = await engine.files.save(`${intent.cluster}-${intent.rollId}.snap`, bytes);
  return { snapshot: { path, bytes: bytes.byteLength } };
};
