import { createHmac } from 'node:crypto';
import { type Dispatcher, EnvHttpProxyAgent, request } from 'undici';
import { messageOf } from '../model/errors.js';
import { retry } from '../model/retry.js';
import type { Clock } from '../ports.js';
import type { EventDocument } from './events/schema.js';

/** The events that are sent. */
const NOTIFIED_EVENTS: ReadonlySet<string> = new Set(['started', 'pause-requested', 'ended']);

const DEFAULT_DELIVERY: DeliveryOptions = { attempts: 5, firstRetryMs: 500, timeoutMs: 5_000 };
/** How long the end of a roll waits for its last notification. */
const FINAL_WAIT_MS = 15_000;

/**
 * Sends the notifications of a roll in the background, one after the other: the roll never waits for one. A failed
 * delivery is a warning.
 */
export class Notifier {
  readonly #targets: readonly NotificationTarget[];
  readonly #clock: Clock;
  readonly #warn: (message: string) => void;
  readonly #delivery: DeliveryOptions;
  readonly #lastWaitMs: number;
  readonly #dispatcher = new EnvHttpProxyAgent();
  readonly #stop = new AbortController();
  readonly #pending = new Map<NotificationTarget, Promise<void>>();
  #started = false;

  constructor(
    targets: readonly NotificationTarget[],
    clock: Clock,
    warn: (message: string) => void,
    how: DeliveryOptions = DEFAULT_DELIVERY,
    lastWaitMs = FINAL_WAIT_MS,
  ) {
    this.#targets = targets;
    this.#clock = clock;
    this.#warn = warn;
    this.#delivery = how;
    this.#lastWaitMs = lastWaitMs;
  }

