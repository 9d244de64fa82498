import * as z from 'zod/mini';
import { LIST_LIMIT_MS, STATE_KINDS, type StateKind, type StateNames, type UnreadCause } from '../model/comparison.js';
import { isAclDenied } from '../model/errors.js';
import {
  AnswerTooLarge,
  AnswerTooSlow,
  ConsulUnavailable,
  type HttpClient,
  readLimited,
  undefinedIfUnavailable,
} from './http-client.js';
import { assertStatus, nameSchema, RESPONSE_SCHEMAS, readText, requestJson } from './responses.js';
import { findHidden, type Resource, readListing, toUnreadCause } from './visibility.js';

/** A store with more names than this is not compared: about a million keys. */
const MAX_KEY_BYTES = 64 * 1024 * 1024;
/** Of a list with whole entries, which is in memory. */
const MAX_LIST_BYTES = 16 * 1024 * 1024;
/** No key is as long: Consul takes it from a URL. */
const MAX_KEY_LENGTH = 1024 * 1024;

type ListedKind = Exclude<StateKind, 'keys'>;

/** Where a kind is listed, and the name of each entry. */
interface StateList {
  readonly path: string;
  readonly names: z.ZodMiniType<string[]>;
}

function list<Entry>(path: string, entry: z.ZodMiniType<Entry>, name: (entry: Entry) => string): StateList {
  const names = z.pipe(
    z.array(entry),
    z.transform((entries: Entry[]) => entries.map(name)),
  );
  return { path, names: names as z.ZodMiniType<string[]> };
}

const optionalName = z._default(nameSchema, '');

const LISTS: { readonly [K in ListedKind]: StateList } = {
  nodes: list('catalog/nodes', z.object({ Node: nameSchema }), ({ Node }) => Node),
  services: {
    path: 'catalog/services',
    names: z.pipe(
      z.record(nameSchema, z.unknown()),
      z.transform((services) => Object.keys(services)),
    ),
  },
  aclTokens: list('acl/tokens', z.object({ AccessorID: nameSchema }), ({ AccessorID }) => AccessorID),
  aclPolicies: list('acl/policies', z.object({ ID: nameSchema }), ({ ID }) => ID),
  configEntries: list(
    'config/',
    z.object({ Kind: nameSchema, Name: nameSchema }),
    ({ Kind, Name }) => `${Kind}/${Name}`,
  ),
  queries: list('query', z.object({ ID: nameSchema }), ({ ID }) => ID),
  intentions: list(
    'connect/intentions',
    z.object({
      SourceNS: optionalName,
      SourceName: nameSchema,
      DestinationNS: optionalName,
      DestinationName: nameSchema,
    }),
    (one) => `${one.SourceNS}/${one.SourceName} ${one.DestinationNS}/${one.DestinationName}`,
  ),
};

/** The rule without which Consul leaves entries out. */
const RULES: { readonly [K in StateKind]: Resource } = {
  keys: 'key',
  nodes: 'node',
  services: 'service',
  aclTokens: 'acl',
  aclPolicies: 'acl',
  configEntries: 'service',
  queries: 'query',
  intentions: 'intention',
};

/** Kinds of which the token may not read everything. */
export async function findHiddenState(http: HttpClient, leader: string): Promise<readonly StateKind[]> {
  const hidden = await findHidden(http, leader, Object.values(RULES));
  return STATE_KINDS.filter((kind) => hidden.includes(RULES[kind]));
}

/** What is compared where it can be: no roll waits for a server that has an error of its own there. */
const MAY_FAIL: readonly StateKind[] = ['aclTokens', 'aclPolicies', 'configEntries', 'queries', 'intentions'];

/**
 * See `Consul.listState`.
 *
 * @param limitMs of each list
 */
