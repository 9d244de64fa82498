import type { CloudSettings } from '../config/connection.js';
import type { Cloud } from '../ports.js';
import { type Clients, connectClients } from './clients.js';
import { createLookout, findGroups } from './cluster-reader.js';
import { createConversions } from './convert-launch-source.js';
import { createGroup, createGroupChanges } from './create-group.js';
import { createFacts } from './facts.js';
import { readNotCopied } from './group-copy.js';
import { createTemplate } from './launch-configuration.js';
import { readSharers, setTemplate } from './launch-source.js';
import { createTemplateVersions } from './launch-template.js';
import { createBalancing, createTraffic } from './load-balancers.js';
import { createRemovals } from './removals.js';
import { createWarmPools } from './warm-pool.js';

/** The Cloud port over Amazon's own SDK: its default chain for credentials and region, its retries and paging. */
export function connectCloud(settings: CloudSettings = {}): Cloud {
  return cloudOver(connectClients(settings));
}

/** The Cloud port over clients that exist already. `now` is epoch milliseconds. */
export function cloudOver(clients: Clients, now: () => number = Date.now): Cloud {
  const traffic = createTraffic(clients);
  return {
    findGroups: (cluster) => findGroups(clients, cluster),
    createTemplate: (from, name, imageId) => createTemplate(clients, from, name, imageId),
    createGroup: (from, name, template, tags) => createGroup(clients, from, { name, template, tags }, now()),
    setTemplate: (group, template) => setTemplate(clients, group, template),
    sharers: (launchTemplateId) => readSharers(clients, launchTemplateId),
    notCopied: (group) => readNotCopied(clients, group, now()),
    ...createTemplateVersions(clients),
    ...createConversions(clients),
    ...createWarmPools(clients),
    ...createLookout(clients, traffic, now),
    ...createFacts(clients),
    ...createGroupChanges(clients),
    ...createRemovals(clients),
    ...createBalancing(clients, traffic),
    close: () => clients.close(),
  };
}
