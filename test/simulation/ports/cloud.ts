import { CLUSTER_TAG } from '../../../src/lib/model/tags.js';
import type { Cloud, CloudLook } from '../../../src/lib/ports.js';
import type { GroupRecord } from '../../../src/lib/sandbox/world/autoscaling/group.js';
import { freeAddresses } from '../../../src/lib/sandbox/world/network.js';
import type { WorldState } from '../../../src/lib/sandbox/world/state.js';
import { changesOf } from './cloud-changes.js';
import { groupOf, lookAt } from './cloud-look.js';
import type { Wire } from './wire.js';

const RESOURCE_TYPE = 'auto-scaling-group';

/** How far AWS's answers may lag behind a write: until when, and what they show meanwhile. */
export interface Lag {
  /** The look to answer with in place of the present one; undefined when nothing lags. */
  shown(): CloudLook | undefined;
  /** A write is about to take hold. */
  beforeWrite(present: () => CloudLook): void;
}

/** The Cloud port over the sandbox's account, called directly. */
export function simulatedCloud(wire: Wire, lag: Lag): Cloud {
  const { world } = wire.universe;
  const state = world.inside;
  let scene: readonly [readonly string[], readonly string[], readonly string[]] | undefined;
  const rememberLook = (): void => {
    const asked = scene;
    if (asked !== undefined) lag.beforeWrite(() => lookAt(state, ...asked));
  };
  const read = <T>(look: () => T): Promise<T> => wire.read(look);
  return {
    account: () => read(() => state.accountId),
    findGroups: (cluster) => read(() => groupsOf(state, cluster).map((group) => groupOf(state, group))),
    look: (groups, templates, balancers) =>
      read(() => {
        // The two lists of the looks of a roll; `locate` looks without either.
        if (templates.length > 0) scene = [groups, templates, balancers];
        const lagging = templates.length > 0 ? lag.shown() : undefined;
        return lagging ?? lookAt(state, groups, templates, balancers);
      }),
    image: (id) => read(() => imageOf(state, id)),
    architectures: () => read(() => ['x86_64']),
    refreshInProgress: () => read(() => false),
    freeAddresses: (subnets) => read(() => addressesLeft(state, subnets)),
    quota: () => read(() => ({ groupsLeft: 100, templatesLeft: 100 })),
    ...writes(wire, rememberLook),
    close: () => {},
  };
}

type Writes = Omit<
  Cloud,
  | 'account'
  | 'findGroups'
  | 'look'
  | 'image'
  | 'architectures'
  | 'refreshInProgress'
  | 'freeAddresses'
  | 'quota'
  | 'close'
>;

function writes(wire: Wire, rememberLook: () => void): Writes {
  const { world } = wire.universe;
  const changes = changesOf(world);
  const other = (what: string, change: () => void): Promise<void> =>
    wire.change({ kind: 'other', what }, after(rememberLook, change), undefined);
  return {
    ...changesOfGroups(wire, other, rememberLook),
    createTemplate: (from, name, image) =>
      other(`create-template ${name}`, () => changes.createTemplate(from, name, image)),
    createGroup: (from, name, template, tags) =>
      other(`create-group ${name}`, () => changes.createGroup(from, name, template, tags)),
    register: (balancer, ids) =>
      other(`register ${ids.join(' ')}`, () => {
        const Instances = ids.map((InstanceId) => ({ InstanceId }));
        world.call('elasticloadbalancing', 'RegisterInstancesWithLoadBalancer', {
          LoadBalancerName: balancer,
          Instances,
        });
      }),
    deregister: (balancer, ids) =>
      wire.change(
        { kind: 'deregister', instanceIds: ids },
        after(rememberLook, () => deregister(wire, balancer, ids)),
        undefined,
      ),
    attach: (group, balancers) =>
      other(`attach ${group}`, () => {
        world.call('autoscaling', 'AttachLoadBalancers', {
          AutoScalingGroupName: group,
          LoadBalancerNames: [...balancers],
        });
      }),
    terminate: (instanceId) =>
      wire.change(
        { kind: 'terminate', instanceId },
        after(rememberLook, () => changes.terminate(instanceId)),
        undefined,
      ),
    deleteGroup: (name) =>
      wire.change(
        { kind: 'delete-group', name },
        after(rememberLook, () => changes.deleteGroup(name)),
        undefined,
      ),
    deleteTemplate: (name) =>
      wire.change(
        { kind: 'delete-template', name },
        after(rememberLook, () => changes.deleteTemplate(name)),
        'deleted',
      ),
  };
}

