import { startAutopilot } from '../autopilot/autopilot.js';
import { after, type Group, isLeading, type Net, type Server } from '../state.js';
import { RECONCILE_INTERVAL_MS } from '../timings.js';
import { keepSessions } from './expire-sessions.js';
import { reconcile } from './reconcile.js';

/** The new leader's first entry is committed: it takes up a leader's duties. */
export function establish(net: Net, group: Group, leader: Server): void {
  group.established = true;
  startAutopilot(net, group, leader);
  keepSessions(net, group);
  reconcileEvery(net, group, leader, group.epoch);
}

/** Runs something at once and then at an interval, for as long as this leader leads. */
function reconcileEvery(net: Net, group: Group, leader: Server, epoch: number): void {
  if (group.epoch !== epoch) return;
  if (isLeading(leader)) {
    for (const member of leader.pool.members.values()) reconcile(net, group, leader, member);
  }
  after(net, RECONCILE_INTERVAL_MS, () => reconcileEvery(net, group, leader, epoch));
}
