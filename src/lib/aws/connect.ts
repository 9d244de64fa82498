import type { CloudSettings } from '../config/connection.js';
import type { Cloud } from '../ports.js';
import { type Clients, createClients } from './clients.js';
import { createClusterReader, findGroups, findGroupsOfServers, listGroups } from './cluster-reader.js';
import { createLaunchSourceConverter } from './convert-launch-source.js';
import { copyGroup, createGroupChanges } from './create-group.js';
import { createFactReaders } from './facts.js';
import { listNotCopied } from './group-copy.js';
import { copyLaunchConfiguration } from './launch-configuration.js';
import { readLaunchTemplateUsers, readUserData, setLaunchSource } from './launch-source.js';
import {
  createLaunchTemplateVersion,
  deleteLaunchTemplate,
  deleteLaunchTemplateVersion,
  setDefaultLaunchTemplateVersion,
} from './launch-template.js';
import { completeLifecycleHooks, readLifecycleHooks } from './lifecycle-hooks.js';
import { createLoadBalancerAdapter, createLoadBalancerReader } from './load-balancers.js';
import { deleteAutoScalingGroup, deleteLaunchConfiguration, terminateInstance } from './removals.js';
import { createWarmPoolAdapter } from './warm-pool.js';

/** The Cloud port over Amazon's own SDK: its default chain for credentials and region, its retries and paging. */
export function createCloud(settings: CloudSettings = {}, now?: () => number): Cloud {
  return createCloudFromClients(createClients(settings), now);
}

/** The Cloud port over clients that exist already. `now` is epoch milliseconds. */
export function createCloudFromClients(clients: Clients, now: () => number = Date.now): Cloud {
  const traffic = createLoadBalancerReader(clients);
  return {
    findGroups: (cluster) => findGroups(clients, cluster),
    listGroups: () => listGroups(clients),
    findGroupsOfServers: (query) => findGroupsOfServers(clients, query),
    createLaunchConfiguration: (from, name, imageId) => copyLaunchConfiguration(clients, from, name, imageId),
    createGroup: (from, name, launchSource, tags) => copyGroup(clients, from, { name, launchSource, tags }, now()),
    setLaunchSource: (group, launchSource) => setLaunchSource(clients, group, launchSource),
    listLaunchTemplateUsers: (launchTemplateId) => readLaunchTemplateUsers(clients, launchTemplateId),
    readUserData: (from) => readUserData(clients, from),
    listNotCopied: (group) => listNotCopied(clients, group, now()),
    createLaunchTemplateVersion: (source, description, imageId) =>
      createLaunchTemplateVersion(clients, source, description, imageId),
    setDefaultLaunchTemplateVersion: (id, version) => setDefaultLaunchTemplateVersion(clients, id, version),
    deleteLaunchTemplateVersion: (id, version) => deleteLaunchTemplateVersion(clients, id, version),
    deleteLaunchTemplate: (id) => deleteLaunchTemplate(clients, id),
    terminate: (instanceId) => terminateInstance(clients, instanceId),
    readLifecycleHooks: async (group) => (await readLifecycleHooks(clients, group)) ?? [],
    completeLifecycleHooks: (what) => completeLifecycleHooks(clients, what),
    deleteGroup: (group) => deleteAutoScalingGroup(clients, group),
    deleteLaunchConfiguration: (name) => deleteLaunchConfiguration(clients, name),
    ...createLaunchSourceConverter(clients),
    ...createWarmPoolAdapter(clients),
    ...createClusterReader(clients, traffic, now),
    ...createFactReaders(clients),
    ...createGroupChanges(clients),
    ...createLoadBalancerAdapter(clients, traffic),
    close: () => clients.close(),
  };
}
