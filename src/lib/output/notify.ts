import { createHmac } from 'node:crypto';
import { type Dispatcher, EnvHttpProxyAgent, request } from 'undici';
import { messageOf } from '../model/errors.js';
import type { Clock } from '../ports.js';
import type { EventDocument } from './events/schema.js';

/** The events somebody who is not looking wants to hear of. */
const NOTICES: ReadonlySet<string> = new Set(['started', 'pause-requested', 'ended']);

const USUAL: Persistence = { attempts: 5, firstPauseMs: 500, answerWithinMs: 5_000 };
/** What a roll that has ended still waits for its last notice. */
const LAST_WAIT_MS = 15_000;

/**
 * Takes notices of a roll to where they are wanted, one after the other, in the background: the roll never waits for
 * one. What cannot be delivered is told, and no more than that.
 */
export class Courier {
  readonly #targets: readonly Target[];
  readonly #clock: Clock;
  readonly #warn: (message: string) => void;
  readonly #how: Persistence;
  readonly #lastWaitMs: number;
  readonly #dispatcher = new EnvHttpProxyAgent();
  readonly #stop = new AbortController();
  readonly #underWay = new Map<Target, Promise<void>>();
  #started = false;

  constructor(
    targets: readonly Target[],
    clock: Clock,
    warn: (message: string) => void,
    how: Persistence = USUAL,
    lastWaitMs = LAST_WAIT_MS,
  ) {
    this.#targets = targets;
    this.#clock = clock;
    this.#warn = warn;
    this.#how = how;
    this.#lastWaitMs = lastWaitMs;
  }

  /** Takes one event along, if it is worth a notice. Of what ends before a roll has started there is none. */
  take(document: EventDocument): void {
    this.#started ||= document.kind === 'started';
    if (!this.#started || !NOTICES.has(document.kind)) return;
    for (const target of this.#targets) {
      const before = this.#underWay.get(target) ?? Promise.resolve();
      this.#underWay.set(
        target,
        before.then(() => this.#bring(target, document)),
      );
    }
  }

  /** Waits for what is under way, but not for ever, and lets go of the rest. */
  async settle(): Promise<void> {
    const over = new AbortController();
    const all = Promise.all(this.#underWay.values()).then(() => over.abort());
    await Promise.race([all, this.#clock.sleep(this.#lastWaitMs, over.signal)]);
    this.#stop.abort();
    await all;
    await this.#dispatcher.destroy();
  }

  async #bring(target: Target, document: EventDocument): Promise<void> {
    const means = { dispatcher: this.#dispatcher, clock: this.#clock, signal: this.#stop.signal };
    const why = this.#stop.signal.aborted
      ? 'there was no time left'
      : await deliver(target.url, target.message(document), this.#how, means);
    if (why !== undefined) this.#warn(`${target.name} was not told (${document.kind}): ${why}`);
  }
}

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

/** A notice as Slack shows it: what happened, and at the end of a roll what the cluster is and what to do. */
export function slackText(document: EventDocument): string {
  const lines = [`*${escaped(document.cluster)}*  ${escaped(document.text)}`];
  if (document.kind === 'ended') {
    lines.push(`Now: ${escaped(document.now)}`);
    lines.push(...document.next.map((next) => `Next: ${escaped(next)}`));
  }
  return lines.join('\n');
}

/** The three characters that mean something to Slack. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Somewhere that notices go. Its address is a secret: whoever knows it may write there. */
export interface Target {
  /** How it is spoken of. */
  readonly name: string;
  readonly url: string;
  message(document: EventDocument): Message;
}

/** What is posted. */
export interface Message {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Where notices go, and what they are signed with. */
export interface Addresses {
  readonly slackUrl: string | undefined;
  readonly webhookUrl: string | undefined;
  readonly webhookSecret: string | undefined;
}

/** The targets there are. */
export function targetsOf({ slackUrl, webhookUrl, webhookSecret }: Addresses): readonly Target[] {
  return [
    ...(slackUrl === undefined ? [] : [slack(slackUrl)]),
    ...(webhookUrl === undefined ? [] : [webhook(webhookUrl, webhookSecret)]),
  ];
}

function slack(url: string): Target {
  return {
    name: 'Slack',
    url,
    message: (document) => ({
      body: JSON.stringify({ text: slackText(document) }),
      headers: { 'content-type': 'application/json' },
    }),
  };
}

/** Gets the event itself, as docs/schemas/event.schema.json has it. */
function webhook(url: string, secret: string | undefined): Target {
  return {
    name: 'the webhook',
    url,
    message: (document) => {
      const body = JSON.stringify(document);
      return {
        body,
        headers: {
          'content-type': 'application/json',
          'consul-roll-event': document.kind,
          // Of one roll there may be several runs, and each counts from 1.
          'consul-roll-delivery': `${document.rollId}-${document.at}-${document.number}`,
          ...(secret !== undefined && { 'consul-roll-signature': signatureOf(body, secret) }),
        },
      };
    },
  };
}

/** HMAC-SHA256 of a body, as GitHub signs its webhooks: `sha256=` and hex. */
export function signatureOf(body: string, secret: string): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
}
