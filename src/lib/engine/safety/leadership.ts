import type { SafetyInput } from '../../model/decision.js';
import { buildFinalSentinel, buildSentinel } from '../../model/intent.js';
import { determineLeadership } from '../../model/raft.js';
import type { StopReason } from '../../model/stop-reason.js';

/**
 * single-leader: a quorum of the voters names the same leader, which is an instance of the cluster and answers as the
 * leader, and no other member claims to lead. Members keep naming a leader for a second or two after it has died.
 */
export function requireSingleLeader({ observation }: SafetyInput): StopReason | undefined {
  const leadership = determineLeadership(observation);
  switch (leadership.kind) {
    case 'agreed':
      return undefined;
    case 'silent':
      return { kind: 'no-leader', answers: [] };
    case 'unknown-leader':
      return { kind: 'unknown-leader', leader: leadership.leader };
    case 'none':
      return { kind: 'no-leader', answers: leadership.answers };
    case 'disputed':
      return { kind: 'two-leaders', answers: leadership.answers };
  }
}

/**
 * single-leader: the leader has the sentinel of this roll. New servers that formed a cluster of their own agree on a
 * leader too, but their store does not have the key.
 */
export function requireOwnCluster(input: SafetyInput): StopReason | undefined {
  const { raft } = input.observation;
  const unknown = requireSingleLeader(input);
  if (unknown !== undefined || raft === undefined) return unknown;
  const sentinels = [buildSentinel(input.intent), buildFinalSentinel(input.intent)];
  if (raft.sentinel !== undefined && sentinels.includes(raft.sentinel)) return undefined;
  return { kind: 'unknown-leader', leader: raft.leader };
}
