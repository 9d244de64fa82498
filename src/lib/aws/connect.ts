import type { Cloud } from '../ports.js';
import type { CloudSettings } from '../settings/cloud.js';
import { createBalancing } from './balancing.js';
import { type Clients, connectClients } from './clients.js';
import { createConversions } from './conversions.js';
import { createGroup } from './create-group.js';
import { createTemplate } from './create-template.js';
import { createFacts } from './facts.js';
import { findGroups } from './find-groups.js';
import { createGroupChanges } from './group-changes.js';
import { setTemplate } from './launch-from.js';
import { createLookout } from './look.js';
import { readNotCopied } from './not-copied.js';
import { createRemovals } from './removals.js';
import { readSharers } from './sharers.js';
import { createTemplateVersions } from './template-versions.js';
import { createTraffic } from './traffic.js';
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
