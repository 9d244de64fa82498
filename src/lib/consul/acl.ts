import { ACL_NEEDS, type AclRule, findAclRequest } from '../model/acl.js';
import { buildClusterKey } from '../model/cluster-name.js';
import type { AclPermission } from '../model/doctor.js';
import { messageOf, RollError } from '../model/errors.js';
import { buildLockKey } from '../model/intent.js';
import type { ProbedRequest, ProbeResult } from '../ports.js';
import type { ConsulRequest, ConsulResponse, HttpClient } from './http-client.js';
import { buildKeyPath, undefinedIfUnavailable } from './http-client.js';

/** True for the response of a server that does not know the token; a server that has not caught up yet sends it too. */
export function isUnknownToken(text: string): boolean {
  return text.includes('ACL not found');
}

/** The error for a 403, in Consul's own words, with the rule that the request needs. `path` is without `/v1/`. */
export function aclDeniedError(address: string, method: string, path: string, text: string): RollError {
  const bare = path.replace(/\?.*/, '');
  const call = `${method} /v1/${bare}`;
  const rule = findAclRequest(method, path)?.rule;
  const cause = findRefusalCause(text);
  const lacking = cause === 'token' ? ` (the ACL token lacks ${formatRule(rule)})` : '';
  return new RollError({
    code: 'acl-denied',
    message:
      cause === 'unknown-token'
        ? `Consul at ${address} does not know the ACL token, so it refused ${call}.`
        : `Consul at ${address} refused ${call}: ${text}${lacking}.`,
    kind: 'refused',
    state: 'Consul refused this request, so it changed nothing.',
    next: rule === 'acl:write' && cause === 'token' ? SNAPSHOT_REMEDY : getRefusalRemedy(cause, rule),
  });
}

/** The one request for which another token may be given. */
const SNAPSHOT_REMEDY =
  'set CONSUL_ROLL_SNAPSHOT_TOKEN to a token with acl:write, which is used for the snapshot only, or give it to the token in CONSUL_HTTP_TOKEN: consul-roll acl-policy prints the rules';

function formatRule(rule: AclRule | undefined): string {
  return rule === 'acl:write' ? `${rule} (a management token)` : (rule ?? 'permission');
}

/** Why a server answered 403, by its own sentence; its configuration refuses before it looks at the token. */
function findRefusalCause(text: string): RefusalCause {
  if (isUnknownToken(text)) return 'unknown-token';
  if (text.includes('blocked by agent configuration')) return 'endpoint-blocked';
  if (text.includes('Access is restricted')) return 'writes-restricted';
  return /permission denied/i.test(text) ? 'token' : 'other';
}

/** The one harmless call that needs agent:write: its body is missing, so it fails. */
const AGENT_WRITE_PROBE = { method: 'PUT', path: 'agent/token/none', body: 'no token' } as const;
/** No peer has this id. */
const OPERATOR_WRITE_PROBE = {
  method: 'DELETE',
  path: 'operator/raft/peer?id=00000000-0000-0000-0000-000000000000',
} as const;

/** A request that is refused as another one would be, for these causes, and that changes nothing. */
interface Probe extends Pick<ConsulRequest, 'method' | 'path' | 'body'> {
  readonly rule: AclRule;
  readonly causes: readonly RefusalCause[];
}

/** A block applies to a path with any method, and only PUT leaves: a server answers any other one with 405. */
const PROBES: Readonly<Record<ProbedRequest, readonly Probe[]>> = {
  leave: [
    { method: 'GET', path: 'agent/leave', rule: 'agent:write', causes: ['endpoint-blocked'] },
    { ...AGENT_WRITE_PROBE, rule: 'agent:write', causes: ['writes-restricted', 'token', 'unknown-token'] },
  ],
  'remove-peer': [
    {
      ...OPERATOR_WRITE_PROBE,
      rule: 'operator:write',
      causes: ['endpoint-blocked', 'writes-restricted', 'token', 'unknown-token'],
    },
  ],
};

