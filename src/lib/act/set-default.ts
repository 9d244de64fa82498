import type { Effect } from './effect.js';

/** Moves what `$Default` of a launch template stands for. */
export const setDefault: Effect<'set-default'> = async ({ engine }, { id, version }) => {
  await engine.cloud.setDefaultVersion(id, version);
  return undefined;
};
