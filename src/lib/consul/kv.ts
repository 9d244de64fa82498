import type { Consul } from '../ports.js';
import {
  buildKeyPath,
  type ConsulRequest,
  type ConsulResponse,
  ConsulUnavailable,
  type HttpClient,
  orThrow,
} from './http-client.js';
import { parseBody, RESPONSE_SCHEMAS, type ResponseBody } from './responses.js';

/** The value in the response to a GET of one key; undefined when the key does not exist. */
export function parseKeyEntry(
  request: Pick<ConsulRequest, 'address' | 'method' | 'path'>,
  response: ConsulResponse,
): { value: string | undefined; modifyIndex: number } {
  if (response.status === 404) return { value: undefined, modifyIndex: 0 };
  const [entry]: ResponseBody<'kv'> = parseBody(request, response, RESPONSE_SCHEMAS.kv);
  if (!entry) return { value: undefined, modifyIndex: 0 };
  // An empty value is described as null.
  const value = Buffer.from(entry.Value ?? '', 'base64').toString('utf8');
  return { value, modifyIndex: entry.ModifyIndex };
}

/** One key of the leader, which asks a majority whether it still leads before it answers. */
export async function readKeyFromLeader(http: HttpClient, address: string, key: string, limitMs: number) {
  const request = { address, method: 'GET', path: buildKeyPath(key, 'consistent'), limitMs } as const;
  return parseKeyEntry(request, await http.send(request));
}

type KeyValueStore = Pick<Consul, 'writeKey' | 'deleteKey' | 'readKey' | 'compareAndSet' | 'compareAndDelete'>;

/** Consul's key-value store, through the leader. */
export function createKeyValueStore(http: HttpClient): KeyValueStore {
  const limitMs = http.timeouts.changeMs;
  const change = async (request: Omit<ConsulRequest, 'limitMs'>): Promise<boolean> => {
    const sent = { ...request, limitMs };
    return parseBody(sent, await http.send(sent), RESPONSE_SCHEMAS.success);
  };
  return {
    async writeKey(address, key, value) {
      const put = change({ address, method: 'PUT', path: buildKeyPath(key), body: value });
      await orThrow(address, `write ${key}`, put.then(assertWritten));
    },
    async deleteKey(address, key) {
      const removed = change({ address, method: 'DELETE', path: buildKeyPath(key) });
      await orThrow(address, `delete ${key}`, removed.then(assertWritten));
    },
    async readKey(address, key) {
      return orThrow(address, `read ${key}`, readKeyFromLeader(http, address, key, limitMs));
    },
    async compareAndSet(address, key, value, modifyIndex) {
      const path = buildKeyPath(key, `cas=${modifyIndex}`);
      return orThrow(address, `write ${key}`, change({ address, method: 'PUT', path, body: value }));
    },
    async compareAndDelete(address, key, modifyIndex) {
      const path = buildKeyPath(key, `cas=${modifyIndex}`);
      return orThrow(address, `delete ${key}`, change({ address, method: 'DELETE', path }));
    },
  };
}

function assertWritten(done: boolean): void {
  if (!done) throw new ConsulUnavailable('broken', 'it answered false');
}
