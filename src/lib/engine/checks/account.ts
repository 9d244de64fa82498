import type { CheckResult } from '../../model/check.js';
import type { PreflightInput } from '../../model/doctor.js';
import type { PreflightFacts, SubnetRoom } from '../../model/observation.js';
import { launchSourceOf } from '../launch-source/launch-sources.js';
import { strategyOf } from '../strategy/strategies.js';
import { type Check, type CheckDefinition, definePreflightCheck, fail, pass, runDefinition, skip } from './check.js';

/** AWS allows 50 tags a group; a roll writes fewer than 20 of them. */
const MAX_TAGS = 50;
const MAX_OWN_TAGS = 20;

/** What is launched, and what is known of the account that it is launched in. `create` checks the same as a roll. */
interface AccountInput {
  readonly facts: Pick<PreflightFacts, 'image' | 'architectures' | 'subnets' | 'quota'> | undefined;
  readonly imageId: string;
  readonly instanceType: string | undefined;
  /** How many servers are launched. */
  readonly servers: number;
  readonly createsGroup: boolean;
  readonly createsLaunchConfiguration: boolean;
}

type LaunchCheck = CheckDefinition<AccountInput, undefined> & { readonly remedy: string };

const IMAGE_CHECKS: readonly LaunchCheck[] = [
  {
    id: 'image-exists',
    subject: 'image',
    about: 'This account can see the image in this region.',
    run: ({ facts, imageId }) =>
      facts?.image
        ? pass([imageId, facts.image.name].filter(Boolean).join(' '))
        : fail(`${imageId} is not visible to this account in this region`),
    remedy: 'check the id and the region, and share the image with the account',
  },
  {
    id: 'image-available',
    subject: 'image',
    about: 'Instances cannot be launched from an image that is pending or has failed.',
    run: ({ facts, imageId }) => {
      if (facts?.image === undefined) return skip(`not known: ${imageId} is not visible`);
      const { id, state } = facts.image;
      return state === 'available' ? pass(`${id} is available`) : fail(`${id} is ${state}`);
    },
    remedy: 'wait until the image is available',
  },
  {
    id: 'image-fits-instance-type',
    subject: 'image',
    about: 'Every instance type of the group runs the architecture of the image.',
    run: ({ facts, imageId, instanceType }) => {
      if (facts?.image === undefined) return skip(`not known: ${imageId} is not visible`);
      if (facts.architectures === undefined) return skip(`EC2 does not report the architectures of ${instanceType}`);
      const { id, architecture } = facts.image;
      return facts.architectures.includes(architecture)
        ? pass(`${architecture} on ${instanceType}`)
        : fail(`${id} is ${architecture}, ${instanceType} runs ${facts.architectures.join(', ')}`);
    },
    remedy: 'build the image for the instance type, or change the instance type',
  },
];

const LAUNCH_CHECKS: readonly LaunchCheck[] = [
  ...IMAGE_CHECKS,
  {
    id: 'subnets-have-addresses',
    subject: 'subnets',
    about:
      "The subnets of every zone have free addresses for the zone's share of the surge: where they have none, Auto Scaling launches in other zones, and the zones are uneven.",
    run: ({ facts, servers }) => {
      if (facts === undefined || facts.subnets.length === 0) return pass('no subnets to count addresses in');
      const zones = countByZone(facts.subnets);
      const share = Math.max(1, Math.floor(servers / zones.length));
      const isShort = zones.reduce((sum, { free }) => sum + free, 0) < servers;
      const short = zones.filter(({ free }) => isShort || free < share);
      const counts = short.map(({ where, free }) => `${where} has ${free} free addresses`).join(', ');
      return short.length === 0
        ? pass(`${share} or more free addresses in each zone, for ${servers} more servers`)
        : fail(
            `${counts}, for ${servers} more servers in ${zones.length === 1 ? 'one zone' : `${zones.length} zones`}`,
          );
    },
    remedy: 'free addresses, use larger subnets, or launch fewer servers (of a roll: a smaller --surge)',
  },
  {
    id: 'quota-allows-new-group',
    subject: 'quotas',
    about: 'The quotas of the account leave room for one more group and one more launch configuration.',
    run: ({ facts, createsGroup, createsLaunchConfiguration }) => {
      if (facts?.quota === undefined) return skip('AWS does not report them');
      const { groupsLeft, launchConfigurationsLeft } = facts.quota;
      const hasRoom =
        (!createsGroup || groupsLeft > 0) && (!createsLaunchConfiguration || launchConfigurationsLeft > 0);
      const left = `${groupsLeft} groups and ${launchConfigurationsLeft} launch configurations left`;
      return hasRoom ? pass(left) : fail(left);
    },
    remedy: 'delete unused ones, or ask AWS for a higher quota',
  },
];