/** See `Consul.probeRequest`. Source: measured on 1.8.7 and 1.14.11 (test/contract/adapter/leave-refused.test.ts). */
export async function probeRequest(
  http: HttpClient,
  address: string,
  request: ProbedRequest,
): Promise<ProbeResult | undefined> {
  const results = await Promise.all(PROBES[request].map((probe) => sendProbe(http, address, probe)));
  const refusal = results.find((one) => one !== undefined && one !== 'accepted');
  return refusal ?? (results.includes(undefined) ? undefined : 'accepted');
}

async function sendProbe(
  http: HttpClient,
  address: string,
  { method, path, body, rule, causes }: Probe,
): Promise<ProbeResult | undefined> {
  const sent = http.send({ address, limitMs: http.timeouts.readMs, method, path, ...(body !== undefined && { body }) });
  const response = await undefinedIfUnavailable(sent);
  // Too many requests say nothing about this one.
  if (response === undefined || response.isTokenWithheld === true || response.status === 429 || response.status === 503)
    return undefined;
  if (!isAclDenied(response)) return 'accepted';
  const message = response.bytes.toString('utf8').trim();
  const cause = findRefusalCause(message);
  return causes.includes(cause) ? { message, remedy: getRefusalRemedy(cause, rule) } : 'accepted';
}

type RefusalCause = 'unknown-token' | 'endpoint-blocked' | 'writes-restricted' | 'token' | 'other';

function getRefusalRemedy(cause: RefusalCause, rule: AclRule | undefined): string {
  switch (cause) {
    case 'unknown-token':
      return 'set CONSUL_HTTP_TOKEN (or CONSUL_HTTP_TOKEN_FILE) to a token of this cluster';
    case 'endpoint-blocked':
      return 'remove the endpoint from http_config.block_endpoints of the servers';
    case 'writes-restricted':
      return "add this machine's address to http_config.allow_write_http_from of the servers, or run from an address in it";
    case 'token':
    case 'other':
      return `give the token in CONSUL_HTTP_TOKEN a policy with ${rule ?? 'that permission'}: consul-roll acl-policy prints the rules`;
  }
}

/** No key reaches this index, so a check-and-set with it always fails. */
const UNREACHABLE_MODIFY_INDEX = Number.MAX_SAFE_INTEGER;

/** Rules that Consul shows to be missing by a refusal, not by an answer that leaves things out. */
type CheckedRule = 'agent:read' | 'agent:write' | 'operator:read' | 'operator:write' | 'key:read' | 'key:write';

/**
 * For each rule a request that Consul refuses with 403 without it, and that changes nothing with it: Consul checks the
 * token before anything else in a request. Source: measured on 1.8.7 (test/contract/adapter/acl.test.ts).
 */
const ACL_CHECKS: Readonly<Record<CheckedRule, (cluster: string) => Pick<ConsulRequest, 'method' | 'path' | 'body'>>> =
  {
    'agent:read': () => ({ method: 'GET', path: 'agent/self' }),
    'agent:write': () => AGENT_WRITE_PROBE,
    'operator:read': () => ({ method: 'GET', path: 'operator/raft/configuration?stale' }),
    'operator:write': () => OPERATOR_WRITE_PROBE,
    'key:read': (cluster) => ({ method: 'GET', path: buildKeyPath(buildLockKey(cluster)) }),
    'key:write': (cluster) => ({
      method: 'PUT',
      path: buildKeyPath(buildClusterKey(cluster, 'doctor'), `cas=${UNREACHABLE_MODIFY_INDEX}`),
      body: '',
    }),
  };
const CHECKED_RULES = Object.keys(ACL_CHECKS) as CheckedRule[];

/** Which of a roll's ACL rules the token has; see `ConsulInspection.probeAclPermissions`. */
export function checkAcls(http: HttpClient, leader: string, cluster: string): Promise<readonly AclPermission[]> {
  return Promise.all(CHECKED_RULES.map((rule) => checkAcl(http, leader, cluster, rule)));
}

async function checkAcl(http: HttpClient, leader: string, cluster: string, rule: CheckedRule): Promise<AclPermission> {
  const { purpose } = ACL_NEEDS[rule];
  const limitMs = http.timeouts.changeMs;
  try {
    const response = await http.send({ address: leader, limitMs, ...ACL_CHECKS[rule](cluster) });
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
