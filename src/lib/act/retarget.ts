import type { Effect } from './effect.js';

/** The group launches from another template from now on; the servers it has stay as they are. */
export const retarget: Effect<'retarget'> = async ({ engine }, { group, template }) => {
  await engine.cloud.setTemplate(group, template);
  return undefined;
};
