import { type Dispatcher, request } from 'undici';
import { messageOf } from '../errors.js';
import type { Clock } from '../ports.js';
import type { Message } from './target.js';

/** How hard a notice is tried to be delivered. */
export interface Persistence {
  readonly attempts: number;
  /** Before the second try; twice as long before each one after. */
  readonly firstPauseMs: number;
  readonly answerWithinMs: number;
}

const LONGEST_PAUSE_MS = 30_000;

/** One failed try: why, and whether another makes sense. */
interface Failure {
  readonly why: string;
  readonly passing: boolean;
  /** As the other side asks for it. */
  readonly pauseMs?: number | undefined;
}

/**
 * Posts a message until it is taken: tries again after an answer that may pass (5xx, 408, 429) or none at all.
 *
 * @returns why it was not delivered; undefined when it was. The address is in none of it.
 */
export async function deliver(
  url: string,
  message: Message,
  how: Persistence,
  means: { readonly dispatcher: Dispatcher; readonly clock: Clock; readonly signal: AbortSignal },
): Promise<string | undefined> {
  for (let attempt = 1; ; attempt += 1) {
    const failure = await post(url, message, how.answerWithinMs, means);
    if (failure === undefined) return undefined;
    if (!failure.passing || attempt >= how.attempts || means.signal.aborted) return failure.why;
    const pauseMs = failure.pauseMs ?? how.firstPauseMs * 2 ** (attempt - 1);
    await means.clock.sleep(Math.min(pauseMs, LONGEST_PAUSE_MS), means.signal);
    if (means.signal.aborted) return failure.why;
  }
}

async function post(
  url: string,
  { body, headers }: Message,
  answerWithinMs: number,
  { dispatcher, signal }: { readonly dispatcher: Dispatcher; readonly signal: AbortSignal },
): Promise<Failure | undefined> {
  try {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(answerWithinMs)]);
    const answer = await request(url, { method: 'POST', body, headers, dispatcher, signal: limit });
    await answer.body.dump();
    const { statusCode: status } = answer;
    if (status >= 200 && status < 300) return undefined;
    const passing = status >= 500 || status === 408 || status === 429;
    return { why: `it answered ${status}`, passing, pauseMs: pauseIn(answer.headers['retry-after']) };
  } catch (thrown) {
    const late = thrown instanceof Error && thrown.name === 'TimeoutError';
    const why = late ? `it did not answer within ${answerWithinMs} ms` : messageOf(thrown);
    return { why, passing: true };
  }
}

/** `Retry-After` in seconds; a date is left aside. */
function pauseIn(header: string | string[] | undefined): number | undefined {
  return typeof header === 'string' && /^\d+$/.test(header) ? Number(header) * 1000 : undefined;
}
