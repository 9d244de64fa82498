import { Agent } from 'undici';
import { type ConsulSettings, type ConsulTimeouts, DEFAULT_TIMEOUTS } from '../config/connection.js';
import { findErrorCode, messageOf, RollError } from '../model/errors.js';
import type { AgentDown } from '../model/server.js';
import { findTlsRemedy } from './tls-remedies.js';
import type { AclToken } from './token.js';

/** One HTTP request to one server. `path` begins after `/v1/` and includes its query. */
export interface ConsulRequest {
  readonly address: string;
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  readonly path: string;
  readonly body?: string;
  /** From the first byte out to the last byte in. */
  readonly limitMs: number;
  readonly maxBytes?: number;
}

export interface ConsulResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly bytes: Buffer;
  /** The request went without the ACL token, which only members of the cluster get. */
  readonly isTokenWithheld?: boolean;
}

/** A response whose body is read by the caller, and is never whole in memory. */
export interface StreamedResponse extends Omit<ConsulResponse, 'bytes'> {
  /** Throws ConsulUnavailable when it is cut short, or no byte comes for the limit of the request. */
  readonly chunks: AsyncIterable<Buffer>;
}

/** Keep-alive connections to the servers, one pool per server. */
export interface HttpClient {
  readonly timeouts: ConsulTimeouts;
  /** @throws ConsulUnavailable when no whole response comes back in time; any status is a response. */
  send(request: ConsulRequest): Promise<ConsulResponse>;
  /**
   * The same, for a body of any size. The limit counts from the last byte.
   *
   * @throws ConsulUnavailable when no response begins in time
   */
  stream(request: ConsulRequest): Promise<StreamedResponse>;
  close(): Promise<void>;
}

const MAX_JSON_BYTES = 8 * 1024 * 1024;
const CONNECTIONS_PER_SERVER = 8;
const KEEP_ALIVE_MS = 30_000;

export function createHttpClient(settings: ConsulSettings, token: AclToken): HttpClient {
  const timeouts = { ...DEFAULT_TIMEOUTS, ...settings.timeouts };
  const agent = new Agent({
    connections: CONNECTIONS_PER_SERVER,
    keepAliveTimeout: KEEP_ALIVE_MS,
    connect: { timeout: timeouts.connectMs, ...buildTlsOptions(settings) },
  });
  return {
    timeouts,
    send: (request) =>
      repeatOnceIfCut(settings, request, () =>
        traceRequest(settings, request, () => sendRequest(agent, settings, token, request)),
      ),
    stream: (request) =>
      repeatOnceIfCut(settings, request, () =>
        traceRequest(settings, request, () => openStream(agent, settings, token, request)),
      ),
    close: () => agent.destroy(),
  };
}

/** A kept connection that died with an earlier server says nothing about the present one. */
async function repeatOnceIfCut<Response>(
  { scheme }: ConsulSettings,
  { method }: ConsulRequest,
  request: () => Promise<Response>,
): Promise<Response> {
  try {
    return await request();
  } catch (thrown) {
    if (thrown instanceof RollError) throw thrown;
    const failure = toConsulUnavailable(thrown);
    if (method !== 'GET' || !isConnectionCut(failure)) throw failure;
    return request().catch((again: unknown) => {
      const repeated = toConsulUnavailable(again);
      if (scheme === 'http' || !isConnectionCut(repeated)) throw repeated;
      // With TLS 1.3 a client certificate is refused after the handshake, and undici keeps the alert to itself.
      throw new ConsulUnavailable(repeated.why, 'it closed the connection after the TLS handshake', repeated.cause);
    });
  }
}

/** Base URL of a server's HTTP API. */
export function buildOrigin(settings: ConsulSettings, address: string): string {
  return `${settings.scheme}://${address}:${settings.port}`;
}

export function buildTlsOptions(settings: ConsulSettings) {
  const { ca, cert, key, serverName } = settings.tls ?? {};
  return {
    ...(ca && { ca }),
    ...(cert && { cert }),
    ...(key && { key }),
    ...(serverName && { servername: serverName }),
  };
}

async function sendRequest(
  agent: Agent,
  settings: ConsulSettings,
  token: AclToken,
  request: ConsulRequest,
): Promise<ConsulResponse> {
  const signal = AbortSignal.timeout(request.limitMs);
  // Before the request is sent: the server may become a member while it answers.
  const { isTokenWithheld, sent } = toAgentRequest(settings, token, request);
  const { statusCode, headers, body } = await agent.request({ ...sent, signal });
  return { status: statusCode, headers, bytes: await readLimited(body, request.maxBytes), isTokenWithheld };
}

async function openStream(
  agent: Agent,
  settings: ConsulSettings,
  token: AclToken,
  request: ConsulRequest,
): Promise<StreamedResponse> {
  const { isTokenWithheld, sent } = toAgentRequest(settings, token, request);
  const { statusCode, headers, body } = await agent.request(sent);
  return { status: statusCode, headers, chunks: readChunks(body), isTokenWithheld };
}

function toAgentRequest(settings: ConsulSettings, token: AclToken, request: ConsulRequest) {
  const { headers, isTokenWithheld } = token.buildHeaders(request);
  const sent = {
    origin: buildOrigin(settings, request.address),
    path: `/v1/${request.path}`,
    method: request.method,
    headers,
    body: request.body ?? null,
    headersTimeout: request.limitMs,
    bodyTimeout: request.limitMs,
  };
  return { sent, isTokenWithheld };
}

