import { changeConfiguration, promoteToVoters } from '../raft/membership.js';
import { type Group, isLeading, type Net, type Server, scheduleAfter } from '../state.js';
import { AUTOPILOT_INTERVAL_MS, HEALTH_INTERVAL_MS } from '../timings.js';
import { hasAutopilotState, servesHealthAsFollower } from '../versions.js';
import { pruneDeadServers } from './dead-servers.js';
import { readHealth } from './health.js';

/**
 * Autopilot begins on a new leader: health every 2 s, promotion and pruning every 10 s. Up to 1.8 it begins with no
 * knowledge, and up to 1.11 with one check; later every server has watched the others all along.
 */
export function startAutopilot(net: Net, group: Group, leader: Server): void {
  const watched = servesHealthAsFollower(leader.version);
  if (!watched) {
    group.autopilotSinceMs = net.nowMs;
    group.health = [];
  }
  const checkHealth = (): void => {
    group.health = readHealth(net, group, leader);
  };
  if (group.health.length === 0 && hasAutopilotState(leader.version)) checkHealth();
  repeat(net, group, leader, HEALTH_INTERVAL_MS, HEALTH_INTERVAL_MS, checkHealth);
  const firstPassMs = AUTOPILOT_INTERVAL_MS * (watched ? net.random.next() : 1);
  repeat(net, group, leader, firstPassMs, AUTOPILOT_INTERVAL_MS, () => {
    promoteStableServers(net, group, leader);
    pruneDeadServers(net, group, leader);
  });
}

function repeat(net: Net, group: Group, leader: Server, firstMs: number, intervalMs: number, pass: () => void): void {
  const { epoch } = group;
  const turn = (): void => {
    if (group.epoch !== epoch || leader.life === 'dead') return;
    if (isLeading(leader)) pass();
    scheduleAfter(net, intervalMs, turn);
  };
  scheduleAfter(net, firstMs, turn);
}

function promoteStableServers(net: Net, group: Group, leader: Server): void {
  const stabilizationMs = stabilizationTimeMs(net, group, leader);
  const stable = group.health.filter(
    ({ voter, healthy, stableSinceMs }) =>
      !voter && healthy && stableSinceMs !== undefined && net.nowMs - stableSinceMs >= stabilizationMs,
  );
  if (stable.length === 0) return;
  changeConfiguration(net, group, promoteToVoters(new Set(stable.map(({ id }) => id))), {
    done: () => pruneDeadServers(net, group, leader),
    abandon: () => {},
  });
}

/** From 1.9 on, an autopilot that has not watched for the stabilisation time itself counts everyone as stable. */
function stabilizationTimeMs(net: Net, group: Group, leader: Server): number {
  const { serverStabilizationMs } = group.store.autopilot;
  if (!hasAutopilotState(leader.version)) return serverStabilizationMs;
  const sinceMs = servesHealthAsFollower(leader.version) ? leader.startedMs : group.autopilotSinceMs;
  return net.nowMs - sinceMs > serverStabilizationMs ? serverStabilizationMs : 0;
}
