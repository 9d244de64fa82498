import type { Action } from '../../model/action.js';
import type { Intent } from '../../model/intent.js';
import type { NextLaunchSource, PreviousLaunchSource } from '../../model/launch-source.js';
import type { Observation } from '../../model/observation.js';
import type { StopReason } from '../../model/stop-reason.js';
import {
  findLaunchSources,
  requireEmptyGroup,
  requireNoScaleIn,
  requireNoTerminationChoice,
  requireOnlyNewServers,
  requireOwned,
  requireOwnGroup,
  requireProcessesSuspended,
  requireResumable,
} from './groups.js';
import {
  requireAllowedDefaultVersion,
  requireAllowedLaunchSource,
  requireNotOnAlias,
  requireRemovableLaunchTemplate,
  requireRemovableVersion,
} from './launch-sources.js';
import { requireOwnCluster, requireSingleLeader } from './leadership.js';
import {
  requireCanLeave,
  requireCanTerminate,
  requireNoPendingMembershipChange,
  requireRemovableOrphanPeer,
  requireReplacements,
} from './removal.js';

/**
 * The second look at a step, immediately before it is taken, against a survey taken for that purpose. It knows
 * nothing of why `decide` chose the step; it only knows what must never happen. Undefined when the step is safe.
 */
export function checkSafety(
  observation: Observation,
  intent: Intent,
  action: Action,
): StopReason | undefined {
  switch (action.kind) {
    case 'deregister':
      return (
        requireOwnCluster(observation, intent) ?? requireReplacements(observation, intent, action.instanceId)
      );
    case 'leave':
      return (
        requireOwnCluster(observation, intent) ??
        requireProcessesSuspended(observation, intent) ??
        requireCanLeave(observation, intent, action.instanceId)
      );
    case 'transfer-leadership':
      return requireSingleLeader(observation) ?? requireNoPendingMembershipChange(observation, undefined);
    case 'terminate':
      return (
        requireOwnCluster(observation, intent) ??
        requireProcessesSuspended(observation, intent) ??
        requireCanTerminate(observation, action.instanceId)
      );
    case 'remove-peer':
      return (
        requireOwnCluster(observation, intent) ??
        requireRemovableOrphanPeer(observation, action.peerId, action.node)
      );
    case 'delete-group':
      return requireEmptyGroup(observation, intent, action.group);
    case 'delete-warm-pool':
      return requireEmptyGroup(observation, intent, action.group);
    case 'delete-launch-configuration':
      return requireOwned(action.name, [findLaunchConfigurationName(findLaunchSources(intent).unwanted)]);
    case 'set-launch-source':
      return requireOwnGroup(intent, action.group) ?? requireAllowedLaunchSource(observation, intent, action);
    case 'lower-desired':
      return (
        requireOwnGroup(intent, action.group) ??
        requireNoTerminationChoice(observation, action.group, action.to)
      );
    case 'complete-in-place':
      return requireOwnGroup(intent, action.group) ?? requireOnlyNewServers(observation, action.group);
    case 'create-launch-template-version':
      return requireNotOnAlias(observation);
    case 'set-default-version':
      return requireAllowedDefaultVersion(observation, intent, action);
    case 'delete-launch-template-version':
      return requireRemovableVersion(observation, intent, action);
    case 'delete-launch-template':
      return requireRemovableLaunchTemplate(observation, intent, action);
    case 'scale-out':
      return (
        requireSingleLeader(observation) ??
        requireOwnGroup(intent, action.group) ??
        requireNoScaleIn(observation, action.group, action.to)
      );
    case 'restore-size':
      return (
        requireOwnGroup(intent, action.group) ??
        requireNoScaleIn(observation, action.group, action.sizes.desired)
      );
    case 'resume-processes':
      return (
        requireOwnGroup(intent, action.group) ??
        requireResumable(observation, intent, action.group, action.processes)
      );
    default:
      return 'group' in action ? requireOwnGroup(intent, action.group) : undefined;
  }
}

/** Undefined for a launch template: this action deletes none. */
function findLaunchConfigurationName(template: PreviousLaunchSource | NextLaunchSource): string | undefined {
  return template.kind === 'launch-configuration' ? template.name : undefined;
}
