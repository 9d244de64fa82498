import { type Decision, type DecisionInput, decideAction, type Phase } from '../../model/decision.js';
import { asLaunchConfiguration, type LaunchConfigurationRef, launchesFrom } from '../../model/launch-source.js';
import type { NewLaunchSource } from './launch-source.js';

/** A launch configuration that the roll creates. */
export function newLaunchConfiguration(next: LaunchConfigurationRef): NewLaunchSource {
  const { name } = next;
  return {
    resourceKind: 'launch-configuration',
    countsAgainstQuota: true,
    deletedBy: 'delete-launch-configuration',
    find: ({ launchConfigurations }) => (launchConfigurations.includes(name) ? next : undefined),
    isNameTaken: ({ launchConfigurations }) => launchConfigurations.includes(name),
    isUsedBy: (group) => launchesFrom(group, next),
    buildQuery: () => undefined,
    create: (input) => {
      const { previousLaunchSource: from, imageId } = input.intent;
      const original = asLaunchConfiguration(from);
      const action =
        original === undefined
          ? ({ kind: 'convert-launch-source', from, to: next, imageId } as const)
          : ({ kind: 'create-launch-configuration', from: original.name, name, imageId } as const);
      return decideAction(input, 'prepare', action, 'only-image-differs');
    },
    remove: (input, phase) => removeLaunchConfiguration(input, phase, name),
    simulateCreate: (observation) => ({
      ...observation,
      launchConfigurations: [...observation.launchConfigurations, name],
    }),
  };
}

/** After a roll, deletes the old launch configuration. A version of a launch template stays, as part of its history. */
export function removeOldLaunchConfiguration(input: DecisionInput): Decision | undefined {
  const { previousLaunchSource, keepOld } = input.intent;
  const old = asLaunchConfiguration(previousLaunchSource);
  return keepOld || old === undefined ? undefined : removeLaunchConfiguration(input, 'finish', old.name);
}

/** Deletes a launch configuration, unless it is gone or AWS said that another group uses it. */
function removeLaunchConfiguration(input: DecisionInput, phase: Phase, name: string): Decision | undefined {
  const { observation, memory } = input;
  if (!observation.launchConfigurations.includes(name) || memory.launchConfigurationsInUse.includes(name))
    return undefined;
  return decideAction(input, phase, { kind: 'delete-launch-configuration', name }, 'no-longer-launched');
}
