import type { ReplyCallback } from '../answers.js';
import {
  type SessionRequest,
  sessionCreate,
  sessionDestroy,
  sessionList,
  sessionRenew,
} from '../operations/sessions.js';
import type { Session } from '../store/store.js';
import type { Respond, Route, RouteContext } from './messages.js';
import { type ApiResponse, buildMetaHeaders, failureResponse, jsonResponse, textResponse } from './messages.js';
import { parseConsistency, parseDuration, parseJsonObject } from './parse.js';

const NANOSECONDS_IN_MS = 1_000_000;

export const sessionRoutes: readonly Route[] = [
  { path: 'session/create', methods: ['PUT'], answer: create },
  {
    path: 'session/destroy/',
    methods: ['PUT'],
    answer: ({ net, server, rest: id }, respond) =>
      sessionDestroy(net, server, id, (answer) =>
        respond(answer.ok ? jsonResponse(answer.value) : failureResponse(answer)),
      ),
  },
  { path: 'session/renew/', methods: ['PUT'], answer: renew },
  {
    path: 'session/info/',
    methods: ['GET'],
    answer: (context, respond) => list(context, { id: context.rest }, respond),
  },
  {
    path: 'session/node/',
    methods: ['GET'],
    answer: (context, respond) => list(context, { node: context.rest }, respond),
  },
  { path: 'session/list', methods: ['GET'], answer: (context, respond) => list(context, {}, respond) },
];

function create({ net, server, request }: RouteContext, respond: Respond): void {
  const wanted = sessionIn(request.body);
  if (typeof wanted === 'string') respond(textResponse(400, `Request decode failed: ${wanted}`));
  else {
    sessionCreate(net, server, wanted, (answer) =>
      respond(answer.ok ? jsonResponse({ ID: answer.value }) : failureResponse(answer)),
    );
  }
}

/** The session in a body, or the error message. */
function sessionIn(body: Buffer): SessionRequest | string {
  const found = parseJsonObject(body);
  if (typeof found === 'string') return found;
  const { Name, Node, LockDelay, Behavior, TTL } = found;
  const lockDelayMs = LockDelay === undefined ? undefined : parseDuration(String(LockDelay));
  const ttlMs = typeof TTL === 'string' && TTL !== '' ? parseDuration(TTL) : undefined;
  if (LockDelay !== undefined && lockDelayMs === undefined) return `time: invalid duration ${String(LockDelay)}`;
  return {
    name: typeof Name === 'string' ? Name : undefined,
    node: typeof Node === 'string' ? Node : undefined,
    lockDelayMs,
    behavior: Behavior === 'delete' ? 'delete' : 'release',
    ttl: ttlMs === undefined ? undefined : { text: String(TTL), ms: ttlMs },
  };
}

function renew({ net, server, rest: id }: RouteContext, respond: Respond): void {
  sessionRenew(net, server, id, (answer) => {
    if (!answer.ok) respond(failureResponse(answer));
    else if (answer.value === undefined) respond(textResponse(404, `Session id '${id}' not found`));
    else respond(jsonResponse([sessionJson(answer.value)]));
  });
}

function list(
  { net, server, request }: RouteContext,
  filter: { readonly id?: string; readonly node?: string },
  respond: Respond,
): void {
  const consistency = parseConsistency(request, respond);
  if (consistency === undefined) return;
  const reply: ReplyCallback<readonly Session[]> = (answer) =>
    respond(
      answer.ok ? jsonResponse(answer.value.map(sessionJson), answer.meta) : toFailedRead(failureResponse(answer)),
    );
  sessionList(net, server, filter, consistency, reply);
}

/** These reads say `X-Consul-*` even of a failure. */
export function toFailedRead(response: ApiResponse): ApiResponse {
  if (response.status === 0) return response;
  const meta = buildMetaHeaders({ index: 1, knownLeader: false, lastContactMs: 0 });
  return { ...response, headers: { ...response.headers, ...meta } };
}

function sessionJson(session: Session) {
  return {
    ID: session.id,
    Name: session.name,
    Node: session.node,
    LockDelay: session.lockDelayMs * NANOSECONDS_IN_MS,
    Behavior: session.behavior,
    TTL: session.ttl,
    NodeChecks: ['serfHealth'],
    ServiceChecks: null,
    CreateIndex: session.createIndex,
    ModifyIndex: session.createIndex,
  };
}
