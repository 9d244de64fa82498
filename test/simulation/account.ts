import type { ClassicLoadBalancerRecord, GroupRecord } from '../../src/sandbox/aws/records.js';
import type { AwsState } from '../../src/sandbox/aws/state.js';
import type { SimulatedEnvironment } from './environment.js';
import { formatFields } from './format-fields.js';
import { formatLaunchSource } from './launches.js';
import type { Oracle } from './oracle.js';

/** Texts by resource name. Two resources with the same settings have the same text. */
type Resources = ReadonlyMap<string, string>;

/** The resources of an account before a roll, in a form that can be compared with those afterwards. */
export interface SimulatedAccount {
  /** The cluster's group, its launch source and its load balancer. */
  readonly own: Resources;
  /** The same resources as they must be after a roll onto the new image. */
  readonly rolledCopies: Resources;
  /** Resources that do not belong to the cluster. */
  readonly foreign: Resources;
  /** Processes suspended on the cluster's group, sorted. */
  readonly suspended: string;
  /** By instance of that group: whether it is protected from scale-in. */
  readonly protection: ReadonlyMap<string, boolean>;
}

const CLUSTER_TAG = 'consul-roll:cluster';

export function readSimulatedAccount(oracle: Oracle, imageId: string): SimulatedAccount {
  const { state, oldGroup } = oracle;
  const old = state.groups.get(oldGroup);
  return {
    own: listGroupResources(state, old),
    rolledCopies: listGroupResources(state, old, imageId),
    foreign: listForeignResources(oracle),
    suspended: [...(old?.suspended.keys() ?? [])].sort().join(' '),
    protection: new Map([...(old?.members ?? [])].map(([id, member]) => [id, member.protectedFromScaleIn])),
  };
}

/** The cluster's group, its launch source and its load balancer; empty once the group is gone. */
export function listOwnResources({ aws }: SimulatedEnvironment, oldGroup: string): Resources {
  return listGroupResources(aws.inside, aws.inside.groups.get(oldGroup));
}

/** The same resources of the group that the roll created. */
export function listSuccessorResources({ state, oldGroup, foreign }: Oracle): Resources {
  const added = [...state.groups.values()].find(({ name }) => name !== oldGroup && !foreign.groups.has(name));
  return listGroupResources(state, added);
}

/**
 * Resources that do not belong to the cluster, nor to the roll that is recorded: in a rollback in place the group already
 * launches from its old launch configuration, and the roll deletes the new one only when it is over.
 */
export function listForeignResources({ state, foreign: { groups: foreignGroups, others }, record }: Oracle): Resources {
  const groups = [...state.groups.values()].filter(({ name }) => !foreignGroups.has(name));
  const launchConfigurations = groups.map(({ fields }) => fields.LaunchConfigurationName);
  const next = record?.['new-template'];
  if (next !== undefined && !others.includes(next)) launchConfigurations.push(next);
  const foreign = new Map<string, string>();
  for (const group of state.groups.values()) {
    if (!groups.includes(group)) foreign.set(`group ${group.name}`, group.name + formatGroup(group));
  }
  for (const [name, launchConfiguration] of state.launchConfigurations) {
    if (!launchConfigurations.includes(name))
      foreign.set(`launch configuration ${name}`, formatFields(launchConfiguration));
  }
  for (const { templateId: id, name, versions, defaultVersion } of state.launchTemplates.values()) {
    if (others.includes(id))
      foreign.set(`launch template ${name}`, JSON.stringify([...versions.keys(), defaultVersion]));
  }
  for (const [name, balancer] of state.balancers) foreign.set(`balancer ${name}`, formatLoadBalancerSettings(balancer));
  return foreign;
}

/** @param rolledTo image id: describes the resources as they must be after a roll onto that image */
function listGroupResources(state: AwsState, group: GroupRecord | undefined, rolledTo?: string): Resources {
  const resources = new Map<string, string>();
  if (group === undefined) return resources;
  const { usage, definition } = formatLaunchSource(state, group, rolledTo);
  resources.set('group', `${usage} ${formatGroup(group)}`);
  if (definition !== undefined) resources.set('launch source', definition);
  for (const name of group.attachments.keys()) {
    const balancer = state.balancers.get(name);
    if (balancer !== undefined) resources.set(`balancer ${name}`, formatLoadBalancer(balancer));
  }
  return resources;
}

/** All settings of a group except its name, its launch source and the cluster tag of a successor. */
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
