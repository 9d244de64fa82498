import { decideAction } from '../../model/decision.js';
import { buildVersionDescription } from '../../model/intent.js';
import { asLaunchTemplate, findLaunchTemplate, type NextLaunchSource } from '../../model/launch-source.js';
import type { Observation } from '../../model/observation.js';
import type { NewLaunchSource } from './launch-source.js';

type NextOf<K extends NextLaunchSource['kind']> = Extract<NextLaunchSource, { readonly kind: K }>;

/** A launch template that the roll creates. */
export function newLaunchTemplate(to: NextOf<'launch-template'>): NewLaunchSource {
  const { name } = to;
  return {
    ...LAUNCH_TEMPLATE,
    deletedBy: 'delete-launch-template',
    // It may belong to another system: only its tags could tell.
    isNameTaken: ({ launchTemplate }) => launchTemplate !== undefined,
    buildQuery: (intent) => ({ id: undefined, name, description: buildVersionDescription(intent), afterVersion: 0 }),
    create: (input) => {
      const { previousLaunchSource: from, imageId } = input.intent;
      return decideAction(input, 'prepare', { kind: 'convert-launch-source', from, to, imageId }, 'only-image-differs');
    },
    remove: (input, phase) => {
      const { launchTemplate } = input.observation;
      if (launchTemplate?.rollVersion === undefined) return undefined;
      const { id } = launchTemplate;
      const remove = { kind: 'delete-launch-template', id, name: launchTemplate.name } as const;
      return decideAction(input, phase, remove, 'no-longer-launched');
    },
    // EC2 gives it an id when it is created.
    simulateCreate: (observation) => ({
      ...observation,
      launchTemplate: { id: '', name, defaultVersion: 1, latestVersion: 1, rollVersion: 1 },
    }),
  };
}

/** A version that the roll adds to the launch template of the old group. */
export function newLaunchTemplateVersion(next: NextOf<'launch-template-version'>): NewLaunchSource {
  return {
    ...LAUNCH_TEMPLATE,
    deletedBy: 'delete-launch-template-version',
    isNameTaken: (observation) => findVersion(observation) !== undefined,
    buildQuery: (intent) => {
      const { previousLaunchSource } = intent;
      const afterVersion = asLaunchTemplate(previousLaunchSource)?.resolved ?? 0;
      return {
        id: next.id,
        name: previousLaunchSource.name,
        description: buildVersionDescription(intent),
        afterVersion,
      };
    },
    create: (input) => {
      const { previousLaunchSource, imageId } = input.intent;
      const launchSource = asLaunchTemplate(previousLaunchSource);
      if (launchSource === undefined) throw new Error('a version needs a launch template to be one of');
      const create = { kind: 'create-launch-template-version', launchSource, imageId } as const;
      return decideAction(input, 'prepare', create, 'only-image-differs');
    },
    remove: (input, phase) => {
      const { launchTemplate } = input.observation;
      if (launchTemplate?.rollVersion === undefined) return undefined;
      const { id, name, defaultVersion, rollVersion: version } = launchTemplate;
      const previous = asLaunchTemplate(input.intent.previousLaunchSource);
      if (defaultVersion === version && previous !== undefined) {
        const restore = { kind: 'set-default-version', id, name, version: previous.defaultVersion } as const;
        return decideAction(input, phase, restore, 'default-version-kept');
      }
      const remove = { kind: 'delete-launch-template-version', id, name, version } as const;
      return decideAction(input, phase, remove, 'no-longer-launched');
    },
    simulateCreate: (observation) => {
      const { launchTemplate } = observation;
      const rollVersion = (launchTemplate?.latestVersion ?? 0) + 1;
      return {
        ...observation,
        launchTemplate: launchTemplate && { ...launchTemplate, rollVersion, latestVersion: rollVersion },
      };
    },
  };
}

/** What is the same for both. */
const LAUNCH_TEMPLATE = {
  resourceKind: 'launch-template',
  countsAgainstQuota: false,
  find: findVersion,
  isUsedBy: (group, launchTemplate) => {
    const own = findLaunchTemplate(group);
    if (launchTemplate?.rollVersion === undefined) return false;
    return own?.id === launchTemplate.id && own.resolved === launchTemplate.rollVersion;
  },
} as const satisfies Partial<NewLaunchSource>;

/** By number, because an alias may resolve to a version that the roll did not create. */
function findVersion({ launchTemplate }: Observation) {
  if (launchTemplate?.rollVersion === undefined) return undefined;
  const { id, name, rollVersion } = launchTemplate;
  return { kind: 'launch-template', id, name, version: String(rollVersion) } as const;
}
