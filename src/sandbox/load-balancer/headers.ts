import type { IncomingMessage } from 'node:http';

/** Headers by name, as the sender spelt it; a header sent twice has several values. */
export type Headers = Record<string, string | string[]>;

/** Headers that belong to one connection and are not forwarded (RFC 9110, 7.6.1). */
const HOP_BY_HOP = ['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'upgrade'];

/**
 * The headers a load balancer sends on to the instance: the client's, without those of the connection, and with
 * the three `X-Forwarded-` ones of a classic load balancer. `Expect` was answered already.
 *
 * @param port the listener's port.
 */
export function buildRequestHeaders(request: IncomingMessage, port: number): Headers {
  const client = request.socket.remoteAddress ?? '';
  const through = [request.headers['x-forwarded-for'], client].flat().filter(Boolean).join(', ');
  const replaced = ['expect', 'x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-port'];
  return {
    ...endToEnd(request, replaced),
    'X-Forwarded-For': through,
    'X-Forwarded-Proto': 'http',
    'X-Forwarded-Port': String(port),
  };
}

/** The headers a load balancer sends back to the client; the body is framed again. */
export function buildResponseHeaders(response: IncomingMessage): Headers {
  return endToEnd(response, ['transfer-encoding']);
}

function endToEnd(message: IncomingMessage, without: readonly string[]): Headers {
  const named = (message.headers.connection ?? '').toLowerCase().split(/\s*,\s*/);
  const dropped = new Set([...HOP_BY_HOP, ...named, ...without]);
  const headers: Headers = {};
  for (let at = 0; at + 1 < message.rawHeaders.length; at += 2) {
    const name = message.rawHeaders[at] ?? '';
    if (dropped.has(name.toLowerCase())) continue;
    const value = message.rawHeaders[at + 1] ?? '';
    const before = headers[name];
    headers[name] = before === undefined ? value : [before, value].flat();
  }
  return headers;
}
