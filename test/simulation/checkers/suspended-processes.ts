import type { GroupRecord } from '../../../src/sandbox/aws/records.js';
import type { Effect } from '../effect.js';
import { findLaunchedImage } from '../launches.js';
import type { Oracle } from '../oracle.js';
import type { SimulationEnd } from '../simulation-end.js';
import type { Checker } from './checker.js';

/** Processes with which a group replaces or terminates servers. */
const HEALING = ['AZRebalance', 'HealthCheck', 'ReplaceUnhealthy'] as const;

/**
 * suspended-until-restored: while both groups have servers, neither replaces any, and the one that shrinks launches
 * none. When the roll is over, a group has the same suspended processes as before.
 */
export function createSuspendedProcessesChecker(): Checker {
  return {
    invariant: 'suspended-until-restored',
    before: findEarlyResume,
    after: findUnsuspended,
    atEnd: findUnrestoredProcesses,
  };
}

function findEarlyResume(effect: Effect, oracle: Oracle): string | undefined {
  if (effect.kind !== 'leave') return undefined;
  const peer = oracle.peerAt(effect.address);
  const name = peer && oracle.serverOf(peer)?.nodeName;
  const group = name === undefined ? undefined : oracle.groupOf(name);
  if (group === undefined || group.suspended.has('Launch')) return undefined;
  // In place the group may launch servers of the side that stays.
  const own = oracle.state.instances.get(name ?? '')?.spec.image.imageId;
  if (oracle.inPlaceOnto !== undefined && findLaunchedImage(oracle.state, group) !== own) return undefined;
  return `${name} is asked to leave while ${group.name} would launch another`;
}

function findUnsuspended(oracle: Oracle): string | undefined {
  const [old, made] = [oracle.group('old'), oracle.group('new')];
  if (old === undefined || made === undefined || old.members.size === 0 || made.members.size === 0) return undefined;
  const isShared = oracle.inPlaceOnto !== undefined;
  if (isShared && (oracle.members('old').length === 0 || oracle.members('new').length === 0)) return undefined;
  return findResumedProcess(old) ?? findResumedProcess(made);
}

function findResumedProcess(group: GroupRecord): string | undefined {
  const running = HEALING.find((process) => !group.suspended.has(process));
  return running && `${running} runs on ${group.name} while both groups have servers`;
}

/** Checks the suspended processes only; the other settings are checked by everything-restored. */
function findUnrestoredProcesses(oracle: Oracle, ending: SimulationEnd): string | undefined {
  if (ending.outcome !== 'rolled' && ending.outcome !== 'rolled-back') return undefined;
  const group = oracle.group(ending.outcome === 'rolled' ? 'new' : 'old');
  if (group === undefined) return `the ${ending.outcome} cluster has no group`;
  const is = [...group.suspended.keys()].sort().join(' ');
  return is === ending.before.suspended
    ? undefined
    : `${group.name} ends with ${is || 'nothing'} suspended, and it was ${ending.before.suspended || 'nothing'}`;
}
