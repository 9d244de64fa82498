import type { Decision, DecisionInput, Phase } from '../../model/decision.js';
import type { Intent } from '../../model/intent.js';
import type { LaunchSource } from '../../model/launch-source.js';
import type { Observation } from '../../model/observation.js';
import { decideAction } from '../decide/decisions.js';

/** What the new group is launched from; undefined as long as it has not been made. */
export function findNewLaunchSource(
  observation: Observation,
  { nextLaunchSource: wanted }: Intent,
): LaunchSource | undefined {
  if (wanted.kind === 'launch-configuration')
    return observation.launchConfigurations.includes(wanted.name) ? wanted : undefined;
  const { launchTemplate: seen } = observation;
  // By number, so that nobody else's version can get between.
  return seen?.rollVersion === undefined
    ? undefined
    : { kind: 'launch-template', id: seen.id, name: seen.name, version: String(seen.rollVersion) };
}

/** Makes what the new group is launched from, in the way that the intent says. */
export function createNextLaunchSource(input: DecisionInput): Decision {
  const { intent } = input;
  const { previousLaunchSource: from, nextLaunchSource: to, imageId } = intent;
  if (to.kind === 'launch-template-version' && from.kind === 'launch-template') {
    const create = { kind: 'create-launch-template-version', launchSource: from, imageId } as const;
    return decideAction(input, 'prepare', create, { kind: 'only-image-differs' });
  }
  if (to.kind === 'launch-configuration' && from.kind === 'launch-configuration') {
    const create = { kind: 'create-launch-configuration', from: from.name, name: to.name, imageId } as const;
    return decideAction(input, 'prepare', create, { kind: 'only-image-differs' });
  }
  if (to.kind === 'launch-template-version') throw new Error('a version needs a launch template to be one of');
  const convert = { kind: 'convert-launch-source', from, to, imageId } as const;
  return decideAction(input, 'prepare', convert, { kind: 'only-image-differs' });
}

/** On the way back: what was made for the new group goes after it; undefined once it has. */
export function removeNextLaunchSource(input: DecisionInput, phase: Phase): Decision | undefined {
  const { observation, intent } = input;
  const { nextLaunchSource: made, previousLaunchSource } = intent;
  if (made.kind === 'launch-configuration') return removeLaunchConfiguration(input, phase, made.name);
  const { launchTemplate: seen } = observation;
  if (seen?.rollVersion === undefined) return undefined;
  const { id, name, rollVersion: version } = seen;
  if (made.kind === 'launch-template') {
    return decideAction(input, phase, { kind: 'delete-launch-template', id, name }, { kind: 'no-longer-launched' });
  }
  if (seen.defaultVersion === version && previousLaunchSource.kind === 'launch-template') {
    const was = {
      kind: 'set-default-version',
      id,
      name,
      version: previousLaunchSource.defaultVersion,
    } as const;
    return decideAction(input, phase, was, { kind: 'default-version-kept' });
  }
  return decideAction(
    input,
    phase,
    { kind: 'delete-launch-template-version', id, name, version },
    { kind: 'no-longer-launched' },
  );
}

/** A launch configuration that is there goes, unless AWS said that somebody else uses it. */
export function removeLaunchConfiguration(input: DecisionInput, phase: Phase, name: string): Decision | undefined {
  const { observation, memory } = input;
  if (!observation.launchConfigurations.includes(name) || memory.launchConfigurationsInUse.includes(name))
    return undefined;
  return decideAction(input, phase, { kind: 'delete-launch-configuration', name }, { kind: 'no-longer-launched' });
}
