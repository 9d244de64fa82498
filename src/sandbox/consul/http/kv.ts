import type { ReadMeta } from '../answers.js';
import { kvDelete, kvGet, kvList, kvPut } from '../operations/kv.js';
import type { KvEntry } from '../store/key-values.js';
import { checksKeyNames } from '../versions.js';
import type { Respond, Route, RouteContext } from './messages.js';
import {
  type ApiResponse,
  buildMetaHeaders,
  emptyResponse,
  failureResponse,
  jsonResponse,
  textResponse,
} from './messages.js';
import { parseConsistency } from './parse.js';

/** Consul's `kv_max_value_size`, bytes. */
const VALUE_LIMIT_BYTES = 512 * 1024;

export const kvRoutes: readonly Route[] = [{ path: 'kv/', methods: ['GET', 'PUT', 'DELETE'], answer: kv }];

function kv(context: RouteContext, respond: Respond): void {
  const { server, request, rest: key } = context;
  const { query } = request;
  const whole = query.has('recurse') || (request.method === 'GET' && query.has('keys'));
  const flaw = checksKeyNames(server.version) ? findKeyFlaw(key) : undefined;
  if (key === '' && !whole) respond(textResponse(400, 'Missing key name'));
  else if (flaw !== undefined) respond(textResponse(500, `invalid key name, ${flaw}`));
  else if (request.method === 'PUT') put(context, respond);
  else if (request.method === 'DELETE') remove(context, respond);
  else if (query.has('keys')) listKeys(context, respond);
  else get(context, respond);
}

function findKeyFlaw(key: string): string | undefined {
  const decoded = decode(key);
  if (decoded !== key && decoded.includes('..')) return 'path traversal is not allowed';
  const hasBlank = key.startsWith(' ') || key.endsWith(' ') || (decoded !== key && decoded.includes(' '));
  return hasBlank ? 'leading/trailing spaces are not allowed' : undefined;
}

function decode(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}

function get(context: RouteContext, respond: Respond): void {
  const { net, server, request, rest: key } = context;
  const consistency = parseConsistency(request, respond);
  if (consistency === undefined) return;
  if (request.query.has('recurse')) {
    kvList(net, server, key, consistency, (answer) => {
      if (!answer.ok) respond(failureResponse(answer));
      else respond(entriesJson(answer.value.entries, answer.meta));
    });
  } else {
    kvGet(net, server, key, consistency, (answer) => {
      if (!answer.ok) respond(failureResponse(answer));
      else if (request.query.has('raw') && answer.value !== undefined) respond(raw(answer.value, answer.meta));
      else respond(entriesJson(answer.value === undefined ? [] : [answer.value], answer.meta));
    });
  }
}

function entriesJson(entries: readonly KvEntry[], meta: ReadMeta | undefined): ApiResponse {
  return entries.length === 0 ? emptyResponse(404, meta) : jsonResponse(entries.map(entryJson), meta);
}

function entryJson(entry: KvEntry) {
  return {
    LockIndex: entry.lockIndex,
    Key: entry.key,
    Flags: entry.flags,
    Value: entry.value.length === 0 ? null : entry.value.toString('base64'),
    ...(entry.session === undefined ? {} : { Session: entry.session }),
    CreateIndex: entry.createIndex,
    ModifyIndex: entry.modifyIndex,
  };
}

function raw(entry: KvEntry, meta: ReadMeta | undefined): ApiResponse {
  const headers = {
    ...buildMetaHeaders(meta),
    'Content-Security-Policy': 'sandbox',
    'Content-Type': 'text/plain',
    'X-Content-Type-Options': 'nosniff',
  };
  return { status: 200, headers, body: entry.value };
}

function listKeys({ net, server, request, rest: prefix }: RouteContext, respond: Respond): void {
  const consistency = parseConsistency(request, respond);
  if (consistency === undefined) return;
  const separator = request.query.get('separator') ?? '';
  kvList(net, server, prefix, consistency, (answer) => {
    if (!answer.ok) respond(failureResponse(answer));
    else {
      const keys = answer.value.entries.map(({ key }) => upToSeparator(key, prefix, separator));
      const status = keys.length === 0 && prefix !== '' ? 404 : 200;
      respond(status === 404 ? emptyResponse(404, answer.meta) : jsonResponse([...new Set(keys)], answer.meta));
    }
  });
}

function upToSeparator(key: string, prefix: string, separator: string): string {
  const at = separator === '' ? -1 : key.indexOf(separator, prefix.length);
  return at < 0 ? key : key.slice(0, at + separator.length);
}

function put({ net, server, request, rest: key }: RouteContext, respond: Respond): void {
  const { query, body } = request;
  const cas = wholeNumber(query.get('cas'));
  const flags = wholeNumber(query.get('flags'));
  const conditions = ['cas', 'acquire', 'release'].filter((name) => query.has(name));
  if (conditions.length > 1) respond(textResponse(400, `Conflicting flags: ${conditions.join(', ')}`));
  else if (typeof cas === 'string') respond(textResponse(500, cas));
  else if (typeof flags === 'string') respond(textResponse(500, flags));
  else if (body.length > VALUE_LIMIT_BYTES) respond(textResponse(413, tooLarge(body.length)));
  else {
    const acquire = query.get('acquire') ?? undefined;
    const release = query.get('release') ?? undefined;
    kvPut(net, server, key, body, { cas, flags, acquire, release }, (answer) =>
      respond(answer.ok ? jsonResponse(answer.value) : failureResponse(answer)),
    );
  }
}

function tooLarge(bytes: number): string {
  return `Request body(${bytes} bytes) too large, max size: ${VALUE_LIMIT_BYTES} bytes.`;
}

function remove({ net, server, request, rest: key }: RouteContext, respond: Respond): void {
  const cas = wholeNumber(request.query.get('cas'));
  if (typeof cas === 'string') {
    respond(textResponse(500, cas));
    return;
  }
  kvDelete(net, server, key, { cas, recurse: request.query.has('recurse') }, (answer) =>
    respond(answer.ok ? jsonResponse(answer.value) : failureResponse(answer)),
  );
}

/** The number, undefined when there is none, or Go's error message. */
function wholeNumber(value: string | null): number | string | undefined {
  if (value === null) return undefined;
  return /^\d+$/.test(value) ? Number(value) : `strconv.ParseUint: parsing "${value}": invalid syntax`;
}
