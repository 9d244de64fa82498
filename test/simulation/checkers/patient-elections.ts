import { computeMajority, type Oracle } from '../oracle.js';
import type { Checker } from './checker.js';

/** What an election may take: two timeouts until it begins, and five split votes of two each. */
const TIMEOUTS = 12;

/**
 * single-leader: a roll does not say that the quorum is at risk while running voters are still electing a leader. They
 * begin when there is no leader any more, a majority of them runs, and one of those has missed it.
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
  const running = voters.filter((peer) => oracle.isUp(peer));
  const hasMissedIt = running.some((peer) => oracle.serverOf(peer)?.leaderView === undefined);
  return hasMissedIt && running.length >= computeMajority(voters.length);
}

function findHaste({ nowMs, net }: Oracle, calmAtMs: number): string | undefined {
  const mayTakeMs = TIMEOUTS * net.raftMultiplier * 1_000;
  return nowMs - calmAtMs < mayTakeMs
    ? `the roll gave up ${(nowMs - calmAtMs) / 1_000} s into an election, which may take ${mayTakeMs / 1_000} s`
    : undefined;
}
