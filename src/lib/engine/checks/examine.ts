import type { CheckResult, DoctorInput } from '../../model/doctor.js';
import type { Intent, Limits } from '../../model/intent.js';
import type { Observation } from '../../model/observation.js';
import { parseHost } from '../../model/server.js';
import { findQuorumMargin, listServers } from '../decide/servers.js';
import { buildAclChecks, clusterDoctorChecks } from './cluster.js';
import { groupDoctorChecks } from './group.js';
import { networkDoctorChecks } from './network.js';
import { PREFLIGHT_CHECKS } from './preflight.js';
import { serverDoctorChecks } from './servers.js';
import { trafficDoctorChecks } from './traffic.js';

/** One check of `doctor`: a small pure function from what was found out to what that means. */
export interface DoctorCheck {
  readonly name: string;
  /** What it looks at and why that matters to a roll: one sentence, for the documentation. */
  readonly about: string;
  /** Of a roll that has begun it says nothing, so it is not asked then. */
  readonly onlyBeforeRoll?: true;
  readonly run: (input: DoctorInput, limits: Limits) => CheckOutcome;
}

export type CheckOutcome = Omit<CheckResult, 'check'>;

export function pass(saw: string): CheckOutcome {
  return { status: 'pass', observed: saw, remedy: undefined };
}

export function skip(saw: string, remedy?: string): CheckOutcome {
  return { status: 'skip', observed: saw, remedy };
}

export function warn(saw: string, remedy: string): CheckOutcome {
  return { status: 'warn', observed: saw, remedy };
}

export function fail(saw: string, remedy: string): CheckOutcome {
  return { status: 'fail', observed: saw, remedy };
}

interface CheckWords {
  readonly about: string;
  /** What is said where it passes. */
  readonly passes: string | ((observation: Observation, intent: Intent) => string);
  /** Why nothing can be told, where that is so although nothing stands against a roll. */
  readonly unknown?: (observation: Observation, intent: Intent) => string | undefined;
}

/** By the name of a preflight check: what it is for, and what it says when nothing is wrong. */
export const PREFLIGHT_CHECK_WORDS: Readonly<Record<string, CheckWords>> = {
  'image exists': {
    about: 'The image can be seen by this account in this region.',
    passes: ({ preflightFacts: facts }, { imageId }) =>
      [imageId, facts?.image?.name].filter(Boolean).join(' '),
  },
  'image is available': {
    about: 'An image that is still being made, or has failed, launches nothing.',
    passes: ({ preflightFacts: facts }) => facts?.image?.state ?? 'not known',
    unknown: withoutImage,
  },
  'image fits the instance type': {
    about: 'The architecture of the image is one that every instance type of the group runs.',
    passes: ({ preflightFacts: facts, old }) => `${facts?.image?.architecture} on ${old?.instanceType}`,
    unknown: (observation, intent) =>
      withoutImage(observation, intent) ??
      (observation.preflightFacts?.architectures === undefined
        ? `EC2 does not say what ${observation.old?.instanceType} runs`
        : undefined),
  },
  'traffic can be gated and drained': {
    about:
      'What sends traffic to the group is something servers can be put into and taken out of one by one.',
    passes: ({ old }) => {
      const count = (old?.balancers.length ?? 0) + (old?.targetGroups.length ?? 0);
      return count === 0 ? 'no load balancer' : `${count} of ${count} load balancers and target groups`;
    },
  },
  'group is settled': {
    about:
      'As many servers in service as the group wants: a roll does not start while Auto Scaling replaces one.',
    passes: ({ old }) => `${old?.desired} in service of ${old?.desired} desired`,
  },
  'group may be deleted': {
    about: 'Deletion protection would keep the empty old group, or the new one on the way back.',
    passes: ({ old }) => old?.deletionProtection ?? 'none',
  },
  'group may terminate': {
    about: 'With its Terminate process suspended the group keeps every server that has left.',
    passes: 'Terminate is not suspended',
  },
  'no instance refresh': {
    about: 'An instance refresh replaces servers by itself, and two rolls at once lose the quorum.',
    passes: 'none in progress',
  },
  'surge fits the cluster': {
    about: 'How many servers there may be beyond the size of the cluster: 1 to as many again.',
    passes: (_survey, { surge, size }) => `${surge} beyond ${size}`,
  },
  'subnets have addresses': {
    about: 'The subnets of the group have an address for every server beyond its size.',
    passes: ({ preflightFacts: facts }, { surge }) => {
      const free = facts?.subnets.reduce((sum, subnet) => sum + subnet.freeAddresses, 0);
      return `${free ?? 'unknown'} free for ${surge}`;
    },
  },
  'quota allows one more group': {
    about: 'The quotas of the account for groups and launch configurations leave room for the new ones.',
    passes: ({ preflightFacts: facts }) =>
      `${facts?.quota?.groupsLeft} groups and ${facts?.quota?.templatesLeft} launch configurations left`,
    unknown: ({ preflightFacts: facts }) => (facts?.quota === undefined ? 'AWS does not say' : undefined),
  },
  'room for the tags of the roll': {
    about: 'A roll is recorded in the tags of its groups, of which AWS allows 50.',
    passes: ({ old }) => `${Object.keys(old?.tags ?? {}).length} of 50 tags`,
  },
  'names are free': {
    about: 'Nothing is named as the new group and its template would be.',
    passes: 'nothing in the way',
  },
  'version of the launch template exists': {
    about: 'The group is on a version of its launch template that is still there.',
    passes: ({ old }) =>
      old?.launchSource.kind === 'launch-configuration' ? 'a launch configuration' : 'it does',
  },
  'launch template names its image': {
    about: 'An image that is the value of a parameter may be another one on the way back.',
    passes: ({ old }) => old?.imageId ?? 'by id',
  },
  'every server launches from one template': {
    about: 'A mixed instances policy may launch some types from templates of their own, with other images.',
    passes: 'one',
  },
  'every server counts for one': {
    about: 'Weights and sizes in vCPUs make the number of servers differ from the size of the group.',
    passes: 'no weights',
  },
  'no warm pool in place': {
    about: 'In place, a warm pool would give the group servers of the old image to grow with.',
    passes: ({ old }) => (old?.warmPool === 'none' ? 'no warm pool' : 'the roll is not in place'),
  },
  'template is nobody else’s': {
    about: 'Another group on $Latest or $Default of the same launch template would launch the new image too.',
    passes: 'no other group follows it',
  },
  'template can be converted': {
    about: 'With --template, the other kind of template can say everything this one does.',
    passes: 'nothing would be lost',
  },
  'servers answer': {
    about: "Every server answers on its own address, on the port of Consul's HTTP API.",
    passes: (observation) =>
      `${listServers(observation, 'old').length} of ${listServers(observation, 'old').length}`,
  },
  'one leader, agreed by all': {
    about: 'Every server, asked directly, names the same leader, and that is an instance of the group.',
    passes: ({ raft }) => parseHost(raft?.leader ?? ''),
  },
  'every server is a healthy voter': {
    about: 'A roll needs every vote there is.',
    passes: (observation) =>
      `${listServers(observation, 'old').length} of ${listServers(observation, 'old').length}`,
  },
  'servers are the instances': {
    about: 'Raft counts no peer that is no instance of the group: a dead one weighs on the quorum.',
    passes: ({ raft }) => `${raft?.peers.length} peers, all of the group`,
  },
  'failure tolerance of at least 1': {
    about: 'One server can be missed: fewer than three cannot lose one.',
    passes: (observation) => {
      const margin = findQuorumMargin(observation);
      return `${margin?.healthy} of ${margin?.voters} voters healthy, quorum ${margin?.quorum}`;
    },
  },
  'autopilot leaves membership alone': {
    about: 'With redundancy zones (Enterprise) only one server a zone votes.',
    passes: 'no redundancy zones',
  },
};

