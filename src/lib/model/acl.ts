/** Rules of Consul's ACLs, and which requests and commands need them. */

/** A kind of resource and the access to it; `write` includes `read`. */
export type AclRule =
  | 'agent:read'
  | 'agent:write'
  | 'operator:read'
  | 'operator:write'
  | 'key:read'
  | 'key:write'
  | 'node:read'
  | 'service:read'
  | 'query:read'
  | 'acl:read'
  | 'acl:write';

/** The commands that an ACL policy can be for; `snapshot` is the token that only the snapshot is taken with. */
export const ACL_COMMANDS = [
  'status',
  'history',
  'report',
  'plan',
  'doctor',
  'pause',
  'upgrade',
  'resume',
  'rollback',
  'create',
  'snapshot',
] as const;
export type AclCommand = (typeof ACL_COMMANDS)[number];

interface AclNeed {
  readonly usedBy: readonly AclCommand[];
  readonly purpose: string;
  /** Where a command works without the rule: what is missing then. */
  readonly without?: string;
}

/** Every command with the token of the cluster; `report` without files of events. */
const READERS: readonly AclCommand[] = ACL_COMMANDS.filter((command) => command !== 'snapshot');
/** They ask, by requests that change nothing, whether a roll's would be accepted. */
const CHECKERS: readonly AclCommand[] = ['plan', 'doctor', 'upgrade', 'resume', 'rollback'];

/** Who needs each rule, and what for. */
export const ACL_NEEDS = {
  'agent:read': { usedBy: READERS, purpose: 'reading the state of every server' },
  'agent:write': { usedBy: CHECKERS, purpose: 'having a server leave' },
  'operator:read': { usedBy: READERS, purpose: 'reading the Raft configuration and autopilot' },
  'operator:write': { usedBy: CHECKERS, purpose: 'transferring leadership and removing a dead peer' },
  'key:read': {
    usedBy: READERS,
    purpose: 'reading the record, lock, sentinel, journal and history of rolls under consul-roll/',
  },
  'key:write': {
    usedBy: ['doctor', 'upgrade', 'resume', 'rollback'],
    purpose: 'writing the record, lock, sentinel, journal and history under consul-roll/: enough to steer a roll',
  },
  'node:read': {
    usedBy: ['doctor', 'upgrade', 'resume', 'rollback'],
    purpose: 'reading the members that gossip knows, and the nodes of clients',
    without: 'Consul leaves members out of its answers',
  },
  'service:read': {
    usedBy: ['upgrade', 'resume', 'rollback'],
    purpose: 'comparing the services of clients before and after the roll, and those that new servers have',
    without: 'a service that is missing is not named, and the roll warns about it',
  },
  'query:read': {
    usedBy: ['upgrade', 'resume', 'rollback'],
    purpose: 'comparing the prepared queries that new servers have',
    without: 'they are not compared, and the roll warns about it',
  },
  'acl:read': {
    usedBy: ['upgrade', 'resume', 'rollback'],
    purpose: 'comparing the ACL tokens and policies that new servers have',
    without: 'they are not compared, and the roll warns about it',
  },
  'acl:write': {
    usedBy: ['doctor', 'upgrade', 'resume', 'snapshot'],
    purpose: 'taking the snapshot before the first change',
  },
} as const satisfies Readonly<Record<AclRule, AclNeed>>;

/** A request to Consul, its path without `/v1/` and without its query; `rule` is undefined where it needs none. */
interface AclRequest {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  readonly path: RegExp;
  readonly rule: AclRule | undefined;
}

/**
 * Every request that consul-roll sends. Source: "ACL required" in Consul's HTTP API reference; those that a token is
 * refused are measured on 1.8.7 (test/contract/adapter/acl-policy.test.ts). Members, nodes, services and names of keys
 * that the token may not read are left out of answers, without an error.
 */
export const ACL_REQUESTS: readonly AclRequest[] = [
  { method: 'GET', path: /^status\/(leader|peers)$/, rule: undefined },
  { method: 'GET', path: /^agent\/self$/, rule: 'agent:read' },
  { method: 'GET', path: /^agent\/members$/, rule: 'node:read' },
  // Whether the endpoint is blocked: no server leaves for a GET.
  { method: 'GET', path: /^agent\/leave$/, rule: undefined },
  { method: 'PUT', path: /^agent\/leave$/, rule: 'agent:write' },
  { method: 'PUT', path: /^agent\/token\/none$/, rule: 'agent:write' },
  { method: 'PUT', path: /^agent\/force-leave\/[^/]+$/, rule: 'operator:write' },
  { method: 'GET', path: /^kv\//, rule: 'key:read' },
  { method: 'PUT', path: /^kv\/./, rule: 'key:write' },
  { method: 'DELETE', path: /^kv\/./, rule: 'key:write' },
  { method: 'GET', path: /^operator\/(raft\/configuration|autopilot\/(configuration|health))$/, rule: 'operator:read' },
  { method: 'DELETE', path: /^operator\/raft\/peer$/, rule: 'operator:write' },
  { method: 'POST', path: /^operator\/raft\/transfer-leader$/, rule: 'operator:write' },
  { method: 'GET', path: /^catalog\/nodes$/, rule: 'node:read' },
  {
    method: 'GET',
    path: /^(catalog\/services|internal\/ui\/services|config\/|connect\/intentions)$/,
    rule: 'service:read',
  },
  { method: 'GET', path: /^query$/, rule: 'query:read' },
  { method: 'GET', path: /^acl\/(replication|tokens|policies)$/, rule: 'acl:read' },
  // What a token may read: its answer, where lists leave out the rest.
  { method: 'POST', path: /^internal\/acl\/authorize$/, rule: undefined },
  { method: 'GET', path: /^snapshot$/, rule: 'acl:write' },
];

/** The row of a request, by its path with or without a query; undefined for one that is not in the table. */
export function findAclRequest(method: string, path: string): AclRequest | undefined {
  const bare = path.replace(/\?.*/, '');
  return ACL_REQUESTS.find((row) => row.method === method && row.path.test(bare));
}
