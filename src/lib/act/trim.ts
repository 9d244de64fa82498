import type { Effect } from './effect.js';

/** A group that launches nothing wants no more servers than it has. */
export const trim: Effect<'trim'> = async ({ engine }, { group, to }) => {
  await engine.cloud.setSizes(group, { desired: to });
  return undefined;
};
