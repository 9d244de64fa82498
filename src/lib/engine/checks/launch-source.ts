import { isInPlace } from '../../model/intent.js';
import { findLaunchTemplate, type MixedInstancesPolicy } from '../../model/launch-source.js';
import type { Observation } from '../../model/observation.js';
import type { PreflightCheck, PreflightFailure } from './preflight.js';

/** The checks of what the group launches from. */
export const launchSourceChecks: readonly PreflightCheck[] = [
  {
    name: 'version of the launch template exists',
    subject: 'launch template',
    run: ({ old }) => {
      const launchTemplate = old && findLaunchTemplate(old.launchSource);
      if (launchTemplate === undefined || launchTemplate.resolved !== undefined) return undefined;
      return fail(
        `${old?.name} launches version ${launchTemplate.version} of ${launchTemplate.name}, which does not exist`,
        'put the group on a version that exists',
      );
    },
  },
  {
    name: 'launch template names its image',
    subject: 'launch template',
    run: ({ old }) => {
      const parameter = old && findLaunchTemplate(old.launchSource)?.imageParameter;
      if (parameter === undefined) return undefined;
      return fail(
        `its image is the value of ${parameter}, which may be another one on the way back`,
        'make a version of the launch template that names the image of its servers by id, and put the group on it',
      );
    },
  },
  {
    name: 'every server launches from one template',
    subject: 'group',
    run: (observation) => {
      const own = findMixedPolicy(observation)?.overrides.find(({ launches }) => launches !== undefined);
      if (own === undefined) return undefined;
      return fail(
        `its mixed instances policy launches ${own.instanceType ?? 'one kind of instance'} from ${own.launches}`,
        'leave only instance types in the policy that the one new image runs on',
      );
    },
  },
  {
    name: 'every server counts for one',
    subject: 'group',
    run: (observation) => {
      const heavy = findMixedPolicy(observation)?.overrides.find(
        ({ weight }) => weight !== undefined && weight !== '1',
      );
      if (heavy !== undefined) {
        const type = heavy.instanceType ?? 'one kind of instance';
        return fail(
          `in its mixed instances policy ${type} counts for ${heavy.weight}`,
          'take the weights out of it',
        );
      }
      const unit = observation.old?.desiredUnit ?? 'units';
      if (unit === 'units') return undefined;
      return fail(`its size is measured in ${unit}`, 'measure it in units, that is in servers');
    },
  },
  {
    name: 'no warm pool in place',
    subject: 'group',
    run: ({ old }, intent) => {
      if (old?.warmPool === 'none' || !isInPlace(intent)) return undefined;
      return fail(
        `${old?.name} has a warm pool, and would take servers of the old image out of it to grow`,
        'leave --strategy in-place out, or delete the warm pool before and make it again after',
      );
    },
  },
  {
    name: 'template is nobody else’s',
    subject: 'launch template',
    run: (observation, intent) => {
      const { previousLaunchSource: own, nextLaunchSource, oldGroup } = intent;
      if (nextLaunchSource.kind !== 'launch-template-version' || own.kind !== 'launch-template')
        return undefined;
      const moving = own.version === '$Default' ? ['$Latest', '$Default'] : ['$Latest'];
      const others = (observation.preflightFacts?.launchTemplateUsers ?? []).filter(
        ({ group, version }) => group !== oldGroup && moving.includes(version),
      );
      const [first] = others;
      if (first === undefined) return undefined;
      const names = others.map(({ group, version }) => `${group} (${version})`).join(', ');
      return fail(
        `the launch template ${own.name} is also that of ${names}, which would launch the new image too`,
        `put ${first.group} on a version by its number, or give this cluster a launch template of its own`,
      );
    },
  },
  {
    name: 'template can be converted',
    subject: 'template',
    run: ({ preflightFacts: facts }, { nextLaunchSource }) => {
      const fields = facts?.unsupportedSettings ?? [];
      if (fields.length === 0) return undefined;
      const [kind, other] =
        nextLaunchSource.kind === 'launch-configuration'
          ? ['launch configuration', 'launch-template']
          : ['launch template', 'launch-configuration'];
      return fail(
        `no ${kind} can say ${fields.join(', ')}`,
        `leave --template out, or give --template ${other}`,
      );
    },
  },
];

function findMixedPolicy({ old }: Observation): MixedInstancesPolicy | undefined {
  return old?.launchSource.kind === 'mixed' ? old.launchSource : undefined;
}

function fail(saw: string, remedy: string): PreflightFailure {
  return { observed: saw, remedy };
}
