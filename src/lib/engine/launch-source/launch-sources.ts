import type { Decision, DecisionInput, Phase } from '../../model/decision.js';
import type { Group } from '../../model/group.js';
import type { Intent } from '../../model/intent.js';
import {
  asLaunchConfiguration,
  type GroupLaunchSource,
  type LaunchSource,
  type LaunchTemplateState,
  type NextLaunchSource,
  type PreviousLaunchSource,
} from '../../model/launch-source.js';
import type { Observation } from '../../model/observation.js';
import type { LaunchSourceChoice } from '../../model/plan.js';
import { newLaunchConfiguration } from './launch-configuration.js';
import type { NewLaunchSource } from './launch-source.js';
import { newLaunchTemplate, newLaunchTemplateVersion } from './launch-template.js';

/** Characters that the name of a launch template cannot have. */
const NOT_IN_NAMES = /[^a-zA-Z0-9().\-/_]/g;
const MAX_NAME_LENGTH = 128;

/** The launch source of a roll, which its intent names. */
export function launchSourceOf({ nextLaunchSource: next }: Pick<Intent, 'nextLaunchSource'>): NewLaunchSource {
  switch (next.kind) {
    case 'launch-configuration':
      return newLaunchConfiguration(next);
    case 'launch-template':
      return newLaunchTemplate(next);
    case 'launch-template-version':
      return newLaunchTemplateVersion(next);
  }
}

/** What new servers are launched from; undefined until the roll has created it. */
export function findNewLaunchSource(observation: Observation, intent: Intent): LaunchSource | undefined {
  return launchSourceOf(intent).find(observation);
}

/** In a rollback, deletes what new servers were launched from; undefined once it is deleted. */
export function removeNextLaunchSource(input: DecisionInput, phase: Phase): Decision | undefined {
  return launchSourceOf(input.intent).remove(input, phase);
}

/** The launch source of a group, as a roll records it. Its default version is unknown until it is observed. */
export function toPreviousLaunchSource(launchSource: GroupLaunchSource): PreviousLaunchSource {
  if (launchSource.kind === 'launch-configuration') return { kind: launchSource.kind, name: launchSource.name };
  const mixed = launchSource.kind === 'mixed';
  const { id, name, version, resolved = 0 } = mixed ? launchSource.launchTemplate : launchSource;
  return { kind: 'launch-template', id, name, version, resolved, defaultVersion: 0, mixed };
}

/** The new launch source of the intent, if it has a name that no roll of this id gives; undefined if it has not. */
export function findForeignLaunchSource({
  rollId,
  previousLaunchSource: previous,
  nextLaunchSource: next,
}: Intent): string | undefined {
  if (next.kind === 'launch-template-version') {
    const isOwn = previous.kind === 'launch-template' && previous.id === next.id;
    return isOwn ? undefined : `launch template ${next.id}`;
  }
  const isOwn = next.name.endsWith(`-${rollId}`) || next.name.endsWith(`-${rollId}-2`);
  return isOwn ? undefined : `${next.kind.replace('-', ' ')} ${next.name}`;
}

/** The launch source that the roll creates: of the same kind, unless another one is asked for. */
export function chooseNextLaunchSource(
  old: PreviousLaunchSource,
  choice: LaunchSourceChoice,
  name: string,
): NextLaunchSource {
  const kind = choice === 'auto' ? old.kind : choice;
  if (kind === 'launch-configuration') return { kind, name };
  if (old.kind === 'launch-template') return { kind: 'launch-template-version', id: old.id };
  return { kind, name: name.replace(NOT_IN_NAMES, '-').slice(-MAX_NAME_LENGTH) };
}

/** Names of the launch configurations of a roll, old and new. */
export function listLaunchConfigurations({ previousLaunchSource, nextLaunchSource }: Intent): readonly string[] {
  return [previousLaunchSource, nextLaunchSource].flatMap((one) => asLaunchConfiguration(one)?.name ?? []);
}

/** The launch configuration that the roll replaces, in its direction. */
export function replacedLaunchConfigurationOf(intent: Intent): string | undefined {
  const { direction, previousLaunchSource, nextLaunchSource } = intent;
  return asLaunchConfiguration(direction === 'rollback' ? nextLaunchSource : previousLaunchSource)?.name;
}

/** The launch source of a group after it is set to `to`; a mixed instances policy keeps its overrides. */
export function buildGroupLaunchSource(
  { launchSource }: Group,
  to: LaunchSource,
  state: LaunchTemplateState | undefined,
): GroupLaunchSource {
  if (to.kind === 'launch-configuration') return to;
  const launchTemplate = { ...to, resolved: resolveVersion(to.version, state) };
  return launchSource.kind === 'mixed' ? { ...launchSource, launchTemplate } : launchTemplate;
}

function resolveVersion(version: string, state: LaunchTemplateState | undefined): number | undefined {
  if (version === '$Latest') return state?.latestVersion;
  return version === '$Default' ? state?.defaultVersion : Number(version);
}
