import { createHmac } from 'node:crypto';
import { EnvHttpProxyAgent, request } from 'undici';
import { messageOf, RollError } from '../model/errors.js';
import { stringifyPrintable, toPrintable } from '../model/printable.js';
import { retry } from '../model/retry.js';
import type { Clock } from '../ports.js';
import type { EventDocument } from './events/schema.js';

/** The events that are sent. */
const NOTIFIED_EVENTS: ReadonlySet<string> = new Set(['started', 'pause-requested', 'ended']);

/** Attempts and limits of a delivery. */
export interface DeliveryOptions {
  readonly attempts: number;
  /** Before the second attempt; doubled before each later one. */
  readonly firstRetryMs: number;
  readonly timeoutMs: number;
  /** How long the end of a roll waits for its last notification. */
  readonly finalWaitMs: number;
}

const DEFAULT_DELIVERY: DeliveryOptions = { attempts: 5, firstRetryMs: 500, timeoutMs: 5_000, finalWaitMs: 15_000 };
const MAX_RETRY_MS = 30_000;

/**
 * Sends the notifications of a roll in the background, one after the other: the roll never waits for one. A failed
 * delivery is a warning.
 */
export class Notifier {
  readonly #targets: readonly NotificationTarget[];
  readonly #clock: Clock;
  readonly #warn: (message: string) => void;
  readonly #delivery: DeliveryOptions;
  readonly #dispatcher: EnvHttpProxyAgent | undefined;
  readonly #stop = new AbortController();
  readonly #pending = new Map<NotificationTarget, Promise<void>>();
  #started = false;

  /** @throws RollError `bad-usage` where there are targets and a proxy variable is not a URL */
  constructor(
    targets: readonly NotificationTarget[],
    clock: Clock,
    warn: (message: string) => void,
    delivery = DEFAULT_DELIVERY,
  ) {
    this.#targets = targets;
    this.#dispatcher = targets.length === 0 ? undefined : createDispatcher();
    this.#clock = clock;
    this.#warn = warn;
    this.#delivery = delivery;
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
    await Promise.race([all, this.#clock.sleep(this.#delivery.finalWaitMs, over.signal)]);
    this.#stop.abort();
    await all;
    await this.#dispatcher?.destroy();
  }

  /** Posts an event until it is accepted: tries again after a temporary failure (5xx, 408, 429) or no response. */
  async #deliverTo(target: NotificationTarget, document: EventDocument): Promise<void> {
    const { attempts, firstRetryMs } = this.#delivery;
    const pauseAfter = (thrown: unknown, failures: number) => {
      if (!(thrown instanceof DeliveryError && thrown.retryable) || failures >= attempts) return undefined;
      return Math.min(thrown.pauseMs ?? firstRetryMs * 2 ** (failures - 1), MAX_RETRY_MS);
    };
    const { signal } = this.#stop;
    try {
      if (signal.aborted) throw new Error('the time limit at the end of the run was reached');
      await retry(this.#clock, () => this.#post(target.url, target.buildMessage(document)), pauseAfter, signal);
    } catch (thrown) {
      this.#warn(`${target.name} was not notified (${document.kind}): ${messageOf(thrown)}`);
    }
  }

  /** @throws DeliveryError without the address */
  async #post(url: string, { body, headers }: NotificationMessage): Promise<void> {
    const { timeoutMs } = this.#delivery;
    const signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(timeoutMs)]);
    const send = async () => {
      const response = await request(url, {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json', ...headers },
        ...(this.#dispatcher && { dispatcher: this.#dispatcher }),
        signal,
      });
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
}

/** Of undici; the first of each pair that is set counts. */
const PROXY_VARIABLES = ['http_proxy', 'HTTP_PROXY', 'https_proxy', 'HTTPS_PROXY'];

/** Through the proxy of the environment, if one is set. */
function createDispatcher(): EnvHttpProxyAgent {
  try {
    return new EnvHttpProxyAgent();
  } catch {
    const isProxy = (url: string) => URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);
    const wrong = PROXY_VARIABLES.filter((name) => !['', undefined].includes(process.env[name]));
    const name = wrong.find((one) => !isProxy(process.env[one] ?? '')) ?? 'HTTPS_PROXY';
    throw new RollError({
      code: 'bad-usage',
      message: `The value of ${name} is not the URL of a proxy.`,
      kind: 'usage',
      next: `write it as http://HOST:PORT in ${name}, or unset it`,
    });
  }
}

/** A failed delivery. */
class DeliveryError extends Error {
  /** @param pauseMs `Retry-After` of the server */
  constructor(
    message: string,
    readonly retryable: boolean,
    readonly pauseMs?: number,
  ) {
    super(message);
  }
}

/** `Retry-After` in seconds; a date is ignored. */
function parseRetryAfter(header: string | string[] | undefined): number | undefined {
  return typeof header === 'string' && /^\d+$/.test(header) ? Number(header) * 1000 : undefined;
}

/** The text for Slack: what happened; at the end of a roll also the state of the cluster and what to do. */
function formatSlackText(document: EventDocument): string {
  const lines = [`*${escapeSlack(document.cluster)}*  ${escapeSlack(document.text)}`];
  if (document.kind === 'ended') {
    lines.push(`Now: ${escapeSlack(document.now)}`);
    lines.push(...document.next.map((next) => `Next: ${escapeSlack(next)}`));
  }
  return lines.join('\n');
}

/** Escapes the three special characters of Slack. */
function escapeSlack(text: string): string {
  return toPrintable(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** A destination of notifications. Its address is a secret: any process that knows it can write there. */
interface NotificationTarget {
  /** Its name in messages. */
  readonly name: string;
  readonly url: string;
  buildMessage(document: EventDocument): NotificationMessage;
}

/** JSON, and the headers of its own. */
interface NotificationMessage {
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The addresses, and the key of the signature. */
export interface NotificationAddresses {
  readonly slackUrl: string | undefined;
  readonly webhookUrl: string | undefined;
  readonly webhookSecret: string | undefined;
}

/** The configured targets. */
export function buildTargets(addresses: NotificationAddresses): readonly NotificationTarget[] {
  const { slackUrl, webhookUrl, webhookSecret } = addresses;
  const all = [
    {
      name: 'Slack',
      url: slackUrl,
      buildMessage: (document: EventDocument) => ({ body: stringifyPrintable({ text: formatSlackText(document) }) }),
    },
    {
      name: 'the webhook',
      url: webhookUrl,
      buildMessage: (document: EventDocument) => buildWebhookMessage(document, webhookSecret),
    },
  ];
  return all.flatMap(({ url, ...target }) => (url === undefined ? [] : [{ ...target, url }]));
}

/** The event itself: docs/schemas/event.schema.json. */
function buildWebhookMessage(document: EventDocument, secret: string | undefined): NotificationMessage {
  const body = stringifyPrintable(document);
  const headers = {
    'consul-roll-event': document.kind,
    // A roll may have several runs, and each counts from 1.
    'consul-roll-delivery': `${document.rollId}-${document.at}-${document.number}`,
    ...(secret !== undefined && { 'consul-roll-signature': signBody(body, secret) }),
  };
  return { body, headers };
}

/** HMAC-SHA256 of a body, as GitHub signs its webhooks: `sha256=` and hex. */
export function signBody(body: string, secret: string): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
}