function countByZone(subnets: readonly SubnetRoom[]): readonly { readonly where: string; readonly free: number }[] {
  return [...new Set(subnets.map(({ zone }) => zone))].map((zone) => {
    const inZone = subnets.filter((subnet) => subnet.zone === zone);
    return {
      where: `${zone} (${inZone.map(({ id }) => id).join(', ')})`,
      free: inZone.reduce((sum, { freeAddresses }) => sum + freeAddresses, 0),
    };
  });
}

/** Why a roll that is resumed cannot launch servers from its image; empty if it can. */
export function findImageFlaws(
  image: Pick<PreflightFacts, 'image' | 'architectures'>,
  imageId: string,
  instanceType: string | undefined,
): readonly CheckResult[] {
  const facts = { ...image, subnets: [], quota: undefined };
  const input = { facts, imageId, instanceType, servers: 0, createsGroup: false, createsLaunchConfiguration: false };
  return IMAGE_CHECKS.map((check) => runDefinition(check, input)).filter(({ status }) => status === 'fail');
}

/** Whether the account can launch this. */
export function runLaunchChecks(input: AccountInput): readonly CheckResult[] {
  return LAUNCH_CHECKS.map((check) => runDefinition(check, input));
}

function buildAccountInput({ observation, intent }: PreflightInput): AccountInput {
  return {
    facts: observation.preflightFacts,
    imageId: intent.imageId,
    instanceType: observation.old?.instanceType,
    servers: intent.surge,
    createsGroup: strategyOf(intent).createdGroupOf(intent) !== undefined,
    createsLaunchConfiguration: launchSourceOf(intent).countsAgainstQuota,
  };
}

/** Checks of the image, and of the room that the account has for the roll. */
export const accountChecks: readonly Check[] = [
  ...LAUNCH_CHECKS.map(({ run, ...check }) =>
    definePreflightCheck({ ...check, run: (input) => run(buildAccountInput(input)) }),
  ),
  definePreflightCheck({
    id: 'tags-have-room',
    subject: 'tags',
    about: 'A roll is recorded in the tags of its groups. AWS allows 50 on each.',
    run: ({ observation: { old } }) => {
      const tags = Object.keys(old?.tags ?? {}).length;
      const used = `the group has ${tags} of ${MAX_TAGS} tags`;
      return tags <= MAX_TAGS - MAX_OWN_TAGS ? pass(used) : fail(used);
    },
    remedy: `remove some: a roll needs ${MAX_OWN_TAGS}`,
  }),
  definePreflightCheck({
    id: 'names-available',
    subject: 'names',
    about: 'No group and no launch source has the name that the new one will get.',
    run: ({ observation, intent }) => {
      const taken = observation.new !== undefined || launchSourceOf(intent).isNameTaken(observation);
      return taken ? fail(`${intent.newGroup} exists already and no roll is recorded on it`) : pass('not in use');
    },
    remedy: 'delete what an earlier attempt left, or run the command again for another name',
  }),
];
