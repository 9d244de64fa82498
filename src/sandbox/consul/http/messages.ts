import type { Failure, ReadMeta } from '../answers.js';
import type { Net, Server } from '../state.js';
import { answersAs114 } from '../versions.js';

/** One HTTP request to a server's API. */
export interface ApiRequest {
  readonly method: string;
  /** Without the query, for instance `/v1/kv/a`. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: Buffer;
}

/** One HTTP response; `status` 0 stands for a connection that is refused or reset. */
export interface ApiResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

const NOTHING = Buffer.alloc(0);
const JSON_TYPE = { 'Content-Type': 'application/json' };
const TEXT_TYPE = { 'Content-Type': 'text/plain; charset=utf-8' };

/** A JSON answer, with what `meta` says of it in the headers. */
export function jsonResponse(value: unknown, meta?: ReadMeta): ApiResponse {
  return {
    status: 200,
    headers: { ...JSON_TYPE, ...buildMetaHeaders(meta) },
    body: Buffer.from(JSON.stringify(value)),
  };
}

/** An answer of no more than its status. */
export function emptyResponse(status: number, meta?: ReadMeta): ApiResponse {
  return { status, headers: buildMetaHeaders(meta), body: NOTHING };
}

/** An error in words. */
export function textResponse(status: number, message: string): ApiResponse {
  return { status, headers: TEXT_TYPE, body: Buffer.from(message) };
}

/** A request that is wrong, as this server's version words it. */
export function badRequest({ version }: Server, message: string): ApiResponse {
  return textResponse(400, answersAs114(version) ? message : `Bad request: ${message}`);
}

/** A failure as Consul words it. */
export function failureResponse({ status, message }: Failure): ApiResponse {
  return status === 0 ? { status, headers: {}, body: NOTHING } : textResponse(status, message);
}

/** `X-Consul-*` of a read. */
export function buildMetaHeaders(meta: ReadMeta | undefined): Record<string, string> {
  if (meta === undefined) return {};
  return {
    'X-Consul-Index': String(meta.index),
    'X-Consul-Knownleader': String(meta.knownLeader),
    'X-Consul-Lastcontact': String(meta.lastContactMs),
  };
}

/** What a route's answer is made of. */
export interface RouteContext {
  readonly net: Net;
  readonly server: Server;
  readonly request: ApiRequest;
  /** What follows the route's path, decoded: a key, a node's name, a session's id. */
  readonly rest: string;
}

export type Respond = (response: ApiResponse) => void;

/** One path of Consul's API. */
export interface Route {
  /** Below `/v1/`; one that ends in `/` takes everything below it. */
  readonly path: string;
  readonly methods: readonly string[];
  /** Whether a server of this version has it; every version by default. */
  readonly since?: (version: string) => boolean;
  readonly answer: (context: RouteContext, respond: Respond) => void;
}
