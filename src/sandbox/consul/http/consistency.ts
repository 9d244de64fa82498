import type { Consistency } from '../rpc/read.js';
import { type ApiRequest, textResponse } from './messages.js';
import type { Respond } from './routes.js';

/** The consistency a request asks for; undefined, with the answer given, when it asks for two. */
export function parseConsistency({ query }: ApiRequest, respond: Respond): Consistency | undefined {
  const stale = query.has('stale');
  const consistent = query.has('consistent');
  if (stale && consistent) {
    respond(textResponse(400, 'Cannot specify ?stale with ?consistent, conflicting semantics.'));
    return undefined;
  }
  if (stale) return 'stale';
  return consistent ? 'consistent' : 'default';
}
