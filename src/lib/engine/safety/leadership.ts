import type { ActionOf } from '../../model/action.js';
import type { SafetyInput } from '../../model/decision.js';
import { buildFinalSentinel, buildRecordKey, buildSentinel } from '../../model/intent.js';
import { determineLeadership } from '../../model/raft.js';
import { isSameRoll } from '../../model/record.js';
import { isConfirmed, isHealthyVoter } from '../../model/servers.js';
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
  if (raft.sentinel !== undefined && sentinels.includes(raft.sentinel)) return requireConfirmed(input);
  const { cluster, rollId } = input.intent;
  return { kind: 'state-lost', leader: raft.leader, cluster, rollId };
}

/**
 * no-acknowledged-write-lost: leadership is transferred to a healthy voter only that has passed every gate, its state
 * compared with the leader's included.
 */
export function requireProvedHeir(
  { observation, memory }: SafetyInput,
  { to, peerId }: ActionOf<'transfer-leadership'>,
): StopReason | undefined {
  const heir = observation.servers.find(({ instanceId, peer }) => instanceId === to && peer?.id === peerId);
  if (heir === undefined) return { kind: 'not-owned', resource: to };
  const isProved = memory.passedGates.includes(to) && !memory.regressed.includes(to);
  return isProved && isHealthyVoter(observation, heir) ? undefined : { kind: 'unproved-heir', instanceId: to };
}

/** only-our-own: the cluster's own store has the record of this roll. Tags alone do not make a roll. */
export function requireConfirmed({ observation, intent }: SafetyInput): StopReason | undefined {
  return isConfirmed(observation, intent) ? undefined : { kind: 'unconfirmed', rollId: intent.rollId };
}

/** only-our-own: the store has no record of another roll. */
export function requireOwnRecord({ observation: { raft, cluster }, intent }: SafetyInput): StopReason | undefined {
  const record = raft?.record;
  const isOther = record !== undefined && record !== 'damaged' && !isSameRoll(record.intent, intent);
  return isOther ? { kind: 'not-owned', resource: buildRecordKey(cluster) } : undefined;
}
