import { after, isUp, MEMBER, type Member, type Net, type Pool, type Server } from '../state.js';
import { PROBE, REAP_AFTER_MS, SUSPICION_LEAST_MS, SUSPICION_MOST_FACTOR } from '../timings.js';
import { liveMembers, memberOf, setStatus } from './pool.js';

/** Neighbours must confirm a suspicion this often before it is believed soonest (suspicion multiplier less 2). */
const CONFIRMATIONS_WANTED = 2;

/** The neighbours of a server that no longer answers notice, suspect it, and in time call it failed. */
export function suspect(net: Net, server: Server): void {
  const { run } = server;
  const member = memberOf(server);
  if (member === undefined || member.status !== MEMBER.alive) return;
  const { sinceMs } = member;
  after(net, net.random.within(PROBE), () => {
    after(net, suspicionMs(server), () => {
      const unchanged = server.run === run && member.sinceMs === sinceMs && member.status === MEMBER.alive;
      if (!unchanged || isUp(server) || liveMembers(server.pool).length === 0) return;
      setStatus(net, server.pool, member, MEMBER.failed);
      reapInTime(net, server.pool, member);
    });
  });
}

/** A member that stays failed for three days is given up, whatever autopilot may do with it. */
function reapInTime(net: Net, pool: Pool, member: Member): void {
  const { sinceMs } = member;
  after(net, REAP_AFTER_MS, () => {
    if (member.status === MEMBER.failed && member.sinceMs === sinceMs)
      setStatus(net, pool, member, MEMBER.left);
  });
}

/** Memberlist's rule: fewer neighbours to confirm a suspicion make it last longer, up to six times. */
function suspicionMs(server: Server): number {
  const { members } = server.pool;
  const leastMs = SUSPICION_LEAST_MS * Math.max(1, Math.log10(Math.max(1, members.size)));
  const wanted = members.size - 2 < CONFIRMATIONS_WANTED ? 0 : CONFIRMATIONS_WANTED;
  if (wanted === 0) return leastMs;
  const confirmations = Math.min(wanted, Math.max(0, liveMembers(server.pool).length - 1));
  const share = Math.log(confirmations + 1) / Math.log(wanted + 1);
  return leastMs * (SUSPICION_MOST_FACTOR - share * (SUSPICION_MOST_FACTOR - 1));
}
