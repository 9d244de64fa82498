import { messageOf, RollError } from '../errors.js';
import type { AgentDown } from '../model/server.js';
import { EXIT } from '../outcomes.js';

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
