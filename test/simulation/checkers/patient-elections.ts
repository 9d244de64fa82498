import type { RunEnd } from '../operator.js';
import { computeMajority, type Oracle } from '../oracle.js';
import type { Checker } from './checker.js';

/** What an election may take: two timeouts until it begins, and five split votes of two each. */
const TIMEOUTS = 12;

/** single-leader: a roll does not say that the quorum is at risk while running voters are still electing a leader. */
export function createPatientElectionsChecker(): Checker {
  let ledAtMs: number | undefined;
  return {
    invariant: 'single-leader',
    after: (oracle) => {
      if (oracle.leader !== undefined) ledAtMs = oracle.nowMs;
      return undefined;
    },
    ended: (end, oracle) => (isElecting(end, oracle) ? findHaste(oracle, ledAtMs) : undefined),
  };
}

function isElecting(end: RunEnd, oracle: Oracle): boolean {
  if (end !== 'quorum-at-risk' || oracle.leader !== undefined) return false;
  const voters = oracle.peers.filter(({ voter }) => voter);
  return voters.filter((peer) => oracle.isUp(peer)).length >= computeMajority(voters.length);
}

function findHaste({ nowMs, net }: Oracle, ledAtMs = 0): string | undefined {
  const mayTakeMs = TIMEOUTS * net.raftMultiplier * 1_000;
  return nowMs - ledAtMs < mayTakeMs
    ? `the roll gave up ${(nowMs - ledAtMs) / 1_000} s after the last leader, while an election may take ${mayTakeMs / 1_000} s`
    : undefined;
}
