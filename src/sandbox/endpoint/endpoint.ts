import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { AwsFault } from '../aws/fault.js';
import type { Policy } from '../aws/iam/policy.js';
import type { SandboxAws } from '../aws/sandbox-aws.js';
import { type ApiRequest, type ApiResponse, answerRequest } from './answer.js';
import type { SecretKeys } from './credentials.js';
import { encodeFault } from './encode.js';
import { answerIntrospection } from './introspection.js';

/** What an endpoint serves, and where. */
export interface EndpointOptions {
  readonly aws: SandboxAws;
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** The time every request ticks the account to first, epoch milliseconds; the machine's clock when left out. */
  readonly nowMs?: () => number;
  readonly keys: SecretKeys;
  /** What callers may do; anything when left out. */
  readonly policy?: Policy | undefined;
}

/** A running endpoint. */
export interface Endpoint {
  /** What to set `AWS_ENDPOINT_URL` to. */
  readonly url: string;
  readonly port: number;
  /** Refuses this access key from now on, as that of a session that is over. */
  expire(accessKeyId: string): void;
  /** Limits every caller to this policy from now on, or to none. */
  enforce(policy: Policy | undefined): void;
  /** How often the operator has called each action, by its name in IAM; refused calls count too. */
  calls(): ReadonlyMap<string, number>;
  /** Ends open connections too. */
  close(): Promise<void>;
}

/** The endpoint's port is in use. */
export class PortTakenError extends Error {
  readonly code = 'PORT_TAKEN';
  readonly host: string;
  readonly port: number;

  constructor(host: string, port: number) {
    super(`port ${port} on ${host} is taken`);
    this.name = 'PortTakenError';
    this.host = host;
    this.port = port;
  }
}

/** More than any request of the services needs, user data included. */
const mostBodyBytes = 4_194_304;

/**
 * Starts the AWS endpoint: one address for every service, over HTTP.
 *
 * @throws PortTakenError
 */
export async function startEndpoint(options: EndpointOptions): Promise<Endpoint> {
  const expired = new Set<string>();
  const calls = new Map<string, number>();
  const onCall = (action: string) => void calls.set(action, (calls.get(action) ?? 0) + 1);
  let { policy } = options;
  const server = createServer((request, response) => {
    handle({ ...options, expired, policy, onCall }, request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'EADDRINUSE' ? new PortTakenError(options.host, options.port) : error);
    });
    server.listen(options.port, options.host, resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : options.port;
  return {
    url: `http://${options.host}:${port}`,
    port,
    expire: (accessKeyId) => void expired.add(accessKeyId),
    enforce: (next) => {
      policy = next;
    },
    calls: () => new Map(calls),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function handle(
  options: EndpointOptions & Pick<ApiRequest, 'expired' | 'onCall'>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { aws, expired, keys, policy, onCall, nowMs = Date.now } = options;
  const requestId = randomUUID();
  const [path = '/', query = ''] = (request.url ?? '/').split('?', 2);
  const body = await readBody(request);
  if (!isFromHere(request)) return send(response, fromElsewhere(requestId), requestId);
  aws.tick(nowMs());
  const inside = answerIntrospection(aws, path);
  if (inside !== undefined) return send(response, inside, requestId);
  if (body === undefined) return send(response, tooLarge(requestId), requestId);
  const fields = new URLSearchParams([...new URLSearchParams(query), ...new URLSearchParams(body)]);
  const target = request.headers['x-amz-target']?.toString();
  const { method = 'GET', url = '/', headers } = request;
  const signed = { method, url, headers, body };
  const asked = { signed, keys, fields, expired, policy, target, onCall };
  send(response, await answerRequest(aws, asked, requestId), requestId);
}

const LOOPBACK_HOST = /^(127(\.\d{1,3}){3}|localhost|\[::1\])(:\d+)?$/i;

/** A page in a browser names its own origin; where its name leads to this machine, it names itself as the host. */
function isFromHere({ headers: { host = '', origin } }: IncomingMessage): boolean {
  return origin === undefined && LOOPBACK_HOST.test(host);
}

function fromElsewhere(requestId: string): ApiResponse {
  const message = 'The sandbox answers programs on this machine that call it by a loopback address, and no web page.';
  const fault = new AwsFault('AccessDenied', message, 403);
  return { status: fault.status, contentType: 'text/xml', body: encodeFault('query', fault, requestId) };
}

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size <= mostBodyBytes) chunks.push(chunk);
  }
  return size <= mostBodyBytes ? Buffer.concat(chunks).toString('utf8') : undefined;
}

function tooLarge(requestId: string): ApiResponse {
  const fault = new AwsFault('RequestEntityTooLarge', `A request may have ${mostBodyBytes} bytes.`, 413);
  return { status: fault.status, contentType: 'text/xml', body: encodeFault('query', fault, requestId) };
}

function send(response: ServerResponse, answer: ApiResponse, requestId: string): void {
  const body = Buffer.from(answer.body);
  response.writeHead(answer.status, {
    'Content-Type': answer.contentType,
    'Content-Length': body.length,
    'x-amzn-RequestId': requestId,
  });
  response.end(body);
}
