import {
  getGossipName,
  isLeading,
  isUp,
  MEMBER_STATUS,
  type Member,
  type MemberStatus,
  type Net,
  type Pool,
  type Server,
  scheduleAfter,
  scheduleOnServer,
} from '../state.js';
import { GOSSIP_DELAY, REFUTE } from '../timings.js';
import { bootstrapIfReady } from './bootstrap.js';

/** The pool of a server that has found no other. */
export function createPool(): Pool {
  return { members: new Map() };
}

/** A server takes its place in its pool, or comes back to it. */
export function joinPool(net: Net, server: Server): void {
  const known = server.pool.members.get(getGossipName(server));
  if (known?.server === server) setMemberStatus(net, server.pool, known, MEMBER_STATUS.alive);
  else {
    const member: Member = { server, status: MEMBER_STATUS.alive, sinceMs: net.nowMs };
    server.pool.members.set(getGossipName(server), member);
    tell(net, server.pool, member);
  }
}

/** One server has reached another: from now on the members of both pools know each other. */
export function mergePools(net: Net, joining: Pool, joined: Pool): void {
  if (joining === joined) return;
  const sides = [[...joining.members.values()], [...joined.members.values()]];
  for (const [name, member] of joining.members) {
    member.server.pool = joined;
    joined.members.set(name, member);
  }
  // A leader acts on the members that it did not know.
  for (const side of sides) {
    for (const member of side)
      tell(net, joined, member, ({ server }) => !side.some((known) => known.server === server));
  }
}

/** Gossip learns a new state of a member. */
export function setMemberStatus(net: Net, pool: Pool, member: Member, status: MemberStatus): void {
  if (member.status === status) return;
  member.status = status;
  member.sinceMs = net.nowMs;
  tell(net, pool, member);
}

/** Gossip spreads a member's status: servers waiting to bootstrap check again, and a leader for which it is news acts. */
function tell(net: Net, pool: Pool, member: Member, isNews: (to: Member) => boolean = () => true): void {
  scheduleAfter(net, net.random.within(GOSSIP_DELAY), () => {
    for (const to of [...pool.members.values()]) {
      bootstrapIfReady(net, to.server);
      if (isLeading(to.server) && isNews(to)) net.reactions.memberChanged(net, to.server, member);
    }
  });
}

/** The member a server is in its own pool. */
export function findMember(server: Server): Member | undefined {
  const member = server.pool.members.get(getGossipName(server));
  return member?.server === server ? member : undefined;
}

/** Whether a live member of a pool that the server is not in has its name: every member refuses it then. */
export function isNameTaken(server: Server, pool: Pool): boolean {
  const member = pool.members.get(getGossipName(server));
  return member !== undefined && member.server !== server && member.status === MEMBER_STATUS.alive;
}

/**
 * A server that a pool refuses leaves. The name in its messages is that of a member, which the others take for failed
 * until that one hears of it.
 */
export function announceNamesakeLeft(net: Net, server: Server): void {
  const { refusedBy: pool } = server;
  const member = pool?.members.get(getGossipName(server));
  if (pool === undefined || member?.status !== MEMBER_STATUS.alive || !isUp(member.server)) return;
  // The leader knows of itself that it runs.
  if (isLeading(member.server)) return;
  setMemberStatus(net, pool, member, MEMBER_STATUS.failed);
  scheduleOnServer(net, member.server, net.random.within(REFUTE), () =>
    setMemberStatus(net, pool, member, MEMBER_STATUS.alive),
  );
}

/** How many of a pool are alive and answer. */
export function listAliveMembers(pool: Pool): Member[] {
  return [...pool.members.values()].filter(({ server, status }) => status === MEMBER_STATUS.alive && isUp(server));
}
