import { type Intent, isInPlace } from '../../model/intent.js';
import type { Observation } from '../../model/observation.js';
import { listServers } from '../decide/servers.js';
import { findNewLaunchSource } from '../launch-source/launch-source.js';
import type { PreflightCheck, PreflightFailure } from './preflight.js';

/** AWS allows 50 tags a group; a roll records itself in fewer than this many. */
const MAX_OWN_TAGS = 20;
const MAX_TAGS = 50;
/** Types of target groups that servers can be registered with. */
const SERVER_TARGETS: readonly string[] = ['instance', 'ip'];

/** The checks of the account, the image and the group. */
export const cloudChecks: readonly PreflightCheck[] = [
  {
    name: 'image exists',
    subject: 'image',
    run: ({ preflightFacts: facts }, { imageId }) =>
      facts?.image
        ? undefined
        : fail(
            `${imageId} is not visible to this account in this region`,
            'check the id, the region, and that the image is shared with the account',
          ),
  },
  {
    name: 'image is available',
    subject: 'image',
    run: ({ preflightFacts: facts }) =>
      facts?.image === undefined || facts.image.state === 'available'
        ? undefined
        : fail(`${facts.image.id} is ${facts.image.state}`, 'wait until the image is available'),
  },
  {
    name: 'image fits the instance type',
    subject: 'image',
    run: ({ preflightFacts: facts, old }) =>
      facts?.image === undefined ||
      facts.architectures === undefined ||
      facts.architectures.includes(facts.image.architecture)
        ? undefined
        : fail(
            `${facts.image.id} is ${facts.image.architecture}, ${old?.instanceType} runs ${facts.architectures.join(', ')}`,
            'build the image for the instance type',
          ),
  },
  {
    name: 'traffic can be gated and drained',
    subject: 'traffic',
    run: ({ old, preflightFacts: facts }) => {
      const functions = (facts?.targetGroups ?? []).filter(
        ({ targetType }) => !SERVER_TARGETS.includes(targetType),
      );
      const foreign = [
        ...(old?.otherTraffic ?? []),
        ...functions.map(({ name, targetType }) => `target group ${name} of type ${targetType}`),
      ];
      return foreign.length === 0
        ? undefined
        : fail(
            `the group is attached to ${foreign.join(', ')}`,
            'detach it for the roll: consul-roll gates and drains classic load balancers and target groups of instances',
          );
    },
  },
  {
    name: 'group is settled',
    subject: 'group',
    run: ({ old, ...observation }) => {
      if (old === undefined) return fail('the group is gone', 'check the name of the cluster');
      const inService = listServers({ old, ...observation }, 'old').filter(
        (server) => server.lifecycle === 'InService',
      );
      if (inService.length === old.desired && old.instanceIds.length === old.desired) return undefined;
      return fail(
        `${inService.length} in service of ${old.desired} desired`,
        `wait until Auto Scaling has replaced what is gone: consul-roll status --cluster ${observation.cluster} says how far it is`,
      );
    },
  },
  {
    name: 'group may be deleted',
    subject: 'group',
    run: ({ old }, intent) =>
      old?.deletionProtection === 'prevent-all-deletion' && !isInPlace(intent)
        ? fail(
            `${old.name} is protected from deletion, and its successor would be too on the way back`,
            `allow it to be deleted empty: aws autoscaling update-auto-scaling-group --auto-scaling-group-name ${old.name} --deletion-protection prevent-force-deletion`,
          )
        : undefined,
  },
  {
    name: 'group may terminate',
    subject: 'group',
    run: ({ old }) =>
      old?.suspendedProcesses.includes('Terminate')
        ? fail(
            'its Terminate process is suspended',
            `resume it: aws autoscaling resume-processes --auto-scaling-group-name ${old.name} --scaling-processes Terminate`,
          )
        : undefined,
  },
  {
    name: 'no instance refresh',
    subject: 'group',
    run: ({ preflightFacts: facts }) =>
      facts?.refreshInProgress
        ? fail(
            'an instance refresh is in progress',
            'wait for it, or cancel it: two rolls at once lose the quorum',
          )
        : undefined,
  },
  {
    name: 'surge fits the cluster',
    subject: 'surge',
    run: (_survey, { surge, size }) =>
      surge >= 1 && surge <= size
        ? undefined
        : fail(`a surge of ${surge} for ${size} servers`, `choose a surge from 1 to ${size}`),
  },
  {
    name: 'subnets have addresses',
    subject: 'subnets',
    run: ({ preflightFacts: facts }, { surge }) => {
      const free = facts?.subnets.reduce((sum, subnet) => sum + subnet.freeAddresses, 0);
      if (free === undefined || facts?.subnets.length === 0 || free >= surge) return undefined;
      return fail(
        `${free} free addresses for ${surge} more servers`,
        'choose a smaller --surge, or free addresses',
      );
    },
  },
  {
    name: 'quota allows one more group',
    subject: 'quota',
    run: ({ preflightFacts: facts }, intent) => {
      const { quota } = facts ?? {};
      const groups = isInPlace(intent) || (quota?.groupsLeft ?? 1) > 0;
      const templates =
        intent.nextLaunchSource.kind !== 'launch-configuration' || (quota?.templatesLeft ?? 1) > 0;
      if (groups && templates) return undefined;
      return fail(
        `${quota?.groupsLeft} groups and ${quota?.templatesLeft} launch configurations left`,
        'delete unused ones or ask AWS for more',
      );
    },
  },
  {
    name: 'room for the tags of the roll',
    subject: 'tags',
    run: ({ old }) => {
      const tags = Object.keys(old?.tags ?? {}).length;
      return tags <= MAX_TAGS - MAX_OWN_TAGS
        ? undefined
        : fail(`the group has ${tags} of ${MAX_TAGS} tags`, `remove some: a roll needs ${MAX_OWN_TAGS}`);
    },
  },
  {
    name: 'names are free',
    subject: 'names',
    run: (observation, intent) =>
      observation.new === undefined &&
      findNewLaunchSource(observation, intent) === undefined &&
      isNameFree(observation, intent)
        ? undefined
        : fail(
            `${intent.newGroup} exists already and no roll is recorded on it`,
            'delete what an earlier attempt left, or run again for another name',
          ),
  },
];

/** A launch template of that name may be somebody else's. */
function isNameFree({ launchTemplate }: Observation, { nextLaunchSource }: Intent): boolean {
  return nextLaunchSource.kind !== 'launch-template' || launchTemplate === undefined;
}

function fail(saw: string, remedy: string): PreflightFailure {
  return { observed: saw, remedy };
}
