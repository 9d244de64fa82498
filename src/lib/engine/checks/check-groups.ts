import { accountChecks } from './account.js';
import { bootScriptChecks } from './boot-script.js';
import type { Check } from './check.js';
import { consulChecks, raftChecks } from './consul.js';
import { groupChecks } from './group.js';
import { launchSourceChecks } from './launch-source.js';
import { networkChecks } from './network.js';
import { serverChecks } from './servers.js';
import { trafficChecks } from './traffic.js';

/** The checks by what they are about, in the order in which results are printed. */
export const CHECK_GROUPS: Readonly<Record<string, readonly Check[]>> = {
  'image and account': accountChecks,
  'Auto Scaling group': groupChecks,
  'launch source': launchSourceChecks,
  'boot script': bootScriptChecks,
  'load balancers': trafficChecks,
  network: networkChecks,
  quorum: raftChecks,
  servers: serverChecks,
  Consul: consulChecks,
};

/** What a check is about, by its id: `load balancers`, or `AWS permissions` for one of an action. */
export function findCheckGroup(id: string): string {
  if (id.startsWith('permission-')) return 'AWS permissions';
  if (id.startsWith('acl-')) return 'ACL rules of the token';
  if (id.endsWith('-file')) return 'files of the run';
  const found = Object.entries(CHECK_GROUPS).find(([, checks]) => checks.some((check) => check.id === id));
  return found?.[0] ?? 'AWS credentials';
}
