import * as z from 'zod/mini';
import type { UnreadCause } from '../model/comparison.js';
import { isAclDenied } from '../model/errors.js';
import { AnswerTooLarge, type ConsulRequest, ConsulUnavailable, type HttpClient } from './http-client.js';
import { ownTextSchema, parseBody, readText } from './responses.js';

/** What rules are about, as Consul's own check of a token names it. */
export type Resource = 'key' | 'node' | 'service' | 'acl' | 'query' | 'intention';

const answersSchema = z.array(z.object({ Resource: ownTextSchema, Allow: z.boolean() }));
const ACLS_OFF = 401;

/**
 * Those of these resources that the token may read only in part, or not at all: Consul leaves them out of its lists without
 * a word. Empty where ACLs are off, and where Consul does not say. Source: measured on 1.8.7
 * (test/contract/adapter/state.test.ts).
 */
export async function findHidden(
  http: HttpClient,
  address: string,
  resources: readonly Resource[],
): Promise<readonly string[]> {
  const checks = [...new Set(resources)].map((Resource) => ({ Resource, Access: 'read', Segment: '' }));
  const body = JSON.stringify(checks);
  const request = {
    address,
    method: 'POST',
    path: 'internal/acl/authorize',
    body,
    limitMs: http.timeouts.changeMs,
  } as const;
  try {
    const response = await http.send(request);
    if (response.status === ACLS_OFF) return [];
    const answers = parseBody(request, response, answersSchema);
    return answers.filter(({ Allow }) => !Allow).map(({ Resource }) => Resource);
  } catch (thrown) {
    toUnreadCause(thrown);
    return [];
  }
}

/** A GET of a JSON body; undefined for one about ACLs of a server that has them off. A server with an error of its own did not answer. */
export async function readListing<Schema extends z.ZodMiniType>(
  http: HttpClient,
  request: Omit<ConsulRequest, 'method'>,
  schema: Schema,
): Promise<z.infer<Schema> | undefined> {
  const get = { ...request, method: 'GET' } as const;
  const response = await http.send(get);
  if (response.status === ACLS_OFF) return undefined;
  if (response.status >= 500) throw new ConsulUnavailable('silent', readText(response));
  return parseBody(get, response, schema);
}

/** @throws what was thrown, if it is not about one read */
export function toUnreadCause(thrown: unknown): UnreadCause {
  if (isAclDenied(thrown)) return 'denied';
  if (thrown instanceof AnswerTooLarge) return 'too-large';
  if (thrown instanceof ConsulUnavailable) return thrown.why === 'broken' ? 'unsupported' : 'no-answer';
  throw thrown;
}
