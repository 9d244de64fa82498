import type { Group } from '../model/group.js';
import type { Side } from '../model/server.js';
import { intentOf, recordedSide, tagsOf } from '../model/tags.js';
import type { Effect } from './effect.js';

/** Records that the roll goes back from here; the next look reads it, on this machine or another. */
export const turnBack: Effect<'turn-back'> = async ({ engine, survey, intent }) => {
  const back = { ...intent, direction: 'back' } as const;
  const mark = async (group: Group | undefined, side: Side) => {
    // A process that died between the two has marked one of them.
    if (group === undefined || intentOf(group)?.direction === 'back') return;
    await engine.cloud.tag(group.name, tagsOf(back, recordedSide(group) ?? side));
  };
  await mark(survey.old, 'old');
  await mark(survey.new, 'new');
  return undefined;
};
