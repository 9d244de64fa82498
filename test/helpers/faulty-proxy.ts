import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request on its way. */
export interface ProxiedRequest {
  /** Of the server it is for. */
  readonly host: string;
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly body: string;
}

export interface ProxiedResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** What becomes of a request. `before`: the server never got it; `after`: it did what it was asked to. */
export type ProxyOutcome =
  | { readonly kind: 'pass' }
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly type: string;
      readonly body: string;
      readonly when: 'before' | 'after';
    }
  | { readonly kind: 'reset'; readonly when: 'before' | 'after' }
  | { readonly kind: 'silence'; readonly when: 'before' | 'after' }
  /** Half of the answer's body, and then the connection is cut. */
  | { readonly kind: 'half' };

export const PASS_THROUGH: ProxyOutcome = { kind: 'pass' };

/** Where a proxy listens. */
export interface Listening {
  readonly port: number;
  close(): Promise<void>;
}

/** Stands between a client and its servers, and does to requests what it is told. */
export class FaultyProxy {
  decideOutcome: (passing: ProxiedRequest) => ProxyOutcome = () => PASS_THROUGH;
  /** Told of every whole answer that a server gave. */
  heard: (passing: ProxiedRequest, answered: ProxiedResponse) => void = () => undefined;

  /** Listens on a port of the host, or any, for a server on another port of it. */
  async listen(host: string, upstream: number, port = 0): Promise<Listening> {
    const server = createServer((incoming, response) => {
      this.#handle({ host, upstream }, incoming, response).catch(() => incoming.socket.resetAndDestroy());
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, resolve);
    });
    return { port: getPort(server), close: () => closeServer(server) };
  }

  async #handle(
    to: { readonly host: string; readonly upstream: number },
    incoming: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const { method = 'GET', url = '/', headers } = incoming;
    const passing = { host: to.host, method, url, body: (await readBody(incoming)).toString('utf8') };
    const outcome = this.decideOutcome(passing);
    const asked = !('when' in outcome) || outcome.when === 'after';
    const answered = asked ? await forward(to, passing, headers) : undefined;
    if (answered !== undefined) this.heard(passing, answered);
    dropResponse(outcome, incoming, response, answered);
  }
}

function reply(response: ServerResponse, { status, type, body }: Extract<ProxyOutcome, { kind: 'answer' }>): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) }).end(body);
}

/** Gives an answer on, as far as the outcome allows. */
function dropResponse(
  outcome: ProxyOutcome,
  incoming: IncomingMessage,
  response: ServerResponse,
  answered: ProxiedResponse | undefined,
): void {
  if (outcome.kind === 'silence') return;
  if (outcome.kind === 'answer') {
    reply(response, outcome);
    return;
  }
  if (outcome.kind === 'reset' || answered === undefined) {
    incoming.socket.resetAndDestroy();
    return;
  }
  response.writeHead(answered.status, { ...answered.headers, 'content-length': answered.body.length });
  if (outcome.kind !== 'half') response.end(answered.body);
  else response.write(answered.body.subarray(0, answered.body.length / 2), () => incoming.socket.destroy());
}

function forward(
  { host, upstream }: { readonly host: string; readonly upstream: number },
  { method, url, body }: ProxiedRequest,
  headers: IncomingMessage['headers'],
): Promise<ProxiedResponse> {
  const { connection: _connection, 'transfer-encoding': _encoding, ...kept } = headers;
  const options = { host, port: upstream, method, path: url, agent: false } as const;
  return new Promise((resolve, reject) => {
    const asked = request({ ...options, headers: { ...kept, 'content-length': Buffer.byteLength(body) } });
    asked.once('error', reject);
    asked.once('response', (answer) => {
      const { 'transfer-encoding': _chunked, connection: _kept, ...rest } = answer.headers;
      readBody(answer).then((bytes) => resolve({ status: answer.statusCode ?? 0, headers: rest, body: bytes }), reject);
    });
    asked.end(body);
  });
}

async function readBody(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

function getPort(server: Server): number {
  const address = server.address() as AddressInfo;
  return address.port;
}

function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  return closed;
}
