import type { Cloud } from '../ports.js';
import type { CloudSettings } from '../settings/cloud.js';
import { createBalancing } from './balancing.js';
import { type Clients, connectClients } from './clients.js';
import { createGroup } from './create-group.js';
import { createTemplate } from './create-template.js';
import { createFacts } from './facts.js';
import { findGroups } from './find-groups.js';
import { createGroupChanges } from './group-changes.js';
import { createLookout } from './look.js';
import { createRemovals } from './removals.js';
import { createTraffic } from './traffic.js';

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
    ...createLookout(clients, traffic, now),
    ...createFacts(clients),
    ...createGroupChanges(clients),
    ...createRemovals(clients),
    ...createBalancing(clients, traffic),
    close: () => clients.close(),
  };
}
