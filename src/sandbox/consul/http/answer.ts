import { createSuccess } from '../answers.js';
import { callServer } from '../rpc/calls.js';
import type { Net, Server } from '../state.js';
import { explainsUnknownPath } from '../versions.js';
import { agentRoutes } from './agent.js';
import { autopilotRoutes } from './autopilot.js';
import { catalogRoutes } from './catalog.js';
import { kvRoutes } from './kv.js';
import {
  type ApiRequest,
  type ApiResponse,
  emptyResponse,
  failureResponse,
  type Respond,
  type Route,
  textResponse,
} from './messages.js';
import { raftRoutes, statusRoutes } from './raft.js';
import { sessionRoutes } from './session.js';
import { snapshotRoutes } from './snapshot.js';

const PREFIX = '/v1/';
const LEAVE = 'agent/leave';

/**
 * Answers one HTTP request as the server at that address would, once, maybe in a later tick; status 0 when nothing
 * listens there or the process dies first.
 */
export function answerRequest(net: Net, address: string, request: ApiRequest, respond: Respond): void {
  callServer<ApiResponse>(
    net,
    address,
    (answer) => respond(answer.ok ? answer.value : failureResponse(answer)),
    (server, reply) => dispatch(net, server, request, (response) => reply(createSuccess(response))),
  );
}

function dispatch(net: Net, server: Server, request: ApiRequest, respond: Respond): void {
  const route = routeOf(request.path, server.version);
  if (route === undefined) {
    respond(request.path === '/' ? textResponse(200, 'Consul Agent') : unknownPath(server));
    return;
  }
  if (server.leaveBlocked && route.path === LEAVE) {
    respond(textResponse(403, 'Endpoint is blocked by agent configuration'));
    return;
  }
  if (route.methods.includes(request.method)) {
    const rest = decoded(request.path.slice(PREFIX.length + route.path.length));
    route.answer({ net, server, request, rest }, respond);
    return;
  }
  const allow = { Allow: ['OPTIONS', ...route.methods].join(',') };
  const refusal =
    request.method === 'OPTIONS' ? emptyResponse(200) : textResponse(405, `method ${request.method} not allowed`);
  respond({ ...refusal, headers: { ...refusal.headers, ...allow } });
}

function unknownPath({ version }: Server): ApiResponse {
  if (!explainsUnknownPath(version)) return emptyResponse(404);
  return textResponse(404, 'Invalid URL path: not a recognized HTTP API endpoint\n');
}

function routeOf(path: string, version: string): Route | undefined {
  if (!path.startsWith(PREFIX)) return undefined;
  const below = path.slice(PREFIX.length);
  return ROUTES.find(
    (route) =>
      (route.path.endsWith('/') ? below.startsWith(route.path) : below === route.path) &&
      (route.since?.(version) ?? true),
  );
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Every path the simulation answers; all others are unknown, as they would be to Consul. */
export const ROUTES: readonly Route[] = [
  ...statusRoutes,
  ...raftRoutes,
  ...autopilotRoutes,
  ...agentRoutes,
  ...kvRoutes,
  ...sessionRoutes,
  ...catalogRoutes,
  ...snapshotRoutes,
];
