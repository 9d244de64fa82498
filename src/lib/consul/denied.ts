import { RollError } from '../errors.js';
import { EXIT } from '../outcomes.js';

/** What a token needs, by the beginning of the path; the first that fits. Source: Consul's ACL rules reference. */
const RULES: readonly { readonly path: RegExp; readonly writes: boolean; readonly rule: string }[] = [
  { path: /^agent\/self/, writes: false, rule: 'agent:read' },
  { path: /^agent\/leave/, writes: true, rule: 'agent:write' },
  { path: /^kv\//, writes: false, rule: 'key:read' },
  { path: /^kv\//, writes: true, rule: 'key:write' },
  { path: /^operator\//, writes: false, rule: 'operator:read' },
  { path: /^operator\//, writes: true, rule: 'operator:write' },
  { path: /^snapshot/, writes: false, rule: 'acl:write (a management token)' },
];

/** True for the answer of a server that has no such token; one that has not caught up yet answers this too. */
export function isTokenUnknown(text: string): boolean {
  return text.includes('ACL not found');
}

/** The error for a 403: which rule the token lacks, or that it is none. `path` is without `/v1/`. */
export function deniedError(address: string, method: string, path: string, text: string): RollError {
  const bare = path.replace(/\?.*/, '');
  const call = `${method} /v1/${bare}`;
  const rule = RULES.find((row) => row.path.test(path) && row.writes === (method !== 'GET'))?.rule;
  const unknown = isTokenUnknown(text);
  return new RollError({
    code: 'acl-denied',
    message: unknown
      ? `Consul at ${address} does not know the ACL token, so it refused ${call}.`
      : `Consul at ${address} refused ${call}: the ACL token lacks ${rule ?? 'permission'}.`,
    exitCode: EXIT.refused,
    state: 'Consul refused this request, so it changed nothing.',
    next: unknown
      ? 'Set CONSUL_HTTP_TOKEN (or CONSUL_HTTP_TOKEN_FILE) to a token of this cluster.'
      : `Give the token in CONSUL_HTTP_TOKEN a policy with ${rule ?? 'that permission'}.`,
  });
}
