import {
  LIST_LIMIT_MS,
  type MissingState,
  type NotCompared,
  STATE_KINDS,
  type StateKind,
  type UnreadCause,
} from '../../model/comparison.js';
import type { ConvergenceKind, Missing } from '../../model/convergence.js';
import { formatFlag, quoteWord } from '../../model/errors.js';
import type { Warning } from '../../model/events.js';
import { formatCount, formatDuration, formatList, formatShortList, truncate } from './format.js';

type WarningOf = { readonly [K in Warning['kind']]: Extract<Warning, { kind: K }> };

/** A warning as a sentence, without a full stop. */
export function describeWarning(warning: Warning): string {
  // Each entry takes the warning of its own kind.
  const describe = WARNING_TEXTS[warning.kind] as (warning: Warning) => string;
  return describe(warning);
}

const WARNING_TEXTS: { readonly [K in Warning['kind']]: (warning: WarningOf[K]) => string } = {
  message: ({ message }) => message,
  'console-denied': ({ message }) =>
    `The consoles of failed servers are not read, for want of ec2:GetConsoleOutput: ${message}`,
  'marks-stay': ({ instanceIds: [first = '', ...others] }) =>
    `Auto Scaling has ${formatShortList([first, ...others])} marked Unhealthy, and replaces none, because ReplaceUnhealthy was suspended before the roll; before you resume that: aws autoscaling set-instance-health --health-status Healthy ${formatFlag('instance-id', first)}`,
  'not-converged': ({ missing }) => `${MISSING_TEXTS[missing.kind]} (${missing.count}): ${listNames(missing)}`,
  'others-not-compared': ({ notCompared }) =>
    `Not compared before and after the roll: ${describeNotCompared(notCompared, CONVERGENCE_NAMES)}`,
  'founder-in-raft': ({ instanceId }) =>
    `${instanceId} is in the Raft configuration, and shows that it bootstrapped a cluster of its own: it may lack keys of this one; resume now, which takes it out`,
  'servers-dropped': ({ instanceIds }) =>
    `The group of ${formatShortList(instanceIds)} does not have ${instanceIds.length === 1 ? 'it' : 'them'} any more, and this run has not terminated ${instanceIds.length === 1 ? 'it' : 'them'}. A server that was detached runs on, and may bootstrap a cluster of its own, which could take this one over; ${formatShutdown(instanceIds)}`,
  'servers-taken-out': ({ side, instanceIds }) => {
    const [servers, it, was] = instanceIds.length === 1 ? ['server', 'it', 'was'] : ['servers', 'they', 'were'];
    return `The ${side} ${servers} ${formatShortList(instanceIds)} ${was} terminated: ${it} had not joined the cluster, and no process would watch ${it === 'it' ? it : 'them'}`;
  },
  'servers-unwatched': ({ instanceIds }) =>
    `This run no longer watches whether ${nameUnwatched(instanceIds)} the cluster or bootstraps one of its own, which could take this one over: resume now, which watches it, or roll back${instanceIds.length === 0 ? '' : `; ${formatShutdown(instanceIds)}; then roll back`}`,
  'state-not-compared': ({ instanceIds, notCompared }) =>
    `${notCompared.length === STATE_KINDS.length ? 'Nothing' : 'Not everything'} in the state of ${formatShortList(instanceIds)} was compared with the leader's; not compared: ${describeNotCompared(notCompared, STATE_NAMES)}`,
};

/** `i-0a11 joins`. */
function nameUnwatched(instanceIds: readonly string[]): string {
  return instanceIds.length === 0 ? 'a server that is being launched joins' : `${formatShortList(instanceIds)} joins`;
}

/** No lifecycle hook of the group delays it. */
function formatShutdown([first = '', ...others]: readonly string[]): string {
  const ids = [formatFlag('instance-ids', first), ...others.map(quoteWord)];
  const command = ['aws ec2 terminate-instances', ...ids].join(' ');
  return `to end ${others.length === 0 ? 'it' : 'them'} at once: ${command}`;
}

