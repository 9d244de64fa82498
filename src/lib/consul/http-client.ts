import { Agent, type Dispatcher } from 'undici';
import { type ConsulSettings, type ConsulTimeouts, TIMEOUTS } from '../config/connection.js';
import { messageOf, RollError } from '../model/errors.js';
import { EXIT } from '../model/outcome.js';
import type { AgentDown } from '../model/server.js';

/** One HTTP request to one server. `path` begins after `/v1/` and has its query with it. */
export interface Question {
  readonly address: string;
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  readonly path: string;
  readonly body?: string;
  /** From the first byte out to the last byte in. */
  readonly limitMs: number;
  readonly maxBytes?: number;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly bytes: Buffer;
}

/** Keep-alive connections to the servers, a pool for each. */
export interface Channel {
  readonly timeouts: ConsulTimeouts;
  /** @throws NoAnswer when nothing whole comes back in time; any status is an answer. */
  send(question: Question): Promise<Answer>;
  close(): Promise<void>;
}

const MAX_JSON_BYTES = 8 * 1024 * 1024;
const CONNECTIONS_A_SERVER = 8;
const KEEP_ALIVE_MS = 30_000;

export function openChannel(settings: ConsulSettings): Channel {
  const timeouts = { ...TIMEOUTS, ...settings.timeouts };
  const agent = new Agent({
    connections: CONNECTIONS_A_SERVER,
    keepAliveTimeout: KEEP_ALIVE_MS,
    connect: { timeout: timeouts.connectMs, ...tlsOptions(settings) },
  });
  return {
    timeouts,
    async send(question) {
      try {
        return await exchange(agent, settings, question);
      } catch (thrown) {
        const failure = noAnswerFrom(thrown);
        // A kept connection that died with its server says nothing of the server that is there now.
        if (question.method !== 'GET' || !isCut(failure)) throw failure;
        return exchange(agent, settings, question).catch((again: unknown) => {
          throw noAnswerFrom(again);
        });
      }
    },
    close: () => agent.destroy(),
  };
}

/** Base URL of a server's HTTP API. */
export function originOf(settings: ConsulSettings, address: string): string {
  return `${settings.scheme}://${address}:${settings.port}`;
}

export function tlsOptions(settings: ConsulSettings) {
  const { ca, cert, key, serverName } = settings.tls ?? {};
  return {
    ...(ca && { ca }),
    ...(cert && { cert }),
    ...(key && { key }),
    ...(serverName && { servername: serverName }),
  };
}

export function headersOf(settings: ConsulSettings): Record<string, string> {
  return settings.token ? { 'x-consul-token': settings.token } : {};
}

async function exchange(agent: Agent, settings: ConsulSettings, question: Question): Promise<Answer> {
  const { statusCode, headers, body } = await agent.request({
    origin: originOf(settings, question.address),
    path: `/v1/${question.path}`,
    method: question.method,
    headers: headersOf(settings),
    body: question.body ?? null,
    headersTimeout: question.limitMs,
    bodyTimeout: question.limitMs,
    signal: AbortSignal.timeout(question.limitMs),
  });
  return { status: statusCode, headers, bytes: await collect(body, question.maxBytes ?? MAX_JSON_BYTES) };
}

async function collect(body: Dispatcher.ResponseData['body'], maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of body) {
      const bytes = Buffer.from(chunk);
      size += bytes.length;
      if (size > maxBytes) throw new NoAnswer('broken', `the answer is larger than ${maxBytes} bytes`);
      chunks.push(bytes);
    }
  } catch (thrown) {
    const failure = noAnswerFrom(thrown);
    throw isCut(failure) ? new NoAnswer('broken', 'the answer was cut short') : failure;
  }
  return Buffer.concat(chunks, size);
}

/** A server that gave no answer, or none that Consul would give. The message never holds a token. */
export class NoAnswer extends Error {
  readonly why: AgentDown['why'];

  constructor(why: AgentDown['why'], message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'NoAnswer';
    this.why = why;
  }
}

const NOT_MADE = 'The request was not made, so it changed nothing.';
const EFFECT_UNKNOWN = 'Whether the request took effect is not known; the next look tells.';

/** What Node and undici call the ways in which a server stays silent although it may live. */
const SILENT: readonly string[] = [
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'UND_ERR_SOCKET',
  'UND_ERR_CLOSED',
  'UND_ERR_DESTROYED',
];

/**
 * What kind of no answer a failed request is. Only a refused connection shows that nothing listens; a cut or a
 * time-out shows nothing; the rest (TLS, a protocol that is not HTTP) is an answer, but not Consul's.
 */
export function noAnswerFrom(thrown: unknown): NoAnswer {
  if (thrown instanceof NoAnswer) return thrown;
  const code = codeOf(thrown);
  const detail = code ?? messageOf(thrown);
  if (code === 'ECONNREFUSED') return new NoAnswer('refused', 'the connection was refused', thrown);
  if (isTimeout(thrown)) return new NoAnswer('silent', 'no answer in time', thrown);
  if (code !== undefined && SILENT.includes(code))
    return new NoAnswer('silent', `no answer (${detail})`, thrown);
  return new NoAnswer('broken', `not an answer of Consul (${detail})`, thrown);
}

/** True for a connection that was cut, by which the server may or may not have taken the request. */
export function isCut(failure: NoAnswer): boolean {
  return ['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'].includes(codeOf(failure.cause) ?? '');
}

/** Waits for something the roll cannot do without; a server that gives no answer becomes an error to act on. */
export async function insist<Answer>(
  address: string,
  doing: string,
  asked: Promise<Answer>,
): Promise<Answer> {
  try {
    return await asked;
  } catch (thrown) {
    if (!(thrown instanceof NoAnswer)) throw thrown;
    throw new RollError({
      code: thrown.why === 'broken' ? 'consul-broken' : 'consul-unreachable',
      message: `Consul at ${address} could not ${doing}: ${thrown.message}.`,
      exitCode: EXIT.refused,
      state: thrown.why === 'refused' ? NOT_MADE : EFFECT_UNKNOWN,
      next: 'Check the agent on that server, and the network to its HTTP port, then run the same command again.',
      passing: true,
      cause: thrown,
    });
  }
}

/** Undefined in place of no answer. */
export async function unlessNoAnswer<Answer>(asked: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await asked;
  } catch (thrown) {
    if (thrown instanceof NoAnswer) return undefined;
    throw thrown;
  }
}

function isTimeout(thrown: unknown): boolean {
  return thrown instanceof Error && (thrown.name === 'TimeoutError' || thrown.name === 'AbortError');
}

function codeOf(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error) || !('code' in thrown)) return undefined;
  return typeof thrown.code === 'string' ? thrown.code : undefined;
}