export async function listState(
  http: HttpClient,
  address: string,
  from: 'leader' | 'stale',
  limitMs = LIST_LIMIT_MS,
): Promise<StateNames | undefined> {
  const to = { address, mode: from === 'stale' ? 'stale' : 'consistent', limitMs };
  const found: Partial<Record<StateKind, ReadonlySet<string>>> = {};
  const unread: Partial<Record<StateKind, UnreadCause>> = {};
  const read = async (kind: StateKind) => {
    try {
      found[kind] = kind === 'keys' ? await readKeys(http, to) : await readList(http, LISTS[kind], to);
    } catch (thrown) {
      const cause = thrown instanceof AnswerTooSlow ? 'too-slow' : toUnreadCause(thrown);
      if (cause === 'no-answer' && !MAY_FAIL.includes(kind)) throw thrown;
      unread[kind] = cause;
    }
  };
  const readAll = async (): Promise<StateNames> => {
    const hidden = from === 'stale' ? [] : findHiddenState(http, address);
    const before = from === 'stale' ? await readApplied(http, address) : undefined;
    await Promise.all(STATE_KINDS.map(read));
    // One that answers this is not silent: a list of it is too slow.
    const after = await readApplied(http, address);
    for (const kind of await hidden) unread[kind] ??= 'denied';
    return { found, unread, appliedIndex: from === 'leader' ? after.index : before?.settledIndex };
  };
  return undefinedIfUnavailable(readAll());
}

/** Raft counts as applied what waits in a queue to be: only with an empty one is it in the lists. */
async function readApplied(http: HttpClient, address: string) {
  const self = RESPONSE_SCHEMAS['agent/self'];
  const asked = requestJson(http, address, 'agent/self', self, http.timeouts.readMs);
  const answer = await asked.catch((thrown: unknown) => {
    if (isAclDenied(thrown)) return undefined; // It answers all the same.
    throw thrown;
  });
  const { applied_index: index, fsm_pending: queued = '0' } = answer?.Stats.raft ?? {};
  const applied = index === undefined ? undefined : Number(index);
  return { index: applied, settledIndex: Number(queued) === 0 ? applied : undefined };
}

interface ListTarget {
  readonly address: string;
  readonly mode: string;
  readonly limitMs: number;
}

async function readList(http: HttpClient, { path, names }: StateList, { address, mode, limitMs }: ListTarget) {
  const request = { address, path: `${path}?${mode}`, limitMs, maxBytes: MAX_LIST_BYTES };
  return new Set(await readListing(http, request, names));
}

/** The names are read piece by piece; the answer is never whole in memory. */
async function readKeys(http: HttpClient, { address, mode, limitMs }: ListTarget): Promise<ReadonlySet<string>> {
  const request = { address, method: 'GET', path: `kv/?keys&${mode}`, limitMs } as const;
  const { chunks, ...head } = await http.stream(request);
  if (head.status === 200) return collectStrings(chunks, limitMs);
  const response = { ...head, bytes: await readLimited(chunks) };
  if (head.status >= 500) throw new ConsulUnavailable('silent', readText(response));
  // No key at all.
  if (head.status !== 404) assertStatus(request, response);
  return new Set();
}

const STRING = /[[,\s]*("(?:[^"\\]|\\.)*")/y;

/** The strings of a JSON array that has only strings. */
export async function collectStrings(
  chunks: AsyncIterable<Buffer>,
  limitMs = LIST_LIMIT_MS,
): Promise<ReadonlySet<string>> {
  const names = new Set<string>();
  const decoder = new TextDecoder();
  const untilMs = performance.now() + limitMs;
  let bytes = 0;
  let rest = '';
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > MAX_KEY_BYTES) throw new AnswerTooLarge(MAX_KEY_BYTES);
    if (performance.now() > untilMs) throw new AnswerTooSlow();
    rest += decoder.decode(chunk, { stream: true });
    STRING.lastIndex = 0;
    let end = 0;
    for (let match = STRING.exec(rest); match !== null; match = STRING.exec(rest)) {
      end = STRING.lastIndex;
      names.add(JSON.parse(match[1] ?? ''));
    }
    rest = rest.slice(end);
    if (rest.length > MAX_KEY_LENGTH) break;
  }
  if (!/^\[?\s*\]\s*$/.test(rest)) throw new ConsulUnavailable('broken', 'the keys are not as Consul answers them');
  return names;
}