/** What is missing, by kind; the number and the names follow. */
const MISSING_TEXTS: Readonly<Record<ConvergenceKind, string>> = {
  clients: 'Client agents that were alive before the roll and are not now',
  nodes: 'Nodes that were in the catalog before the roll and are not now',
  services: 'Service instances that were registered before the roll and are not now',
  gateways: 'Gateways that were registered before the roll and are not now',
  wan: 'Servers of other datacenters that were alive before the roll and are not now',
  replication:
    'ACL replication that ran before the roll and does not now, perhaps without a token that was set by API on the old servers',
  agents:
    'Servers could update their own nodes in the catalog before the roll and cannot now, perhaps without an agent token that was set by API on the old servers',
};

const CONVERGENCE_NAMES: Readonly<Record<ConvergenceKind, string>> = {
  clients: 'client agents',
  nodes: 'nodes of the catalog',
  services: 'services',
  gateways: 'gateways',
  wan: 'servers of other datacenters',
  replication: 'ACL replication',
  agents: "updates of the servers' own nodes",
};

const STATE_NAMES: Readonly<Record<StateKind, string>> = {
  keys: 'keys',
  nodes: 'nodes',
  services: 'services',
  aclTokens: 'ACL tokens',
  aclPolicies: 'ACL policies',
  configEntries: 'config entries',
  queries: 'prepared queries',
  intentions: 'intentions',
};

const STATE_COUNTS: Readonly<Record<StateKind, (count: number) => string>> = {
  keys: (count) => formatCount(count, 'key'),
  nodes: (count) => formatCount(count, 'node'),
  services: (count) => formatCount(count, 'service'),
  aclTokens: (count) => formatCount(count, 'ACL token'),
  aclPolicies: (count) => (count === 1 ? '1 ACL policy' : `${count} ACL policies`),
  configEntries: (count) => (count === 1 ? '1 config entry' : `${count} config entries`),
  queries: (count) => (count === 1 ? '1 prepared query' : `${count} prepared queries`),
  intentions: (count) => formatCount(count, 'intention'),
};

const CAUSE_TEXTS: Readonly<Record<UnreadCause, string>> = {
  denied: 'the ACL token may not read all of them',
  'too-large': 'too many to compare',
  'too-slow': `listing them took longer than ${formatDuration(LIST_LIMIT_MS)}`,
  unsupported: 'this Consul does not list them',
  'no-answer': 'Consul did not answer',
  'not-recorded': 'not recorded before the first change',
};

/** `2 keys and 1 ACL policy`. */
export function describeMissingState(missing: MissingState): string {
  return formatList(STATE_KINDS.flatMap((kind) => (missing[kind] ? [STATE_COUNTS[kind](missing[kind])] : [])));
}

/** What is waited for: `client agents web-2 and web-3 and services api`. */
export function describeAwaitedOthers(missing: readonly Missing[]): string {
  return missing.map((one) => `${CONVERGENCE_NAMES[one.kind]} (${listNames(one)})`).join(', ');
}

function describeNotCompared<Kind extends string>(
  notCompared: readonly NotCompared<Kind>[],
  names: Readonly<Record<Kind, string>>,
): string {
  const causes = [...new Set(notCompared.map(({ why }) => why))];
  return causes
    .map((why) => {
      const kinds = notCompared.filter((one) => one.why === why).map(({ kind }) => names[kind]);
      return `${formatList(kinds)} (${CAUSE_TEXTS[why]})`;
    })
    .join('; ');
}

const MAX_NAMED = 5;
const MAX_NAME_WIDTH = 64;

function listNames({ names, count }: Missing): string {
  if (names.length === 0) return 'names not recorded';
  const more = names.length - MAX_NAMED;
  const some = count < names.length ? [`${names.length} gone, ${names.length - count} new in their place`] : [];
  return [
    ...some,
    ...names.slice(0, MAX_NAMED).map((name) => truncate(name, MAX_NAME_WIDTH)),
    ...(more > 0 ? [`${more} more`] : []),
  ].join(', ');
}
