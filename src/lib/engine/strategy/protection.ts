import { type Decision, type DecisionInput, decideAction, type Phase } from '../../model/decision.js';
import type { Group } from '../../model/group.js';
import type { ScaleInProtection } from '../../model/intent.js';
import type { Observation } from '../../model/observation.js';
import type { Server } from '../../model/server.js';

/** Of one call of AWS. */
const MAX_AT_ONCE = 50;
/** As many ids as fit into the value of a tag. No Consul cluster has more servers that differ from their group. */
const MAX_EXCEPTIONS = 12;

/** The protection of a group before a roll; undefined where a tag cannot hold it: then the roll leaves it as it is. */
export function readProtection(observation: Observation, group: Group): ScaleInProtection | undefined {
  const { protectsNewServers: newServers } = group;
  const exceptions = listServersInService(observation, group)
    .filter(({ protectedFromScaleIn }) => protectedFromScaleIn !== newServers)
    .map(({ instanceId }) => instanceId);
  return exceptions.length > MAX_EXCEPTIONS ? undefined : { newServers, exceptions };
}

/**
 * Protects every server of a group, and those that it launches: whatever its size is set to meanwhile, Auto Scaling
 * chooses none of them to terminate. Undefined once they are.
 */
export function protectServers(input: DecisionInput, phase: Phase, group: Group): Decision | undefined {
  const { observation, intent } = input;
  if (intent.original.protection === undefined) return undefined;
  const open = listServersInService(observation, group).filter(({ protectedFromScaleIn }) => !protectedFromScaleIn);
  if (group.protectsNewServers && open.length === 0) return undefined;
  const instanceIds = open.slice(0, MAX_AT_ONCE).map(({ instanceId }) => instanceId);
  return decideAction(input, phase, { kind: 'protect-servers', group: group.name, instanceIds }, 'no-scale-in');
}

/** Restores what `protectServers` changed; undefined once nothing is left to restore. */
export function restoreProtection(input: DecisionInput, phase: Phase, group: Group): Decision | undefined {
  const { observation, intent } = input;
  const { protection } = intent.original;
  if (protection === undefined) return undefined;
  const { newServers, exceptions } = protection;
  const open = listServersInService(observation, group).filter(
    ({ instanceId, protectedFromScaleIn }) => protectedFromScaleIn && newServers === exceptions.includes(instanceId),
  );
  if (group.protectsNewServers === newServers && open.length === 0) return undefined;
  const instanceIds = open.slice(0, MAX_AT_ONCE).map(({ instanceId }) => instanceId);
  const restore = { kind: 'restore-protection', group: group.name, newServers, instanceIds } as const;
  return decideAction(input, phase, restore, 'as-before');
}

/** AWS changes the protection of servers in service only. In place both sides are views of one group. */
function listServersInService(observation: Observation, { name }: Group): readonly Server[] {
  return observation.servers.filter(
    ({ side, lifecycle }) => lifecycle === 'InService' && observation[side]?.name === name,
  );
}