  /** Sends an event, if its kind is sent and a roll has started. */
  notify(document: EventDocument): void {
    this.#started ||= document.kind === 'started';
    if (!this.#started || !NOTIFIED_EVENTS.has(document.kind)) return;
    for (const target of this.#targets) {
      const before = this.#pending.get(target) ?? Promise.resolve();
      this.#pending.set(
        target,
        before.then(() => this.#deliverTo(target, document)),
      );
    }
  }

  /** Waits for pending notifications until the time limit, and drops the rest. */
  async flush(): Promise<void> {
    const over = new AbortController();
    const all = Promise.all(this.#pending.values()).then(() => over.abort());
    await Promise.race([all, this.#clock.sleep(this.#lastWaitMs, over.signal)]);
    this.#stop.abort();
    await all;
    await this.#dispatcher.destroy();
  }

  async #deliverTo(target: NotificationTarget, document: EventDocument): Promise<void> {
    const means = { dispatcher: this.#dispatcher, clock: this.#clock, signal: this.#stop.signal };
    const why = this.#stop.signal.aborted
      ? 'the time limit at the end of the run was reached'
      : await deliverMessage(target.url, target.buildMessage(document), this.#delivery, means);
    if (why !== undefined) this.#warn(`${target.name} was not notified (${document.kind}): ${why}`);
  }
}

/** Attempts and limits of a delivery. */
export interface DeliveryOptions {
  readonly attempts: number;
  /** Before the second attempt; doubled before each later one. */
  readonly firstRetryMs: number;
  readonly timeoutMs: number;
}

const MAX_RETRY_MS = 30_000;

/** A failed delivery. */
class DeliveryError extends Error {
  readonly retryable: boolean;
  /** `Retry-After` of the server. */
  readonly pauseMs: number | undefined;

  constructor(message: string, retryable: boolean, pauseMs?: number) {
    super(message);
    this.retryable = retryable;
    this.pauseMs = pauseMs;
  }
}

/**
 * Posts a message until it is accepted: tries again after a temporary failure (5xx, 408, 429) or no response.
 *
 * @returns why it was not delivered, without the address; undefined on success
 */
export async function deliverMessage(
  url: string,
  message: NotificationMessage,
  how: DeliveryOptions,
  means: { readonly dispatcher: Dispatcher; readonly clock: Clock; readonly signal: AbortSignal },
): Promise<string | undefined> {
  const pauseAfter = (thrown: unknown, failures: number) => {
    if (!(thrown instanceof DeliveryError && thrown.retryable) || failures >= how.attempts) return undefined;
    return Math.min(thrown.pauseMs ?? how.firstRetryMs * 2 ** (failures - 1), MAX_RETRY_MS);
  };
  try {
    await retry(means.clock, () => postMessage(url, message, how.timeoutMs, means), pauseAfter, means.signal);
    return undefined;
  } catch (thrown) {
    return messageOf(thrown);
  }
}

async function postMessage(
  url: string,
  { body, headers }: NotificationMessage,
  timeoutMs: number,
  { dispatcher, signal }: { readonly dispatcher: Dispatcher; readonly signal: AbortSignal },
): Promise<void> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  const send = async () => {
    const response = await request(url, { method: 'POST', body, headers, dispatcher, signal: limit });
    await response.body.dump();
    return response;
  };
  const { statusCode: status, headers: answered } = await send().catch((thrown: unknown) => {
    const late = thrown instanceof Error && thrown.name === 'TimeoutError';
    throw new DeliveryError(late ? `it did not answer within ${timeoutMs} ms` : messageOf(thrown), true);
  });
  if (status >= 200 && status < 300) return;
  const passing = status >= 500 || status === 408 || status === 429;
  throw new DeliveryError(`it answered ${status}`, passing, parseRetryAfter(answered['retry-after']));
}

/** `Retry-After` in seconds; a date is ignored. */
function parseRetryAfter(header: string | string[] | undefined): number | undefined {
  return typeof header === 'string' && /^\d+$/.test(header) ? Number(header) * 1000 : undefined;
}

/** The text for Slack: what happened; at the end of a roll also the state of the cluster and what to do. */
export function formatSlackText(document: EventDocument): string {
  const lines = [`*${escapeSlack(document.cluster)}*  ${escapeSlack(document.text)}`];
  if (document.kind === 'ended') {
    lines.push(`Now: ${escapeSlack(document.now)}`);
    lines.push(...document.next.map((next) => `Next: ${escapeSlack(next)}`));
  }
  return lines.join('\n');
}

/** Escapes the three special characters of Slack. */
function escapeSlack(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** A destination of notifications. Its address is a secret: any process that knows it can write there. */
export interface NotificationTarget {
  /** Its name in messages. */
  readonly name: string;
  readonly url: string;
  buildMessage(document: EventDocument): NotificationMessage;
}

/** Body and headers of a request. */
export interface NotificationMessage {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** The addresses, and the key of the signature. */
export interface NotificationAddresses {
  readonly slackUrl: string | undefined;
  readonly webhookUrl: string | undefined;
  readonly webhookSecret: string | undefined;
}

/** The configured targets. */
export function buildTargets({
  slackUrl,
  webhookUrl,
  webhookSecret,
}: NotificationAddresses): readonly NotificationTarget[] {
  return [
    ...(slackUrl === undefined ? [] : [buildSlackTarget(slackUrl)]),
    ...(webhookUrl === undefined ? [] : [buildWebhookTarget(webhookUrl, webhookSecret)]),
  ];
}

function buildSlackTarget(url: string): NotificationTarget {
  return {
    name: 'Slack',
    url,
    buildMessage: (document) => ({
      body: JSON.stringify({ text: formatSlackText(document) }),
      headers: { 'content-type': 'application/json' },
    }),
  };
}

/** Gets the event itself: docs/schemas/event.schema.json. */
function buildWebhookTarget(url: string, secret: string | undefined): NotificationTarget {
  return {
    name: 'the webhook',
    url,
    buildMessage: (document) => {
      const body = JSON.stringify(document);
      return {
        body,
        headers: {
          'content-type': 'application/json',
          'consul-roll-event': document.kind,
          // A roll may have several runs, and each counts from 1.
          'consul-roll-delivery': `${document.rollId}-${document.at}-${document.number}`,
          ...(secret !== undefined && { 'consul-roll-signature': signBody(body, secret) }),
        },
      };
    },
  };
}

/** HMAC-SHA256 of a body, as GitHub signs its webhooks: `sha256=` and hex. */
export function signBody(body: string, secret: string): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
}
