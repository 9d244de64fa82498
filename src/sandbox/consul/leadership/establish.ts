import { startAutopilot } from '../autopilot/autopilot.js';
import { type Group, isLeading, type Net, type Server, scheduleAfter } from '../state.js';
import { RECONCILE_INTERVAL_MS } from '../timings.js';
import { watchSessions } from './expire-sessions.js';
import { reconcileMember } from './reconcile.js';

/** The new leader's first entry is committed: it takes up a leader's duties. */
export function establishLeadership(net: Net, group: Group, leader: Server): void {
  group.established = true;
  startAutopilot(net, group, leader);
  watchSessions(net, group);
  reconcileEvery(net, group, leader, group.epoch);
}

/** Runs something at once and then at an interval, for as long as this leader leads. */
function reconcileEvery(net: Net, group: Group, leader: Server, epoch: number): void {
  if (group.epoch !== epoch) return;
  if (isLeading(leader)) {
    for (const member of leader.pool.members.values()) reconcileMember(net, group, leader, member);
  }
  scheduleAfter(net, RECONCILE_INTERVAL_MS, () => reconcileEvery(net, group, leader, epoch));
}
