import type { Action, ActionKind, ActionOf } from '../../model/action.js';
import type { SafetyInput } from '../../model/decision.js';
import type { StopReason } from '../../model/stop-reason.js';
import {
  requireEmptyGroup,
  requireImageOfRoll,
  requireLaunchBudget,
  requireNoneInExcess,
  requireNoScaleIn,
  requireNoTerminationChoice,
  requireOnlyNewServers,
  requireOwnGroup,
  requireProcessesSuspended,
  requireResumable,
  requireSettled,
} from './groups.js';
import {
  requireAllowedDefaultVersion,
  requireAllowedLaunchSource,
  requireNotOnAlias,
  requireRemovableLaunchConfiguration,
  requireRemovableLaunchTemplate,
  requireRemovableVersion,
  requireSourceOfOldGroup,
} from './launch-sources.js';
import {
  requireConfirmed,
  requireOwnCluster,
  requireOwnRecord,
  requireProvedHeir,
  requireSingleLeader,
} from './leadership.js';
import {
  requireCanLeave,
  requireCanTerminate,
  requireNoPendingMembershipChange,
  requireOwnClusterUnlessFounder,
  requireOwnTerminations,
  requireRemovableOrphanPeer,
  requireReplacements,
} from './removal.js';

/** Returns why an action is not safe now; undefined where it is. */
type Guard<K extends ActionKind> = (input: SafetyInput, action: ActionOf<K>) => StopReason | undefined;

/** The guards of an action, asked in this order; or why it needs none. */
type SafetyRule<K extends ActionKind> =
  | { readonly guards: readonly [Guard<K>, ...Guard<K>[]] }
  | { readonly harmless: string };

export const SAFETY_RULES = {
  'save-snapshot': { harmless: 'it reads from Consul and writes a local file' },
  'write-record': { guards: [requireOwnRecord] },
  'delete-record': { guards: [requireOwnRecord] },
  'write-intent': { guards: [requireOwnGroup] },
  'suspend-processes': { guards: [requireOwnGroup] },
  'protect-servers': { guards: [requireOwnGroup] },
  'restore-protection': { guards: [requireOwnGroup, requireNoneInExcess] },
  'create-launch-configuration': { guards: [requireConfirmed, requireSourceOfOldGroup] },
  'create-launch-template-version': { guards: [requireConfirmed, requireSourceOfOldGroup, requireNotOnAlias] },
  'convert-launch-source': { guards: [requireConfirmed, requireSourceOfOldGroup] },
  'create-group': { guards: [requireConfirmed] },
  'set-launch-source': { guards: [requireOwnGroup, requireAllowedLaunchSource] },
  'set-default-version': { guards: [requireConfirmed, requireAllowedDefaultVersion] },
  'write-sentinel': { guards: [requireConfirmed] },
  'set-max-size': { guards: [requireOwnGroup] },
  'set-min-size': { guards: [requireOwnGroup] },
  'scale-out': {
    guards: [requireSingleLeader, requireOwnGroup, requireImageOfRoll, requireNoScaleIn, requireLaunchBudget],
  },
  'lower-desired': { guards: [requireOwnGroup, requireNoTerminationChoice] },
  'restore-size': { guards: [requireOwnGroup, requireNoScaleIn] },
  register: { guards: [requireConfirmed] },
  deregister: { guards: [requireOwnCluster, requireProcessesSuspended, requireReplacements] },
  'transfer-leadership': { guards: [requireOwnCluster, requireNoPendingMembershipChange, requireProvedHeir] },
  leave: { guards: [requireOwnCluster, requireProcessesSuspended, requireCanLeave] },
  'remove-peer': { guards: [requireOwnCluster, requireRemovableOrphanPeer] },
  'forget-member': { guards: [requireConfirmed] },
  terminate: { guards: [requireOwnClusterUnlessFounder, requireProcessesSuspended, requireCanTerminate] },
  'complete-lifecycle-hooks': { guards: [requireOwnGroup, requireOwnTerminations] },
  'attach-load-balancers': { guards: [requireOwnGroup] },
  'copy-warm-pool': { guards: [requireOwnGroup] },
  'delete-warm-pool': { guards: [requireEmptyGroup] },
  'delete-group': { guards: [requireEmptyGroup] },
  'delete-launch-configuration': { guards: [requireConfirmed, requireRemovableLaunchConfiguration] },
  'delete-launch-template-version': { guards: [requireConfirmed, requireRemovableVersion] },
  'delete-launch-template': { guards: [requireConfirmed, requireRemovableLaunchTemplate] },
  'set-instance-health': { guards: [requireConfirmed] },
  'resume-processes': { guards: [requireOwnGroup, requireResumable, requireSettled] },
  'delete-sentinel': { guards: [requireConfirmed] },
  'clear-record': { guards: [requireOwnGroup] },
  'complete-in-place': { guards: [requireOwnGroup, requireOnlyNewServers] },
  'turn-forward': { guards: [requireConfirmed] },
  'start-rollback': { guards: [requireConfirmed] },
} satisfies { readonly [K in ActionKind]: SafetyRule<K> };

/**
 * Checks one action against an observation that was taken for this purpose, immediately before the effect. It does not
 * know why `decide` chose the action, only what must never happen.
 *
 * @returns why the action must not be taken now; undefined where it is safe
 */
export function checkSafety(input: SafetyInput, action: Action): StopReason | undefined {
  // Each entry takes the action of its own kind.
  const rule = SAFETY_RULES[action.kind] as SafetyRule<ActionKind>;
  if ('harmless' in rule) return undefined;
  for (const guard of rule.guards) {
    const reason = guard(input, action);
    if (reason !== undefined) return reason;
  }
  return undefined;
}
