import { createServer, type Server as HttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { WallClock } from '../clock.js';
import type { ConsulNetwork } from '../network.js';
import type { ExitReason } from '../state.js';
import { answerRequest } from './answer.js';
import type { ApiResponse } from './messages.js';

/** How long an agent that has left gives its last answers to go out, milliseconds. */
const LAST_ANSWERS_MS = 200;

export interface ServingOptions {
  /** Consul's HTTP port; 8500 by default. */
  readonly port?: number;
  /** Called when an address cannot be listened on. */
  readonly onProblem: (address: string, problem: Error) => void;
}

/** The servers of a network on real sockets. */
export interface Serving {
  /** Closes every socket. */
  close(): Promise<void>;
}

/**
 * Listens on the address of every server of the network for as long as its process lives. When the process dies its
 * connections are reset and new ones refused; while it is paused they are accepted and hang.
 */
export function serveNetwork(network: ConsulNetwork, clock: WallClock, options: ServingOptions): Serving {
  const { port = 8500, onProblem } = options;
  const listening = new Map<string, HttpServer>();
  const stop = network.listen({
    listening: (address) => {
      const server = createServer((request, response) => void handle(network, clock, address, request, response));
      server.on('error', (problem) => onProblem(address, problem));
      server.listen(port, address);
      listening.set(address, server);
    },
    gone: (address, how) => {
      const server = listening.get(address);
      listening.delete(address);
      if (server !== undefined) shut(server, how);
    },
  });
  return {
    close: async () => {
      stop();
      const closing = [...listening.values()].map(
        (server) => new Promise<void>((resolve) => server.close(() => resolve())),
      );
      for (const server of listening.values()) server.closeAllConnections();
      listening.clear();
      await Promise.all(closing);
    },
  };
}

/** A killed process resets its connections; one that has left lets its last answers out first. */
function shut(server: HttpServer, how: ExitReason): void {
  server.close();
  if (how === 'killed') server.closeAllConnections();
  else {
    server.closeIdleConnections();
    setTimeout(() => server.closeAllConnections(), LAST_ANSWERS_MS).unref();
  }
}

async function handle(
  network: ConsulNetwork,
  clock: WallClock,
  address: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await bodyOf(request);
  if (body === undefined) return;
  const url = new URL(request.url ?? '/', 'http://consul');
  const { method = 'GET' } = request;
  clock.touch();
  answerRequest(network.inside, address, { method, path: url.pathname, query: url.searchParams, body }, (answer) =>
    send(request, response, answer),
  );
  clock.touch();
}

/** Undefined when the connection breaks first. */
async function bodyOf(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request) chunks.push(Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk));
    return Buffer.concat(chunks);
  } catch {
    return undefined;
  }
}

function send(request: IncomingMessage, response: ServerResponse, { status, headers, body }: ApiResponse): void {
  if (status === 0) {
    request.socket.resetAndDestroy();
    return;
  }
  response.writeHead(status, { Vary: 'Accept-Encoding', ...headers, 'Content-Length': body.length });
  response.end(body);
}
