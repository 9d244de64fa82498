import type { Effect } from './effect.js';

/** Deletes a launch configuration, or remembers that another group still launches from it. */
export const deleteTemplate: Effect<'delete-template'> = async ({ engine, survey }, { name }) => {
  const answer = await engine.cloud.deleteTemplate(name);
  return answer === 'in-use' ? { templatesInUse: [...survey.history.templatesInUse, name] } : undefined;
};
