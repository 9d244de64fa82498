import type { Intent } from '../../model/intent.js';
import type { Survey } from '../../model/observation.js';
import { leadershipOf } from '../../model/raft.js';
import type { Refusal } from '../../model/stop-reason.js';
import { lastSentinelOf, sentinelOf } from '../decide/record.js';

/**
 * Invariant 1: every member asked directly names one and the same leader, an instance of the cluster, and it answers
 * as one: they go on naming a leader for a second or two after it has died.
 */
export function oneLeader(survey: Survey): Refusal | undefined {
  const leadership = leadershipOf(survey.servers);
  switch (leadership.kind) {
    case 'agreed':
      return survey.raft === undefined ? { kind: 'no-leader', answers: [] } : undefined;
    case 'stranger':
      return { kind: 'unknown-leader', leader: leadership.leader };
    case 'none':
      return { kind: 'no-leader', answers: leadership.answers };
    case 'disputed':
      return { kind: 'two-leaders', answers: leadership.answers };
  }
}

/**
 * Invariant 1, told by what the cluster remembers: the leader that all name must have the sentinel of this roll.
 * New servers that formed a cluster of their own agree on a leader too, and know no old server.
 */
export function ownCluster(survey: Survey, intent: Intent): Refusal | undefined {
  const { raft } = survey;
  const known = raft?.sentinel === sentinelOf(intent) || raft?.sentinel === lastSentinelOf(intent);
  const stranger = raft === undefined || known ? undefined : raft.leader;
  return (
    oneLeader(survey) ?? (stranger === undefined ? undefined : { kind: 'unknown-leader', leader: stranger })
  );
}
