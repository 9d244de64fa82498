import type { Effect } from './effect.js';

/** Terminates one instance by name, and shrinks its group with it. */
export const terminate: Effect<'terminate'> = async ({ engine }, { instanceId }) => {
  await engine.cloud.terminate(instanceId);
  return undefined;
};
