import type { Intent } from '../../model/intent.js';
import { buildVersionDescription } from '../../model/intent.js';
import {
  findLaunchTemplate,
  type GroupLaunchSource,
  type NextLaunchSource,
  type PreviousLaunchSource,
} from '../../model/launch-source.js';
import type { LaunchSourceChoice } from '../../model/plan.js';
import type { LaunchTemplateQuery } from '../../ports.js';

/** Characters that a launch template's name cannot have. */
const NOT_IN_NAMES = /[^a-zA-Z0-9().\-/_]/g;
const MAX_NAME_LENGTH = 128;

/** A group's launch source, as a roll records it. Its default version is unknown until it is observed. */
export function toPreviousLaunchSource(launchSource: GroupLaunchSource): PreviousLaunchSource {
  const launchTemplate = findLaunchTemplate(launchSource);
  if (launchTemplate === undefined || launchSource.kind === 'launch-configuration') {
    return {
      kind: 'launch-configuration',
      name: launchSource.kind === 'launch-configuration' ? launchSource.name : '',
    };
  }
  const { id, name, version, resolved = 0 } = launchTemplate;
  return {
    kind: 'launch-template',
    id,
    name,
    version,
    resolved,
    defaultVersion: 0,
    mixed: launchSource.kind === 'mixed',
  };
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

/** Names of a roll's launch configurations, old and new. */
export function listLaunchConfigurations({ previousLaunchSource, nextLaunchSource }: Intent): readonly string[] {
  return [previousLaunchSource, nextLaunchSource].flatMap((one) =>
    one.kind === 'launch-configuration' ? [one.name] : [],
  );
}

/** The launch template that the roll adds a version to, or creates. */
export function buildLaunchTemplateQuery(intent: Intent): LaunchTemplateQuery | undefined {
  const { previousLaunchSource, nextLaunchSource } = intent;
  const description = buildVersionDescription(intent);
  if (nextLaunchSource.kind === 'launch-configuration') return undefined;
  if (nextLaunchSource.kind === 'launch-template')
    return { id: undefined, name: nextLaunchSource.name, description, afterVersion: 0 };
  const after = previousLaunchSource.kind === 'launch-template' ? previousLaunchSource.resolved : 0;
  return { id: nextLaunchSource.id, name: previousLaunchSource.name, description, afterVersion: after };
}
