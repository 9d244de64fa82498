import { listSubnets } from '../../../src/sandbox/aws/autoscaling/placement.js';
import type { Oracle } from '../oracle.js';
import { type Checker, OVER } from './checker.js';

/**
 * suspended-until-restored: Auto Scaling has nothing to do once the roll says that it is over. It terminates no voter in
 * the minutes after that.
 */
export function createCalmEndChecker(): Checker {
  let voters: readonly string[] = [];
  return {
    invariant: 'suspended-until-restored',
    ended: (end, oracle) => {
      voters = OVER.includes(end) ? listRunningVoters(oracle) : [];
      return undefined;
    },
    atEnd: (oracle) => {
      const gone = voters.find((instanceId) => !isRunning(oracle, instanceId));
      return gone && `Auto Scaling terminated the voter ${gone} after the roll had ended`;
    },
  };
}

/** Instances of voters. Without autopilot, Raft still counts those that were terminated before. */
function listRunningVoters(oracle: Oracle): string[] {
  const instanceIds = oracle.voters.flatMap((peer) => oracle.serverOf(peer)?.nodeName ?? []);
  return instanceIds.filter((instanceId) => isRunning(oracle, instanceId));
}

function isRunning({ state }: Oracle, instanceId: string): boolean {
  return state.instances.get(instanceId)?.state === 'running';
}

/**
 * everything-restored: where Auto Scaling balances zones, the servers are as balanced at the end as at the beginning, and
 * it moves none of them when its processes are resumed.
 */
export function createBalancedZonesChecker(): Checker {
  let wasSuspended = false;
  return {
    invariant: 'everything-restored',
    after: (oracle) => {
      const groups = [oracle.group('old'), oracle.group('new')];
      wasSuspended ||= groups.some((group) => group?.suspended.has('AZRebalance'));
      const moved = wasSuspended && groups.find((group) => group?.rebalancing);
      return moved ? `AZRebalance moves servers of ${moved.name} to other zones` : undefined;
    },
    ended: (end, oracle) => (OVER.includes(end) ? findUnevenZones(oracle) : undefined),
  };
}

function findUnevenZones(oracle: Oracle): string | undefined {
  for (const { name, suspended, members, fields } of oracle.state.groups.values()) {
    const counts = listSubnets(oracle.state, fields).map(
      ({ zone }) => [...members.values()].filter(({ instance }) => instance.subnet.zone === zone).length,
    );
    if (!suspended.has('AZRebalance') && Math.max(...counts) > Math.min(...counts) + 1)
      return `${name} ends with ${counts.join(', ')} servers in its zones`;
  }
  return undefined;
}
