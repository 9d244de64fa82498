import { computeMajority, type Oracle } from '../oracle.js';
import type { Checker } from './checker.js';

/** What an election may take: two timeouts until it begins, and five split votes of two each. */
const TIMEOUTS = 12;

/**
 * single-leader: a roll does not say that the quorum is at risk while running voters are still electing a leader. They
 * begin when there is no leader any more, and a majority of them runs.
 */
export function createPatientElectionsChecker(): Checker {
  let calmAtMs = 0;
  return {
    invariant: 'single-leader',
    after: (oracle) => {
      if (!isElecting(oracle)) calmAtMs = oracle.nowMs;
      return undefined;
    },
    ended: (end, oracle) => (end === 'quorum-at-risk' && isElecting(oracle) ? findHaste(oracle, calmAtMs) : undefined),
  };
}

function isElecting(oracle: Oracle): boolean {
  if (oracle.leader !== undefined) return false;
  const { voters } = oracle;
  return voters.filter((peer) => oracle.isUp(peer)).length >= computeMajority(voters.length);
}

function findHaste({ nowMs, net }: Oracle, calmAtMs: number): string | undefined {
  const mayTakeMs = TIMEOUTS * net.raftMultiplier * 1_000;
  return nowMs - calmAtMs < mayTakeMs
    ? `the roll gave up ${(nowMs - calmAtMs) / 1_000} s into an election, which may take ${mayTakeMs / 1_000} s`
    : undefined;
}
