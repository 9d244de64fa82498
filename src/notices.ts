import { readFileSync } from 'node:fs';
import { systemClock } from './lib/clock.js';
import { Courier } from './lib/notify/courier.js';
import { targetsOf } from './lib/notify/target.js';
import type { Chosen } from './lib/settings-file/choose.js';
import { secretOf, secretUrlOf } from './lib/settings-file/secrets.js';

/**
 * Who brings notices of a roll to where the operator wants them.
 *
 * @param warn is told what could not be delivered
 * @throws RollError `bad-usage` for an address that is none, or a file that cannot be read
 */
export function courierFor(chosen: Chosen, warn: (message: string) => void): Courier {
  const { env } = process;
  const readText = (path: string) => readFileSync(path, 'utf8');
  const targets = targetsOf({
    slackUrl: secretUrlOf('slack-webhook-url', chosen, env, readText),
    webhookUrl: secretUrlOf('webhook-url', chosen, env, readText),
    webhookSecret: secretOf('webhook-secret', chosen, env, readText),
  });
  return new Courier(targets, systemClock, warn);
}
