import type { Phase } from '../../model/decision.js';
import type { Intent } from '../../model/intent.js';
import type { Observation } from '../../model/observation.js';
import { isRecorded } from '../../model/tags.js';
import { listServers } from './servers.js';

/** True once there is anything of the roll: its record, or the new group. Before that nothing was changed. */
export function hasChangedAnything(observation: Observation): boolean {
  return isRecorded(observation.old) || observation.new !== undefined;
}

/** Where the roll stands, for a wait that can come at any time. */
export function findCurrentPhase(observation: Observation, intent: Intent): Phase {
  if (intent.direction === 'rollback') return 'rollback';
  const old = listServers(observation, 'old').length;
  if (old === 0) return 'finish';
  return old < intent.original.desired || observation.old?.minSize === 0 ? 'drain' : 'grow';
}