/** The checks of plan and upgrade themselves. Of a roll that has begun they say nothing, so they are not asked then. */
export const preflightDoctorChecks: readonly DoctorCheck[] = PREFLIGHT_CHECKS.map((check): DoctorCheck => {
  const words = PREFLIGHT_CHECK_WORDS[check.name];
  return {
    name: check.name,
    about: words?.about ?? '',
    onlyBeforeRoll: true,
    run: ({ observation, intent }, limits) => {
      const failure = check.run(observation, intent, limits);
      if (failure !== undefined) return fail(failure.observed, failure.remedy);
      if (isUnknown(check.name, observation))
        return warn('it could not be asked', 'see to it first that a server leads');
      const unknown = words?.unknown?.(observation, intent);
      if (unknown !== undefined) return skip(unknown);
      const says = words?.passes ?? 'nothing is wrong';
      return pass(typeof says === 'string' ? says : says(observation, intent));
    },
  };
});

function withoutImage({ preflightFacts: facts }: Observation, { imageId }: Intent): string | undefined {
  return facts?.image === undefined ? `not known: ${imageId} was not seen` : undefined;
}

/** Some checks have nothing to say where nobody leads, which is another check's business. */
const NEED_A_LEADER: readonly string[] = [
  'every server is a healthy voter',
  'servers are the instances',
  'failure tolerance of at least 1',
  'autopilot leaves membership alone',
];

function isUnknown(name: string, { raft }: Observation): boolean {
  return raft === undefined && NEED_A_LEADER.includes(name);
}

/** Every check of the cluster that has a name of its own, in the order in which they are told. */
export const DOCTOR_CHECKS: readonly DoctorCheck[] = [
  ...preflightDoctorChecks,
  ...groupDoctorChecks,
  ...trafficDoctorChecks,
  ...networkDoctorChecks,
  ...serverDoctorChecks,
  ...clusterDoctorChecks,
];

/** What every check finds. Of a roll that has begun the checks of the beginning say nothing, and are left out. */
export function runDoctorChecks(input: DoctorInput, limits: Limits): readonly CheckResult[] {
  const asked = DOCTOR_CHECKS.filter(
    ({ onlyBeforeRoll: beforehand }) => !(input.isRollInProgress && beforehand),
  );
  return [...asked, ...buildAclChecks(input)].map((one) => ({
    check: one.name,
    ...one.run(input, limits),
  }));
}
