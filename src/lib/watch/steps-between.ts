import type { Step } from '../model/decision.js';
import type { Intent, Limits } from '../model/intent.js';
import type { Status } from '../model/plan.js';
import { isRolled } from './end.js';
import type { Seen } from './events-between.js';
import { recordedOn, sightOf } from './sight.js';
import { beginStory, type Chapter, continued, type Story } from './story.js';
import { turned, turnedUnseen } from './turned.js';

/** The steps since the last look; none at the first one. */
export function stepsBetween(
  before: Pick<Seen, 'status' | 'story' | 'runSteps'> | undefined,
  status: Status,
  limits: Limits,
): Partial<Chapter> {
  const { intent } = status;
  const story = before?.story ?? (before && unbegun(before.status, intent, limits));
  if (before === undefined || story === undefined) return { story: opened(status, limits) };
  if (story.intent.rollId !== intent?.rollId) return { steps: lastOf(story, before, status, limits) };
  if (story.intent.direction === intent.direction) return continued(story, status, limits);
  const chapter = turned(story, before, status, limits);
  return { ...chapter, story: chapter.story ?? opened(status, limits) };
}

function opened(status: Status, limits: Limits): Story | undefined {
  const sight = sightOf(status, limits);
  return sight && beginStory(sight);
}

/** What was left of a roll that is over. */
function lastOf(
  story: Story,
  before: Pick<Seen, 'status' | 'runSteps'>,
  status: Status,
  limits: Limits,
): readonly Step[] {
  const isTurned = story.intent.direction === 'forward' && !isRolled(story.intent, status.survey);
  return isTurned ? turnedUnseen(story, before, status, limits) : story.left;
}

/**
 * A roll that began after the look before: all of it lay ahead then. What Consul showed of it already was written while
 * that look was taken.
 */
function unbegun({ survey, intent: other }: Status, recorded: Intent | undefined, limits: Limits) {
  if (recorded === undefined || other !== undefined || survey.old?.name !== recorded.oldGroup)
    return undefined;
  const intent: Intent = { ...recorded, direction: 'forward' };
  const raft = survey.raft && { ...survey.raft, sentinel: undefined };
  const sight = sightOf({ survey: recordedOn({ ...survey, raft }, intent), intent }, limits);
  return sight && beginStory(sight);
}