/** Reports the request to `settings.trace` when it ends. Its query is left out: it may hold a session id. */
export async function traceRequest<Response extends { readonly status: number }>(
  settings: ConsulSettings,
  { address, method, path }: Pick<ConsulRequest, 'address' | 'method' | 'path'>,
  request: () => Promise<Response>,
): Promise<Response> {
  if (settings.trace === undefined) return request();
  const { trace } = settings;
  const startMs = performance.now();
  const name = `${method} ${buildOrigin(settings, address)}/v1/${path.split('?')[0]}`;
  const report = (status: number | string) => trace({ name, status, elapsedMs: performance.now() - startMs });
  try {
    const response = await request();
    report(response.status);
    return response;
  } catch (thrown) {
    report(toConsulUnavailable(thrown).why);
    throw thrown;
  }
}

/** A body of at most `maxBytes`, whole. */
export async function readLimited(body: AsyncIterable<Buffer>, maxBytes = MAX_JSON_BYTES): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const bytes of readChunks(body)) {
    size += bytes.length;
    if (size > maxBytes) throw new AnswerTooLarge(maxBytes);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks, size);
}

async function* readChunks(body: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of body) yield Buffer.from(chunk);
  } catch (thrown) {
    const failure = toConsulUnavailable(thrown);
    throw isConnectionCut(failure) ? new ConsulUnavailable('broken', 'the answer was incomplete') : failure;
  }
}

/** The server gave no response, or one that Consul would not give. The message never contains a token. */
export class ConsulUnavailable extends Error {
  readonly why: AgentDown['why'];
  /** Where the settings of TLS are the cause. */
  readonly remedy: string | undefined;

  constructor(why: AgentDown['why'], message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'NoAnswer';
    this.why = why;
    this.remedy = findTlsRemedy(message);
  }
}

/** The answer has more bytes than it may have. */
export class AnswerTooLarge extends ConsulUnavailable {
  constructor(maxBytes: number) {
    super('broken', `the answer is larger than ${maxBytes} bytes`);
  }
}

/** The server was reached, and its answer was not whole in time. */
export class AnswerTooSlow extends ConsulUnavailable {
  constructor(cause?: unknown) {
    super('silent', 'no answer in time', cause);
  }
}

const REQUEST_NOT_MADE = 'The request was not made, so it changed nothing.';
const EFFECT_UNKNOWN = 'Whether the request took effect is not known; the next observation will show it.';

/** Error codes of Node and undici for a server that is silent but may be alive. */
const SILENT_ERROR_CODES: readonly string[] = [
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_SOCKET',
  'UND_ERR_CLOSED',
  'UND_ERR_DESTROYED',
];

/** Of undici, for a connection on which no answer begins, or no more of it comes. */
const SLOW_ERROR_CODES: readonly string[] = ['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT'];

/**
 * Classifies a failed request. Only a refused connection shows that nothing listens; a cut or a time-out shows nothing;
 * the rest (TLS, a protocol other than HTTP) is a response, but not Consul's.
 */
export function toConsulUnavailable(thrown: unknown): ConsulUnavailable {
  if (thrown instanceof ConsulUnavailable) return thrown;
  const code = findErrorCode(thrown);
  const detail = code ?? messageOf(thrown);
  if (code === 'ECONNREFUSED') return new ConsulUnavailable('refused', 'the connection was refused', thrown);
  if (isTimeout(thrown) || SLOW_ERROR_CODES.includes(code ?? '')) return new AnswerTooSlow(thrown);
  if (code !== undefined && SILENT_ERROR_CODES.includes(code))
    return new ConsulUnavailable('silent', `no answer (${detail})`, thrown);
  return new ConsulUnavailable('broken', `not an answer of Consul (${detail})`, thrown);
}

/** True for a connection that was cut: the server may or may not have received the request. */
export function isConnectionCut(failure: ConsulUnavailable): boolean {
  return ['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'].includes(findErrorCode(failure.cause) ?? '');
}

const UNAVAILABLE_CODES = {
  refused: 'consul-not-running',
  silent: 'consul-unreachable',
  denied: 'consul-unreachable',
  broken: 'consul-broken',
} as const satisfies Record<AgentDown['why'], string>;

/** Waits for a required response; ConsulUnavailable becomes an error the operator can act on. */
export async function orThrow<Answer>(address: string, doing: string, pending: Promise<Answer>): Promise<Answer> {
  try {
    return await pending;
  } catch (thrown) {
    if (!(thrown instanceof ConsulUnavailable)) throw thrown;
    throw new RollError({
      code: UNAVAILABLE_CODES[thrown.why],
      message: `Consul at ${address} could not ${doing}: ${thrown.message}.`,
      kind: 'refused',
      state: thrown.why === 'refused' ? REQUEST_NOT_MADE : EFFECT_UNKNOWN,
      next:
        thrown.remedy ??
        'check the agent on that server, and the network to its HTTP port, then run the same command again',
      passing: true,
      cause: thrown,
    });
  }
}

/** Undefined where Consul is unavailable. */
export async function undefinedIfUnavailable<Answer>(pending: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await pending;
  } catch (thrown) {
    if (thrown instanceof ConsulUnavailable) return undefined;
    throw thrown;
  }
}

function isTimeout(thrown: unknown): boolean {
  return thrown instanceof Error && (thrown.name === 'TimeoutError' || thrown.name === 'AbortError');
}

/** A key as a path, with what comes after the question mark. */
export function buildKeyPath(key: string, query = ''): string {
  const path = key.split('/').map(encodeURIComponent).join('/');
  return `kv/${path}${query && `?${query}`}`;
}
