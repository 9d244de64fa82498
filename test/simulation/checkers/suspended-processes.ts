import type { GroupRecord } from '../../../src/sandbox/aws/records.js';
import type { Effect } from '../effect.js';
import type { Ending } from '../ending.js';
import { findLaunchedImage } from '../launches.js';
import type { Oracle } from '../oracle.js';
import type { Checker } from './checker.js';

/** What a group does about its servers by itself. */
const HEALING = ['AZRebalance', 'HealthCheck', 'ReplaceUnhealthy'] as const;

/**
 * suspended-until-restored: while both groups have servers neither acts on its own, and the one that shrinks launches nothing. When the
 * roll is over, no group is left suspended that was not.
 */
export function createSuspendedProcessesChecker(): Checker {
  return {
    invariant: 'suspended-until-restored',
    before: findEarlyResume,
    after: findUnsuspended,
    atEnd: findUnrestoredProcesses,
  };
}

function findEarlyResume(effect: Effect, truth: Oracle): string | undefined {
  if (effect.kind !== 'leave') return undefined;
  const peer = truth.peerAt(effect.address);
  const name = peer && truth.serverOf(peer)?.nodeName;
  const group = name === undefined ? undefined : truth.groupOf(name);
  if (group === undefined || group.suspended.has('Launch')) return undefined;
  // In place it may launch servers of the side that stays.
  const own = truth.state.instances.get(name ?? '')?.spec.image.imageId;
  if (truth.inPlaceOnto !== undefined && findLaunchedImage(truth.state, group) !== own) return undefined;
  return `${name} is asked to leave while ${group.name} would launch another`;
}

function findUnsuspended(truth: Oracle): string | undefined {
  const [old, made] = [truth.group('old'), truth.group('new')];
  if (old === undefined || made === undefined || old.members.size === 0 || made.members.size === 0) return undefined;
  const isShared = truth.inPlaceOnto !== undefined;
  if (isShared && (truth.members('old').length === 0 || truth.members('new').length === 0)) return undefined;
  return findResumedProcess(old) ?? findResumedProcess(made);
}

function findResumedProcess(group: GroupRecord): string | undefined {
  const running = HEALING.find((process) => !group.suspended.has(process));
  return running && `${running} runs on ${group.name} while both groups have servers`;
}

/** Sizes and the rest are compared with the account before (everything-restored); this is about who is left frozen. */
function findUnrestoredProcesses(truth: Oracle, ending: Ending): string | undefined {
  if (ending.outcome !== 'rolled' && ending.outcome !== 'rolled-back') return undefined;
  const group = truth.group(ending.outcome === 'rolled' ? 'new' : 'old');
  if (group === undefined) return `the ${ending.outcome} cluster has no group`;
  const is = [...group.suspended.keys()].sort().join(' ');
  return is === ending.before.suspended
    ? undefined
    : `${group.name} ends with ${is || 'nothing'} suspended, and it was ${ending.before.suspended || 'nothing'}`;
}
