import { pruneDeadServers } from '../autopilot/dead-servers.js';
import { reconcile } from '../leadership/reconcile.js';
import {
  after,
  isLeading,
  isUp,
  MEMBER,
  type Member,
  type MemberStatus,
  type Net,
  type Pool,
  type Server,
} from '../state.js';
import { GOSSIP_DELAY } from '../timings.js';
import { considerBootstrap } from './bootstrap.js';

/** A server that has found nobody yet. */
export function lonelyPool(): Pool {
  return { members: new Map() };
}

/** A server takes its place in its pool, or comes back to it. */
export function enter(net: Net, server: Server): void {
  const known = server.pool.members.get(server.nodeName);
  if (known?.server === server) setStatus(net, server.pool, known, MEMBER.alive);
  else {
    const member: Member = { server, status: MEMBER.alive, sinceMs: net.nowMs };
    server.pool.members.set(server.nodeName, member);
    tell(net, server.pool, member);
  }
}

/** One server has reached another: from now on all that either knew know each other. */
export function mergePools(net: Net, joining: Pool, joined: Pool): void {
  if (joining === joined) return;
  for (const [name, member] of joining.members) {
    member.server.pool = joined;
    joined.members.set(name, member);
  }
  for (const member of [...joined.members.values()]) tell(net, joined, member);
}

/** Gossip learns a new state of a member. */
export function setStatus(net: Net, pool: Pool, member: Member, status: MemberStatus): void {
  if (member.status === status) return;
  member.status = status;
  member.sinceMs = net.nowMs;
  tell(net, pool, member);
}

/** Word of a member gets round: servers that wait for company count again, and the leader acts. */
function tell(net: Net, pool: Pool, member: Member): void {
  after(net, net.random.within(GOSSIP_DELAY), () => {
    for (const { server } of [...pool.members.values()]) {
      considerBootstrap(net, server);
      if (isLeading(server)) act(net, server, member);
    }
  });
}

function act(net: Net, leader: Server, member: Member): void {
  const { group, pool } = leader;
  if (!group?.established || pool.members.get(member.server.nodeName) !== member) return;
  if (member.status === MEMBER.failed) pruneDeadServers(net, group, leader);
  reconcile(net, group, leader, member);
}

/** The member a server is in its own pool. */
export function memberOf(server: Server): Member | undefined {
  const member = server.pool.members.get(server.nodeName);
  return member?.server === server ? member : undefined;
}

/** How many of a pool are alive and answer. */
export function liveMembers(pool: Pool): Member[] {
  return [...pool.members.values()].filter(({ server, status }) => status === MEMBER.alive && isUp(server));
}
