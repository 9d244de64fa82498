import {
  isLeading,
  isUp,
  MEMBER_STATUS,
  type Member,
  type MemberStatus,
  type Net,
  type Pool,
  type Server,
  scheduleAfter,
} from '../state.js';
import { GOSSIP_DELAY } from '../timings.js';
import { bootstrapIfReady } from './bootstrap.js';

/** The pool of a server that has found no other. */
export function createPool(): Pool {
  return { members: new Map() };
}

/** A server takes its place in its pool, or comes back to it. */
export function joinPool(net: Net, server: Server): void {
  const known = server.pool.members.get(server.nodeName);
  if (known?.server === server) setMemberStatus(net, server.pool, known, MEMBER_STATUS.alive);
  else {
    const member: Member = { server, status: MEMBER_STATUS.alive, sinceMs: net.nowMs };
    server.pool.members.set(server.nodeName, member);
    tell(net, server.pool, member);
  }
}

/** One server has reached another: from now on the members of both pools know each other. */
export function mergePools(net: Net, joining: Pool, joined: Pool): void {
  if (joining === joined) return;
  for (const [name, member] of joining.members) {
    member.server.pool = joined;
    joined.members.set(name, member);
  }
  for (const member of [...joined.members.values()]) tell(net, joined, member);
}

/** Gossip learns a new state of a member. */
export function setMemberStatus(net: Net, pool: Pool, member: Member, status: MemberStatus): void {
  if (member.status === status) return;
  member.status = status;
  member.sinceMs = net.nowMs;
  tell(net, pool, member);
}

/** Gossip spreads a member's status: servers waiting to bootstrap check again, and the leader acts. */
function tell(net: Net, pool: Pool, member: Member): void {
  scheduleAfter(net, net.random.within(GOSSIP_DELAY), () => {
    for (const { server } of [...pool.members.values()]) {
      bootstrapIfReady(net, server);
      if (isLeading(server)) net.reactions.memberChanged(net, server, member);
    }
  });
}

/** The member a server is in its own pool. */
export function findMember(server: Server): Member | undefined {
  const member = server.pool.members.get(server.nodeName);
  return member?.server === server ? member : undefined;
}

/** How many of a pool are alive and answer. */
export function listAliveMembers(pool: Pool): Member[] {
  return [...pool.members.values()].filter(({ server, status }) => status === MEMBER_STATUS.alive && isUp(server));
}
