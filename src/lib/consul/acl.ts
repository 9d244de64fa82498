import { buildClusterKey } from '../model/cluster-name.js';
import type { AclPermission } from '../model/doctor.js';
import { messageOf, RollError } from '../model/errors.js';
import { buildLockKey } from '../model/intent.js';
import type { LeaveRefusal } from '../model/server.js';
import type { ConsulRequest, ConsulResponse, HttpClient } from './http-client.js';
import { buildKeyPath, undefinedIfUnavailable } from './http-client.js';

/** The rule a request needs, by the beginning of its path; the first match applies. Source: Consul's ACL rules reference. */
const ACL_RULES: readonly { readonly path: RegExp; readonly writes: boolean; readonly rule: string }[] = [
  { path: /^agent\/self/, writes: false, rule: 'agent:read' },
  { path: /^agent\/leave/, writes: true, rule: 'agent:write' },
  { path: /^agent\/force-leave/, writes: true, rule: 'operator:write' },
  { path: /^kv\//, writes: false, rule: 'key:read' },
  { path: /^kv\//, writes: true, rule: 'key:write' },
  { path: /^operator\//, writes: false, rule: 'operator:read' },
  { path: /^operator\//, writes: true, rule: 'operator:write' },
  { path: /^snapshot/, writes: false, rule: 'acl:write (a management token)' },
];

/** True for the response of a server that does not know the token; a server that has not caught up yet sends it too. */
export function isUnknownToken(text: string): boolean {
  return text.includes('ACL not found');
}

/** The error for a 403, in Consul's own words, with the rule that the request needs. `path` is without `/v1/`. */
export function aclDeniedError(address: string, method: string, path: string, text: string): RollError {
  const bare = path.replace(/\?.*/, '');
  const call = `${method} /v1/${bare}`;
  const rule = ACL_RULES.find((row) => row.path.test(path) && row.writes === (method !== 'GET'))?.rule;
  const cause = findRefusalCause(text);
  const lacking = cause === 'token' ? ` (the ACL token lacks ${rule ?? 'permission'})` : '';
  return new RollError({
    code: 'acl-denied',
    message:
      cause === 'unknown-token'
        ? `Consul at ${address} does not know the ACL token, so it refused ${call}.`
        : `Consul at ${address} refused ${call}: ${text}${lacking}.`,
    kind: 'refused',
    state: 'Consul refused this request, so it changed nothing.',
    next: getRefusalRemedy(cause, rule),
  });
}

/** Why a server answered 403, by its own sentence; its configuration refuses before it looks at the token. */
function findRefusalCause(text: string): RefusalCause {
  if (isUnknownToken(text)) return 'unknown-token';
  if (text.includes('blocked by agent configuration')) return 'endpoint-blocked';
  if (text.includes('Access is restricted')) return 'writes-restricted';
  return /permission denied/i.test(text) ? 'token' : 'other';
}

/** A request to leave that changes nothing: only PUT leaves, and a server answers any other method with 405. */
const LEAVE_PROBE = { method: 'GET', path: 'agent/leave' } as const;
/** The one harmless call that needs agent:write: its body is missing, so it fails. */
const AGENT_WRITE_PROBE = { method: 'PUT', path: 'agent/token/none', body: 'no token' } as const;

/** See `Consul.probeLeave`. Source: measured on 1.8.7 and 1.14.11 (test/contract/adapter/leave-refused.test.ts). */
export async function probeLeave(
  http: HttpClient,
  address: string,
): Promise<Omit<LeaveRefusal, 'instanceId'> | undefined> {
  const ask = async (probe: typeof LEAVE_PROBE | typeof AGENT_WRITE_PROBE, causes: readonly RefusalCause[]) => {
    const asked = http.send({ address, limitMs: http.timeouts.readMs, ...probe });
    const response = await undefinedIfUnavailable(asked);
    if (response?.status !== 403) return undefined;
    const message = response.bytes.toString('utf8').trim();
    const cause = findRefusalCause(message);
    return causes.includes(cause) ? { message, remedy: getRefusalRemedy(cause, 'agent:write') } : undefined;
  };
  const [leave, write] = await Promise.all([
    ask(LEAVE_PROBE, ['endpoint-blocked']),
    ask(AGENT_WRITE_PROBE, ['writes-restricted', 'token', 'unknown-token']),
  ]);
  return leave ?? write;
}

type RefusalCause = 'unknown-token' | 'endpoint-blocked' | 'writes-restricted' | 'token' | 'other';

function getRefusalRemedy(cause: RefusalCause, rule: string | undefined): string {
  switch (cause) {
    case 'unknown-token':
      return 'set CONSUL_HTTP_TOKEN (or CONSUL_HTTP_TOKEN_FILE) to a token of this cluster';
    case 'endpoint-blocked':
      return 'remove the endpoint from http_config.block_endpoints of the servers';
    case 'writes-restricted':
      return "add this machine's address to http_config.allow_write_http_from of the servers, or run from an address in it";
    case 'token':
    case 'other':
      return `give the token in CONSUL_HTTP_TOKEN a policy with ${rule ?? 'that permission'}`;
  }
}

/** A request that Consul refuses with 403 if the rule is missing, and that changes nothing if it is granted. */
interface AclCheck {
  readonly rule: string;
  readonly purpose: string;
  readonly request: (cluster: string) => Pick<ConsulRequest, 'method' | 'path' | 'body'>;
}

/** No key reaches this index, so a check-and-set with it always fails. */
const UNREACHABLE_MODIFY_INDEX = Number.MAX_SAFE_INTEGER;
const UNKNOWN_PEER_ID = '00000000-0000-0000-0000-000000000000';

/**
 * Consul checks the token before anything else in a request. Source: measured on 1.8.7
 * (test/contract/adapter/acl.test.ts).
 */
const ACL_CHECKS: readonly AclCheck[] = [
  {
    rule: 'agent:read',
    purpose: 'reading the state of every server',
    request: () => ({ method: 'GET', path: 'agent/self' }),
  },
  { rule: 'agent:write', purpose: 'having a server leave', request: () => AGENT_WRITE_PROBE },
  {
    rule: 'operator:read',
    purpose: 'reading the Raft configuration and autopilot',
    request: () => ({ method: 'GET', path: 'operator/raft/configuration?stale' }),
  },
  {
    rule: 'operator:write',
    purpose: 'transferring leadership and removing a dead peer',
    request: () => ({ method: 'DELETE', path: `operator/raft/peer?id=${UNKNOWN_PEER_ID}` }),
  },
  {
    rule: 'key:read',
    purpose: 'reading the lock and the sentinel under consul-roll/',
    request: (cluster) => ({ method: 'GET', path: buildKeyPath(buildLockKey(cluster)) }),
  },
  {
    rule: 'key:write',
    purpose: 'writing the lock and the sentinel under consul-roll/',
    request: (cluster) => ({
      method: 'PUT',
      path: buildKeyPath(buildClusterKey(cluster, 'doctor'), `cas=${UNREACHABLE_MODIFY_INDEX}`),
      body: '',
    }),
  },
];

/** Which of a roll's ACL rules the token has; see `ConsulInspection.probeAclPermissions`. */
export function checkAcls(http: HttpClient, leader: string, cluster: string): Promise<readonly AclPermission[]> {
  return Promise.all(ACL_CHECKS.map((check) => checkAcl(http, leader, cluster, check)));
}

async function checkAcl(http: HttpClient, leader: string, cluster: string, check: AclCheck): Promise<AclPermission> {
  const { rule, purpose } = check;
  const limitMs = http.timeouts.changeMs;
  try {
    const response = await http.send({ address: leader, limitMs, ...check.request(cluster) });
    return { rule, purpose, isGranted: !isAclDenied(response), why: undefined };
  } catch (thrown) {
    if (thrown instanceof RollError) throw thrown;
    return { rule, purpose, isGranted: undefined, why: messageOf(thrown) };
  }
}

/** A refusal forwarded from the leader comes as status 500 with the text of a 403. */
function isAclDenied({ status, bytes }: ConsulResponse): boolean {
  return status === 403 || /permission denied|ACL not found/i.test(bytes.toString('utf8'));
}
