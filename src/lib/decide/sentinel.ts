import type { Intent } from '../model/intent.js';
import type { Survey } from '../model/survey.js';

/** The value a roll writes before its first new server, read back from every server as a gate. */
export function sentinelOf(intent: Intent): string {
  return intent.rollId;
}

/** The value written once only new servers are left: proof that the new cluster takes and replicates a write. */
export function lastSentinelOf(intent: Intent): string {
  return `${intent.rollId} done`;
}

/** The leader has what this roll wrote, first or last. */
export function showsSentinel({ raft }: Survey, intent: Intent): boolean {
  return raft?.sentinel === sentinelOf(intent) || raft?.sentinel === lastSentinelOf(intent);
}
