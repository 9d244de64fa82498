import type { LaunchSourceKind } from '../../model/cluster-spec.js';
import { findLaunchTemplate, listOverrides } from '../../model/launch-source.js';
import { launchSourceOf } from '../launch-source/launch-sources.js';
import { findExtendedTemplate } from '../launch-source/version-alias.js';
import { strategyOf } from '../strategy/strategies.js';
import { type Check, definePreflightCheck, fail, pass } from './check.js';

const OTHER_KIND: Readonly<Record<LaunchSourceKind, LaunchSourceKind>> = {
  'launch-configuration': 'launch-template',
  'launch-template': 'launch-configuration',
};

/** Checks of the launch configuration, launch template or mixed instances policy of the group. */
export const launchSourceChecks: readonly Check[] = [
  definePreflightCheck({
    id: 'launch-template-version-exists',
    subject: 'launch template',
    about: 'The version of the launch template that the group launches exists.',
    run: ({ observation: { old } }) => {
      const launchTemplate = old && findLaunchTemplate(old.launchSource);
      if (launchTemplate === undefined) return pass('not used, the group launches a launch configuration');
      const { name, version, resolved } = launchTemplate;
      return resolved === undefined
        ? fail(`${old?.name} launches version ${version} of ${name}, which does not exist`)
        : pass(`version ${version} of ${name} exists`);
    },
    remedy: 'set the group to a version that exists',
  }),
  definePreflightCheck({
    id: 'launch-template-names-image',
    subject: 'launch template',
    about: 'The launch template names its image by id: the value of a parameter may change before a rollback.',
    run: ({ observation: { old } }) => {
      const parameter = old && findLaunchTemplate(old.launchSource)?.imageParameter;
      return parameter === undefined
        ? pass(`image ${old?.imageId ?? 'named by id'}`)
        : fail(`its image is the value of ${parameter}, which may be another one in a rollback`);
    },
    remedy:
      'create a version of the launch template that names the image of its servers by id, and set the group to it',
  }),
  definePreflightCheck({
    id: 'single-launch-source',
    subject: 'mixed instances policy',
    about: 'A mixed instances policy may launch some types from other launch templates, with other images.',
    run: ({ observation }) => {
      const own = listOverrides(observation.old?.launchSource).find(({ launches }) => launches !== undefined);
      return own === undefined
        ? pass('one launch source')
        : fail(`it launches ${own.instanceType ?? 'one kind of instance'} from ${own.launches}`);
    },
    remedy: 'leave only instance types in the policy that the new image runs on',
  }),
  definePreflightCheck({
    id: 'no-instance-weights',
    subject: 'group',
    about: 'With weights or a size in vCPUs the number of servers differs from the size of the group.',
    run: ({ observation }) => {
      const heavy = listOverrides(observation.old?.launchSource).find(
        ({ weight }) => weight !== undefined && weight !== '1',
      );
      if (heavy !== undefined) {
        const type = heavy.instanceType ?? 'one kind of instance';
        return fail(`in its mixed instances policy ${type} has weight ${heavy.weight}`, 'weight');
      }
      const unit = observation.old?.desiredUnit ?? 'units';
      return unit === 'units' ? pass('no weights') : fail(`its size is measured in ${unit}`, 'unit');
    },
    remedy: (cause) =>
      cause === 'weight' ? 'remove the weights from the policy' : 'measure its size in units, that is in servers',
  }),
  definePreflightCheck({
    id: 'no-warm-pool-in-place',
    subject: 'warm pool',
    about: 'In place, a warm pool would supply servers of the old image.',
    run: ({ observation: { old }, intent }) => {
      if (old?.warmPool === 'none') return pass('none');
      if (!strategyOf(intent).launchesInOldGroup) return pass('not used, another group launches the new servers');
      return fail(`${old?.name} has one, and would take servers of the old image from it to scale out`);
    },
    remedy: 'omit --strategy in-place, or delete the warm pool before the roll and create it again after',
  }),
  definePreflightCheck({
    id: 'launch-template-not-shared',
    subject: 'launch template',
    about: 'Another group on $Latest or $Default of the same launch template would launch the new image too.',
    run: ({ observation, intent }) => {
      const own = findExtendedTemplate(intent);
      if (own === undefined) return pass('no version is added to it');
      const moving = own.version === '$Default' ? ['$Latest', '$Default'] : ['$Latest'];
      const others = (observation.preflightFacts?.launchTemplateUsers ?? []).filter(
        ({ group, version }) => group !== intent.oldGroup && moving.includes(version),
      );
      const [first] = others;
      if (first === undefined) return pass('no other group follows it');
      const names = others.map(({ group, version }) => `${group} (${version})`).join(', ');
      return fail(`${own.name} is also used by ${names}, which would launch the new image too`, first.group);
    },
    remedy: (group) => `set ${group} to a version by its number, or give this cluster a launch template of its own`,
  }),
  definePreflightCheck({
    id: 'launch-source-convertible',
    subject: 'launch source',
    about: 'With --launch-source, the other kind of launch source supports every setting of this one.',
    run: ({ observation: { preflightFacts: facts }, intent }) => {
      const fields = facts?.unsupportedSettings ?? [];
      if (fields.length === 0) return pass('every setting is supported');
      const { resourceKind: kind } = launchSourceOf(intent);
      return fail(`a ${kind.replace('-', ' ')} cannot contain ${fields.join(', ')}`, kind);
    },
    remedy: (kind) => `omit --launch-source, or give --launch-source ${OTHER_KIND[kind as LaunchSourceKind]}`,
  }),
];
