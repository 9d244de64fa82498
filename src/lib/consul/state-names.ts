import * as z from 'zod/mini';
import { RollError } from '../model/errors.js';
import type { StateNames } from '../ports.js';
import { ConsulUnavailable, type HttpClient, undefinedIfUnavailable } from './http-client.js';
import { parseBody } from './responses.js';

/** A store with more names than this is not compared: about a million keys. */
const MAX_BYTES = 64 * 1024 * 1024;
const LIMIT_MS = 30_000;

const keysSchema = z.array(z.string());
const nodesSchema = z.pipe(
  z.array(z.object({ Node: z.string() })),
  z.transform((nodes) => nodes.map(({ Node }) => Node)),
);
const servicesSchema = z.pipe(
  z.record(z.string(), z.unknown()),
  z.transform((services) => Object.keys(services)),
);

/** See `Consul.listState`. Consul leaves out what the token may not list, on every server in the same way. */
export function listState(
  http: HttpClient,
  address: string,
  from: 'leader' | 'stale',
): Promise<StateNames | undefined> {
  const list = async (path: string, schema: z.ZodMiniType<string[]>) => {
    const request = { address, method: 'GET', path, limitMs: LIMIT_MS, maxBytes: MAX_BYTES } as const;
    try {
      const response = await http.send(request);
      // No key at all.
      return new Set(response.status === 404 ? [] : parseBody(request, response, schema));
    } catch (thrown) {
      const isDenied = thrown instanceof RollError && thrown.code === 'acl-denied';
      const isTooLarge = thrown instanceof ConsulUnavailable && thrown.message.includes('larger than');
      if (isDenied || isTooLarge) return undefined;
      throw thrown;
    }
  };
  const mode = from === 'stale' ? 'stale' : 'consistent';
  const reads = Promise.all([
    list(`kv/?keys&${mode}`, keysSchema),
    list(`catalog/nodes?${mode}`, nodesSchema),
    list(`catalog/services?${mode}`, servicesSchema),
  ]);
  return undefinedIfUnavailable(reads.then(([keys, nodes, services]) => ({ keys, nodes, services })));
}
