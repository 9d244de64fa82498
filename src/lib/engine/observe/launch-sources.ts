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

/** Letters a launch template's name may have. */
const NOT_IN_NAMES = /[^a-zA-Z0-9().\-/_]/g;
const MAX_NAME_LENGTH = 128;

/** What a group is launched from, as a roll records it. The default version is known once it was looked at. */
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

/** What the new group shall be launched from: something of the same kind, unless another is asked for. */
export function chooseNextLaunchSource(
  old: PreviousLaunchSource,
  choice: LaunchSourceChoice,
  successor: string,
): NextLaunchSource {
  const kind = choice === 'auto' ? old.kind : choice;
  if (kind === 'launch-configuration') return { kind, name: successor };
  if (old.kind === 'launch-template') return { kind: 'launch-template-version', id: old.id };
  return { kind, name: successor.replace(NOT_IN_NAMES, '-').slice(-MAX_NAME_LENGTH) };
}

/** Launch configurations to look at for a roll. */
export function listLaunchConfigurations({
  previousLaunchSource,
  nextLaunchSource,
}: Intent): readonly string[] {
  return [previousLaunchSource, nextLaunchSource].flatMap((one) =>
    one.kind === 'launch-configuration' ? [one.name] : [],
  );
}

/** The launch template to look at for a roll: the one it adds a version to, or the one it makes. */
export function buildLaunchTemplateQuery(intent: Intent): LaunchTemplateQuery | undefined {
  const { previousLaunchSource, nextLaunchSource } = intent;
  const mark = buildVersionDescription(intent);
  if (nextLaunchSource.kind === 'launch-configuration') return undefined;
  if (nextLaunchSource.kind === 'launch-template')
    return { id: undefined, name: nextLaunchSource.name, description: mark, afterVersion: 0 };
  const after = previousLaunchSource.kind === 'launch-template' ? previousLaunchSource.resolved : 0;
  return { id: nextLaunchSource.id, name: previousLaunchSource.name, description: mark, afterVersion: after };
}
