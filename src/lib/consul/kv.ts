import type { Consul } from '../ports.js';
import { BODIES, type Body, readBody } from './answers.js';
import type { Answer, Channel, Question } from './http-client.js';
import { insist, NoAnswer } from './http-client.js';

/** A key as a path, with what comes after the question mark. */
export function pathOfKey(key: string, query = ''): string {
  const path = key.split('/').map(encodeURIComponent).join('/');
  return `kv/${path}${query && `?${query}`}`;
}

/** The value in an answer to a GET of one key; undefined when there is no such key. */
export function entryOf(
  question: Pick<Question, 'address' | 'method' | 'path'>,
  answer: Answer,
): { value: string | undefined; modifyIndex: number } {
  if (answer.status === 404) return { value: undefined, modifyIndex: 0 };
  const [entry]: Body<'kv'> = readBody(question, answer, BODIES.kv);
  if (!entry) return { value: undefined, modifyIndex: 0 };
  // An empty value is described as null.
  const value = Buffer.from(entry.Value ?? '', 'base64').toString('utf8');
  return { value, modifyIndex: entry.ModifyIndex };
}

type KeyValues = Pick<Consul, 'put' | 'delete' | 'read' | 'compareAndSet' | 'compareAndDelete'>;

/** Consul's key-value store, through the leader. */
export function createKeyValues(channel: Channel): KeyValues {
  const limitMs = channel.timeouts.callMs;
  const change = async (question: Omit<Question, 'limitMs'>): Promise<boolean> => {
    const asked = { ...question, limitMs };
    return readBody(asked, await channel.send(asked), BODIES.success);
  };
  return {
    async put(address, key, value) {
      const put = change({ address, method: 'PUT', path: pathOfKey(key), body: value });
      await insist(address, `write ${key}`, put.then(assertDone));
    },
    async delete(address, key) {
      const removed = change({ address, method: 'DELETE', path: pathOfKey(key) });
      await insist(address, `delete ${key}`, removed.then(assertDone));
    },
    async read(address, key) {
      const question = { address, method: 'GET', path: pathOfKey(key, 'consistent'), limitMs } as const;
      const read = channel.send(question).then((answer) => entryOf(question, answer));
      return insist(address, `read ${key}`, read);
    },
    async compareAndSet(address, key, value, modifyIndex) {
      const path = pathOfKey(key, `cas=${modifyIndex}`);
      return insist(address, `write ${key}`, change({ address, method: 'PUT', path, body: value }));
    },
    async compareAndDelete(address, key, modifyIndex) {
      const path = pathOfKey(key, `cas=${modifyIndex}`);
      return insist(address, `delete ${key}`, change({ address, method: 'DELETE', path }));
    },
  };
}

function assertDone(done: boolean): void {
  if (!done) throw new NoAnswer('broken', 'it answered false');
}
