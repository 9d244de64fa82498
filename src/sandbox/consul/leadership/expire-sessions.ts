import { appendAndReplicate } from '../raft/replication.js';
import { findActingLeader, type Group, type Net, scheduleAfter } from '../state.js';
import { SESSION_TTL_FACTOR } from '../timings.js';

/** A new leader gives every session its whole time again. */
export function watchSessions(net: Net, group: Group): void {
  for (const session of group.store.sessions.values()) watchSession(net, group, session.id);
}

/** The leader ends a session that is not renewed within twice its TTL. */
export function watchSession(net: Net, group: Group, id: string): void {
  const session = group.store.sessions.get(id);
  if (session?.ttlMs === undefined) return;
  session.renewals++;
  const { renewals, ttlMs } = session;
  scheduleAfter(net, ttlMs * SESSION_TTL_FACTOR, () => {
    const leader = findActingLeader(group);
    if (leader === undefined || group.store.sessions.get(id)?.renewals !== renewals) return;
    const commit = (index: number): void => group.store.endSession(id, index, net.nowMs);
    appendAndReplicate(net, leader, { commit, abandon: () => {} });
  });
}
