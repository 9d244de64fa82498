import type { AclPermission } from '../model/doctor.js';
import { messageOf, RollError } from '../model/errors.js';
import { buildLockKey } from '../model/intent.js';
import type { ConsulRequest, ConsulResponse, HttpClient } from './http-client.js';
import { buildKeyPath } from './http-client.js';

/** The rule a request needs, by the beginning of its path; the first match applies. Source: Consul's ACL rules reference. */
const ACL_RULES: readonly { readonly path: RegExp; readonly writes: boolean; readonly rule: string }[] = [
  { path: /^agent\/self/, writes: false, rule: 'agent:read' },
  { path: /^agent\/leave/, writes: true, rule: 'agent:write' },
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
  const unknown = isUnknownToken(text);
  return new RollError({
    code: 'acl-denied',
    message: unknown
      ? `Consul at ${address} does not know the ACL token, so it refused ${call}.`
      : `Consul at ${address} refused ${call}: ${text} (the ACL token may lack ${rule ?? 'permission'}).`,
    kind: 'refused',
    state: 'Consul refused this request, so it changed nothing.',
    next: unknown
      ? 'set CONSUL_HTTP_TOKEN (or CONSUL_HTTP_TOKEN_FILE) to a token of this cluster'
      : `give the token in CONSUL_HTTP_TOKEN a policy with ${rule ?? 'that permission'}`,
  });
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
 * (test/contract/adapter/acl.test.ts). `agent/token/` is the one harmless call that needs agent:write: its body is
 * missing, so it fails.
 */
const ACL_CHECKS: readonly AclCheck[] = [
  {
    rule: 'agent:read',
    purpose: 'reading the state of every server',
    request: () => ({ method: 'GET', path: 'agent/self' }),
  },
  {
    rule: 'agent:write',
    purpose: 'having a server leave',
    request: () => ({ method: 'PUT', path: 'agent/token/none', body: 'no token' }),
  },
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
      path: buildKeyPath(`consul-roll/${cluster}/doctor`, `cas=${UNREACHABLE_MODIFY_INDEX}`),
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
