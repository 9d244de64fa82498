import type { Phase } from '../../model/decision.js';
import type { Intent } from '../../model/intent.js';
import type { Survey } from '../../model/observation.js';
import { isRecorded } from '../../model/tags.js';
import { serversOf } from './servers.js';

/** True once there is anything of the roll: its record, or the new group. Before that nothing was changed. */
export function hasBegun(survey: Survey): boolean {
  return isRecorded(survey.old) || survey.new !== undefined;
}

/** Where the roll stands, for a wait that can come at any time. */
export function phaseNow(survey: Survey, intent: Intent): Phase {
  if (intent.direction === 'back') return 'back';
  const old = serversOf(survey, 'old').length;
  if (old === 0) return 'finish';
  return old < intent.was.desired || survey.old?.minSize === 0 ? 'drain' : 'grow';
}
