import type { Intent } from '../../model/intent.js';
import type { Observation } from '../../model/observation.js';
import { determineLeadership } from '../../model/raft.js';
import type { StopReason } from '../../model/stop-reason.js';
import { buildFinalSentinel, buildSentinel } from '../decide/record.js';

/**
 * Invariant 1: every member asked directly names one and the same leader, an instance of the cluster, and it answers
 * as one: they go on naming a leader for a second or two after it has died.
 */
export function requireSingleLeader(observation: Observation): StopReason | undefined {
  const leadership = determineLeadership(observation.servers);
  switch (leadership.kind) {
    case 'agreed':
      return observation.raft === undefined ? { kind: 'no-leader', answers: [] } : undefined;
    case 'unknown-leader':
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
export function requireOwnCluster(observation: Observation, intent: Intent): StopReason | undefined {
  const { raft } = observation;
  const known = raft?.sentinel === buildSentinel(intent) || raft?.sentinel === buildFinalSentinel(intent);
  const stranger = raft === undefined || known ? undefined : raft.leader;
  return (
    requireSingleLeader(observation) ??
    (stranger === undefined ? undefined : { kind: 'unknown-leader', leader: stranger })
  );
}
