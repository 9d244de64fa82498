import { isUp, MEMBER_STATUS, type Member, type Net, type Pool, type Server, scheduleAfter } from '../state.js';
import { PROBE, REAP_AFTER_MS, SUSPICION_MAX_FACTOR, SUSPICION_MIN_MS } from '../timings.js';
import { findMember, listAliveMembers, setMemberStatus } from './pool.js';

/** Neighbours must confirm a suspicion this often before it is believed soonest (suspicion multiplier less 2). */
const CONFIRMATIONS_WANTED = 2;

/** The neighbours of a server that no longer answers notice, suspect it, and in time call it failed. */
export function startSuspicion(net: Net, server: Server): void {
  const { run } = server;
  const member = findMember(server);
  if (member === undefined || member.status !== MEMBER_STATUS.alive) return;
  const { sinceMs } = member;
  scheduleAfter(net, net.random.within(PROBE), () => {
    scheduleAfter(net, suspicionMs(server), () => {
      const unchanged = server.run === run && member.sinceMs === sinceMs && member.status === MEMBER_STATUS.alive;
      if (!unchanged || isUp(server) || listAliveMembers(server.pool).length === 0) return;
      setMemberStatus(net, server.pool, member, MEMBER_STATUS.failed);
      reapInTime(net, server.pool, member);
    });
  });
}

/** A member that stays failed for three days is removed, even if autopilot does not remove it. */
function reapInTime(net: Net, pool: Pool, member: Member): void {
  const { sinceMs } = member;
  scheduleAfter(net, REAP_AFTER_MS, () => {
    if (member.status === MEMBER_STATUS.failed && member.sinceMs === sinceMs)
      setMemberStatus(net, pool, member, MEMBER_STATUS.left);
  });
}

/** Memberlist's rule: fewer neighbours to confirm a suspicion make it last longer, up to six times. */
function suspicionMs(server: Server): number {
  const { members } = server.pool;
  const leastMs = SUSPICION_MIN_MS * Math.max(1, Math.log10(Math.max(1, members.size)));
  const wanted = members.size - 2 < CONFIRMATIONS_WANTED ? 0 : CONFIRMATIONS_WANTED;
  if (wanted === 0) return leastMs;
  const confirmations = Math.min(wanted, Math.max(0, listAliveMembers(server.pool).length - 1));
  const share = Math.log(confirmations + 1) / Math.log(wanted + 1);
  return leastMs * (SUSPICION_MAX_FACTOR - share * (SUSPICION_MAX_FACTOR - 1));
}
