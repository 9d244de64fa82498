import { Agent, type Dispatcher } from 'undici';
import { type ConsulSettings, type ConsulTimeouts, TIMEOUTS } from '../settings/consul.js';
import { isCut, NoAnswer, noAnswerFrom } from './no-answer.js';

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
