import {
  Agent,
  createServer,
  type IncomingMessage,
  request as openRequest,
  type Server,
  type ServerResponse,
} from 'node:http';
import { buildRequestHeaders, buildResponseHeaders } from './headers.js';
import type { ListenerRoute } from './route.js';

/** The three answers a classic load balancer gives of its own, each with an empty body and a live connection. */
const OWN_ANSWERS = {
  502: 'Bad Gateway',
  503: 'Service Unavailable: Back-end server is at capacity',
  504: 'GATEWAY_TIMEOUT',
} as const;

/**
 * An HTTP listener: every request goes, once and as it came, to an instance in service; both bodies are
 * streamed. A request is never sent again, since it may have been a write.
 */
export function createHttpProxy(route: ListenerRoute): Server {
  const agent = new Agent({ keepAlive: true });
  const server = createServer((request, response) => forward(request, response, route, agent));
  server.keepAliveTimeout = route.idleTimeoutMs;
  server.requestTimeout = 0;
  server.once('close', () => agent.destroy());
  return server;
}

function forward(request: IncomingMessage, response: ServerResponse, route: ListenerRoute, agent: Agent): void {
  const target = route.pick();
  if (target === undefined) {
    request.resume();
    answer(response, 503);
    return;
  }
  response.once(
    'close',
    route.open(target.instanceId, () => response.destroy()),
  );
  const upstream = openRequest({
    host: target.address,
    port: route.instancePort,
    method: request.method,
    path: request.url,
    headers: buildRequestHeaders(request, route.port),
    agent,
  });
  upstream.setTimeout(route.idleTimeoutMs, () => {
    answer(response, 504);
    upstream.destroy();
  });
  upstream.on('error', () => answer(response, 502));
  upstream.once('response', (from) => passBack(from, response));
  response.once('close', () => upstream.destroy());
  request.pipe(upstream);
}

function passBack(from: IncomingMessage, response: ServerResponse): void {
  if (response.headersSent) return;
  response.writeHead(from.statusCode ?? 502, from.statusMessage, buildResponseHeaders(from));
  // An answer that breaks off must break off for the client too, or a part of it would pass for the whole.
  from.once('error', () => response.destroy());
  from.pipe(response);
}

function answer(response: ServerResponse, status: keyof typeof OWN_ANSWERS): void {
  if (response.headersSent) response.destroy();
  else response.writeHead(status, OWN_ANSWERS[status], { 'Content-Length': 0 }).end();
}