function changesOfGroups(
  wire: Wire,
  other: (what: string, change: () => void) => Promise<void>,
  rememberLook: () => void,
): Pick<Cloud, 'setSizes' | 'setTemplate' | 'suspend' | 'resume' | 'tag' | 'untag'> {
  const { world } = wire.universe;
  return {
    setSizes: (group, { minSize, maxSize, desired }) => {
      const resize = after(rememberLook, () => {
        world.call('autoscaling', 'UpdateAutoScalingGroup', {
          AutoScalingGroupName: group,
          MinSize: minSize,
          MaxSize: maxSize,
          DesiredCapacity: desired,
        });
      });
      return wire.change({ kind: 'resize', name: group, desired }, resize, undefined);
    },
    setTemplate: (group, template) =>
      other(`retarget ${group} ${template}`, () => {
        world.call('autoscaling', 'UpdateAutoScalingGroup', {
          AutoScalingGroupName: group,
          LaunchConfigurationName: template,
        });
      }),
    suspend: (group, processes) =>
      other(`suspend ${group} ${processes.join(' ')}`, () => {
        const ScalingProcesses = [...processes];
        world.call('autoscaling', 'SuspendProcesses', { AutoScalingGroupName: group, ScalingProcesses });
      }),
    resume: (group, processes) =>
      other(`resume ${group} ${processes.join(' ')}`, () => {
        const ScalingProcesses = [...processes];
        world.call('autoscaling', 'ResumeProcesses', { AutoScalingGroupName: group, ScalingProcesses });
      }),
    tag: (group, tags) =>
      other(`tag ${group}`, () => {
        const Tags = Object.entries(tags).map(([Key, Value]) => ({
          ResourceId: group,
          ResourceType: RESOURCE_TYPE,
          Key,
          Value,
          PropagateAtLaunch: false,
        }));
        world.call('autoscaling', 'CreateOrUpdateTags', { Tags });
      }),
    untag: (group, keys) =>
      other(`untag ${group}`, () => {
        const Tags = keys.map((Key) => ({ ResourceId: group, ResourceType: RESOURCE_TYPE, Key }));
        world.call('autoscaling', 'DeleteTags', { Tags });
      }),
  };
}

function after<T>(first: () => void, then: () => T): () => T {
  return () => {
    first();
    return then();
  };
}

function groupsOf(state: WorldState, cluster: string): GroupRecord[] {
  const found = [...state.groups.values()].filter(
    ({ name, tags }) =>
      name === cluster || tags.get('Name')?.value === cluster || tags.get(CLUSTER_TAG)?.value === cluster,
  );
  return found.sort((a, b) => a.createdMs - b.createdMs || a.name.localeCompare(b.name));
}

function imageOf(state: WorldState, id: string) {
  const image = state.images.get(id);
  return image && { id, name: image.name, architecture: 'x86_64', state: 'available' };
}

function addressesLeft(state: WorldState, subnets: readonly string[]) {
  return state.network.subnets
    .filter(({ subnetId }) => subnets.includes(subnetId))
    .map((subnet) => ({ id: subnet.subnetId, freeAddresses: freeAddresses(subnet) }));
}

/** One at a time, and one that is gone is as good as done, as the adapter has it. */
function deregister(wire: Wire, balancer: string, ids: readonly string[]): void {
  const { world } = wire.universe;
  for (const InstanceId of ids) {
    if ((world.inside.instances.get(InstanceId)?.state ?? 'terminated') === 'terminated') continue;
    world.call('elasticloadbalancing', 'DeregisterInstancesFromLoadBalancer', {
      LoadBalancerName: balancer,
      Instances: [{ InstanceId }],
    });
  }
}
