import type { Chance } from '../chance.js';
import type { Oracle } from '../oracle.js';
import type { Fault, PlannedFault } from './fault.js';
import { canLose } from './target-servers.js';

/** How a server ends that was asked to leave, before Raft has let it go. */
export const LEAVE_ENDS = ['killed', 'dead', 'paused'] as const;

/** Draws faults of servers that leave, at one of the first leaves of a roll. */
export function planLeaveFaults(chance: Chance, count: number): PlannedFault[] {
  return Array.from({ length: count }, () => {
    const delayMs = chance.happens(0.3) ? 0 : chance.between(1, 8_000);
    const trigger = { kind: 'effect', named: 'leave', nth: chance.between(1, 5), delayMs } as const;
    return { trigger, fault: chance.pick(FAULTS)(chance) };
  });
}

const FAULTS: readonly ((chance: Chance) => Fault)[] = [
  (chance) => ({
    kind: 'end-in-leave',
    servers: chance.between(1, 4),
    how: chance.pick(LEAVE_ENDS),
    forMs: chance.between(5, 300) * 1_000,
  }),
  (chance) => ({ kind: 'leave-by-hand', whom: chance.pick(['old', 'new', 'any']) }),
  (chance) => ({ kind: 'ignored-leave', times: chance.between(1, 6) }),
  (chance) => ({
    kind: 'scaled-by-hand',
    side: 'old',
    by: chance.between(1, 2),
    backAfterMs: undefined,
    launches: true,
  }),
  (chance) => ({ kind: 'stale-reports', forMs: chance.between(5, 60) * 1_000 }),
];

/** Addresses of up to so many servers that were asked to leave and are still in Raft, if the cluster can lose all of them. */
export function listEndable(oracle: Oracle, count: number): string[] {
  const leaving = oracle.peers.filter((peer) => {
    const server = oracle.serverOf(peer);
    return server?.life === 'running' && server.leaving && canLose(oracle, peer);
  });
  return leaving.slice(0, count).map(({ host }) => host);
}
