import type { RollResult } from '../model/event.js';
import type { Intent } from '../model/intent.js';
import type { Survey } from '../model/survey.js';
import type { Seen } from './events-between.js';

/** How a roll ended that is recorded no more; by what the servers run, for it may have turned back unseen. */
export function endOf(intent: Intent, seen: Seen): RollResult {
  const { status, turnedBack, leaderChanges } = seen;
  const { survey } = status;
  const rolled = isRolled(intent, survey);
  return {
    outcome: rolled ? 'rolled' : 'rolled-back',
    intent,
    reason: rolled ? undefined : turnedBack,
    survey: rolled ? asNew(survey) : survey,
    elapsedMs: elapsedOf(intent, seen),
    leaderChanges,
  };
}

/** How long the run took that was watched, as it would say itself: a roll may have been begun long before. */
export function elapsedOf({ startedAtMs }: Intent, { status, run }: Seen): number {
  return Math.max(0, status.survey.atMs - (run?.sinceMs ?? startedAtMs));
}

/** Whether every server there is runs the image of a roll that is over. */
export function isRolled({ imageId }: Intent, { servers }: Survey): boolean {
  return servers.every((server) => server.imageId === imageId);
}

/** A look at a cluster without a roll knows one side only; to whoever followed the roll it is the new one. */
function asNew(survey: Survey): Survey {
  const servers = survey.servers.map((server) => ({ ...server, side: 'new' as const }));
  return { ...survey, old: undefined, new: survey.new ?? survey.old, servers };
}
