import { Agent, request } from 'undici';
import * as z from 'zod';

/** Consul's key-value store, seen through a load balancer or a server. Every call throws what went wrong. */
export interface WriterStore {
  /** Resolves when Consul has acknowledged the write. */
  put(key: string, value: string): Promise<void>;
  /** In Consul's default mode; undefined when the key does not exist. */
  get(key: string): Promise<string | undefined>;
  /** Every key under a prefix with its value, in consistent mode: from a leader that has made sure it still is one. */
  list(prefix: string): Promise<ReadonlyMap<string, string>>;
  close(): Promise<void>;
}

const Entries = z.array(z.object({ Key: z.string(), Value: z.string().nullable() }));

/** @param timeoutMs of one request; Consul holds a write back for 7 s while there is no leader. */
export function createWriterStore(url: string, timeoutMs: number): WriterStore {
  const dispatcher = new Agent({ connect: { timeout: timeoutMs } });
  const ask = async (method: 'GET' | 'PUT', path: string, body?: string) => {
    const signal = AbortSignal.timeout(timeoutMs);
    const answer = await request(`${url}/v1/kv/${path}`, { method, body, dispatcher, signal });
    return { status: answer.statusCode, text: await answer.body.text() };
  };
  return {
    put: async (key, value) => {
      const { status, text } = await ask('PUT', key, value);
      if (status !== 200 || text.trim() !== 'true') throw new Error(`PUT answered ${status} ${text.trim()}`);
    },
    get: async (key) => {
      const { status, text } = await ask('GET', `${key}?raw`);
      if (status === 404) return undefined;
      if (status !== 200) throw new Error(`GET answered ${status} ${text.trim()}`);
      return text;
    },
    list: async (prefix) => {
      const { status, text } = await ask('GET', `${prefix}?recurse&consistent`);
      if (status === 404) return new Map();
      if (status !== 200) throw new Error(`GET answered ${status} ${text.trim()}`);
      const entries = Entries.parse(JSON.parse(text));
      return new Map(entries.map(({ Key, Value }) => [Key, fromBase64(Value ?? '')]));
    },
    close: () => dispatcher.destroy(),
  };
}

function fromBase64(value: string): string {
  return Buffer.from(value, 'base64').toString('utf8');
}
