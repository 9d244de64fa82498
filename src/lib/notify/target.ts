import { createHmac } from 'node:crypto';
import type { EventDocument } from '../ui/events/schema.js';
import { slackText } from './slack-text.js';

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
