import { changeConfiguration, withVotes } from '../raft/membership.js';
import { after, type Group, isLeading, type Net, type Server } from '../state.js';
import { AUTOPILOT_INTERVAL_MS, HEALTH_INTERVAL_MS } from '../timings.js';
import { hasAutopilotState } from '../versions.js';
import { pruneDeadServers } from './dead-servers.js';
import { readHealth } from './health.js';

/**
 * Autopilot begins on a new leader: health every 2 s, promotion and pruning every 10 s. Up to 1.8 it begins with no
 * knowledge; later it looks at once, and every server has followed the others' health all along.
 */
export function startAutopilot(net: Net, group: Group, leader: Server): void {
  group.autopilotSinceMs = net.nowMs;
  if (!hasAutopilotState(leader.version)) group.health = [];
  else group.health = readHealth(net, group, leader);
  repeat(net, group, leader, HEALTH_INTERVAL_MS, () => {
    group.health = readHealth(net, group, leader);
  });
  repeat(net, group, leader, AUTOPILOT_INTERVAL_MS, () => {
    promoteStableServers(net, group, leader);
    pruneDeadServers(net, group, leader);
  });
}

function repeat(net: Net, group: Group, leader: Server, intervalMs: number, look: () => void): void {
  const { epoch } = group;
  after(net, intervalMs, () => {
    if (group.epoch !== epoch || leader.life === 'dead') return;
    if (isLeading(leader)) look();
    repeat(net, group, leader, intervalMs, look);
  });
}

function promoteStableServers(net: Net, group: Group, leader: Server): void {
  const stabilizationMs = stabilizationTimeMs(net, group, leader);
  const stable = group.health.filter(
    ({ voter, healthy, stableSinceMs }) =>
      !voter && healthy && stableSinceMs !== undefined && net.nowMs - stableSinceMs >= stabilizationMs,
  );
  if (stable.length === 0) return;
  changeConfiguration(net, group, withVotes(new Set(stable.map(({ id }) => id))), () =>
    pruneDeadServers(net, group, leader),
  );
}

/** From 1.9 on, a leader whose autopilot is younger than 110 % of the stabilisation time counts everyone as stable. */
function stabilizationTimeMs(net: Net, group: Group, leader: Server): number {
  const { serverStabilizationMs } = group.store.autopilot;
  const young = net.nowMs - group.autopilotSinceMs < 1.1 * serverStabilizationMs;
  return young && hasAutopilotState(leader.version) ? 0 : serverStabilizationMs;
}
