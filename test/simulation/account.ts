import type { ClassicLoadBalancerRecord, GroupRecord } from '../../src/sandbox/aws/records.js';
import type { AwsState } from '../../src/sandbox/aws/state.js';
import type { SimulatedEnvironment } from './environment.js';
import { formatFields } from './format-fields.js';
import { formatLaunchSource } from './launches.js';

/** Resources by name, each as a text that is equal when they are. */
type Resources = ReadonlyMap<string, string>;

/** What an account holds before a roll, in a form that can be compared with what it holds afterwards. */
export interface SimulatedAccount {
  /** The cluster's group, its template and its load balancer. */
  readonly own: Resources;
  /** What they would be on the image of the roll. */
  readonly rolledCopies: Resources;
  /** What is none of the roll's business. */
  readonly foreign: Resources;
  /** Processes suspended on the cluster's group, sorted. */
  readonly suspended: string;
}

const CLUSTER_TAG = 'consul-roll:cluster';

export function readSimulatedAccount(
  universe: SimulatedEnvironment,
  oldGroup: string,
  imageId: string,
): SimulatedAccount {
  const state = universe.world.inside;
  const old = state.groups.get(oldGroup);
  return {
    own: listGroupResources(state, old),
    rolledCopies: listGroupResources(state, old, imageId),
    foreign: listForeignResources(universe, oldGroup),
    suspended: [...(old?.suspended.keys() ?? [])].sort().join(' '),
  };
}

/** The cluster's group, its template and its load balancer; empty once the group is gone. */
export function listOwnResources({ world }: SimulatedEnvironment, oldGroup: string): Resources {
  return listGroupResources(world.inside, world.inside.groups.get(oldGroup));
}

/** The same of the group a roll made, told apart from its predecessor only by the image. */
export function listSuccessorResources({ world }: SimulatedEnvironment, oldGroup: string): Resources {
  return listGroupResources(world.inside, findNewGroup(world.inside, oldGroup));
}

/** What is none of the roll's business. */
export function listForeignResources({ world }: SimulatedEnvironment, oldGroup: string): Resources {
  const state = world.inside;
  const groups = [state.groups.get(oldGroup), findNewGroup(state, oldGroup)];
  const templates = groups.map((group) => group?.fields.LaunchConfigurationName);
  const foreign = new Map<string, string>();
  for (const group of state.groups.values()) {
    if (!groups.includes(group)) foreign.set(`group ${group.name}`, group.name + formatGroup(group));
  }
  for (const [name, template] of state.launchConfigurations) {
    if (!templates.includes(name)) foreign.set(`template ${name}`, formatFields(template));
  }
  for (const [name, balancer] of state.balancers) foreign.set(`balancer ${name}`, formatLoadBalancerSettings(balancer));
  return foreign;
}

function findNewGroup(state: AwsState, oldGroup: string): GroupRecord | undefined {
  for (const group of state.groups.values()) {
    if (group.name !== oldGroup && group.tags.has(CLUSTER_TAG)) return group;
  }
  return undefined;
}

/** @param rolledTo for how it shall be after a roll onto that image */
function listGroupResources(state: AwsState, group: GroupRecord | undefined, rolledTo?: string): Resources {
  const family = new Map<string, string>();
  if (group === undefined) return family;
  const { says, template } = formatLaunchSource(state, group, rolledTo);
  family.set('group', `${says} ${formatGroup(group)}`);
  if (template !== undefined) family.set('template', template);
  for (const name of group.attachments.keys()) {
    const balancer = state.balancers.get(name);
    if (balancer !== undefined) family.set(`balancer ${name}`, formatLoadBalancer(balancer));
  }
  return family;
}

/** All of a group but its name, what it launches from, and the mark that a successor keeps. */
function formatGroup(group: GroupRecord): string {
  const { LaunchConfigurationName: _lc, LaunchTemplate: _lt, MixedInstancesPolicy: _mixed, ...fields } = group.fields;
  const { minSize, maxSize, desired } = group;
  const tags = [...group.tags].filter(([key]) => key !== CLUSTER_TAG).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify({
    fields: formatFields(fields),
    sizes: [minSize, maxSize, desired],
    members: group.members.size,
    suspended: [...group.suspended.keys()].sort(),
    attachments: [...group.attachments.keys()].sort(),
    tags,
    others: [group.policies.size, group.schedule.size, group.hooks.size, group.metrics.size],
  });
}

function formatLoadBalancer(balancer: ClassicLoadBalancerRecord): string {
  const phases = [...balancer.registrations.values()].map(({ phase }) => phase).sort();
  return `${formatLoadBalancerSettings(balancer)} ${phases.join(' ')}`;
}

function formatLoadBalancerSettings({
  healthCheck,
  attributes,
  subnetIds,
  securityGroupIds,
}: ClassicLoadBalancerRecord): string {
  return JSON.stringify({ healthCheck, attributes, subnetIds, securityGroupIds });
}
