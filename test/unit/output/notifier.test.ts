import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../../src/cli/system.js';
import type { RollResult } from '../../../src/lib/model/outcome.js';
import { EventRecorder } from '../../../src/lib/output/events/event-recorder.js';
import { eventSchema } from '../../../src/lib/output/events/schema.js';
import type { DeliveryOptions } from '../../../src/lib/output/notify.js';
import { buildTargets, type NotificationAddresses, Notifier, signBody } from '../../../src/lib/output/notify.js';
import { limits } from '../../helpers/intents.js';
import { buildResult, buildResultEnd, buildScriptedRoll } from '../../helpers/scripted-roll.js';

/** An address that only the operator may see. */
const SECRET_PATH = '/services/T000/B000/hush-hush';

interface Taken {
  readonly path: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

let server: Server;
let taken: Taken[];
let answer: (response: ServerResponse, times: number) => void;
let warnings: string[];

beforeEach(async () => {
  taken = [];
  warnings = [];
  answer = (response) => response.end('ok');
  server = createServer(async (request, response) => {
    taken.push({ path: request.url, headers: request.headers, body: await text(request) });
    answer(response, taken.length);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

function address(): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}${SECRET_PATH}`;
}

const QUICK: DeliveryOptions = { attempts: 4, firstRetryMs: 5, timeoutMs: 1_000, finalWaitMs: 5_000 };

describe('a proxy variable that is not a URL', () => {
  afterEach(() => vi.unstubAllEnvs());

  it.each(['proxy:3128', 'user:secret@proxy'])('is an error of usage that does not quote it: %s', (value) => {
    vi.stubEnv('https_proxy', undefined);
    vi.stubEnv('HTTPS_PROXY', value);
    expect(() => createNotifier({ webhookUrl: 'https://example.com' })).toThrowError(
      expect.objectContaining({ code: 'bad-usage', message: 'The value of HTTPS_PROXY is not the URL of a proxy.' }),
    );
  });

  it('does not matter where nothing is sent', async () => {
    vi.stubEnv('HTTPS_PROXY', 'proxy:3128');
    await createNotifier({}).flush();
  });
});

function createNotifier(to: Partial<NotificationAddresses>, how: Partial<DeliveryOptions> = {}): Notifier {
  const addresses = { slackUrl: undefined, webhookUrl: undefined, webhookSecret: undefined, ...to };
  const warn = (message: string) => warnings.push(message);
  return new Notifier(buildTargets(addresses), systemClock, warn, { ...QUICK, ...how });
}

/** A whole roll, passed to a notifier. */
function notifyRoll(to: Notifier, result: RollResult = buildResult()): void {
  const run = { program: '1.2.3', cluster: 'consul', limits, intervalMs: 2_000 };
  const events = buildScriptedRoll();
  const recorder = new EventRecorder(run, [(document) => to.notify(document)], events[0]?.atMs ?? 0);
  for (const event of events) recorder.handle(event);
  recorder.conclude(buildResultEnd(result), events.at(-1)?.atMs ?? 0);
}

const kinds = () => taken.map(({ body }) => JSON.parse(body).kind);

describe('the webhook', () => {
  it('receives the start and the end, in order, as documents of the schema', async () => {
    const notifier = createNotifier({ webhookUrl: address() });
    notifyRoll(notifier);
    await notifier.flush();
    expect(kinds()).toEqual(['started', 'ended']);
    for (const { body } of taken) expect(eventSchema.safeParse(JSON.parse(body)).success).toBe(true);
    expect(JSON.parse(taken[1]?.body ?? '')).toMatchObject({
      schema: 'consul-roll/event/3',
      cluster: 'consul',
      outcome: 'rolled',
      exitCode: 0,
    });
    expect(taken[0]?.headers).toMatchObject({
      'content-type': 'application/json',
      'consul-roll-event': 'started',
      'consul-roll-delivery': expect.stringMatching(/^7f3a-.*-\d+$/),
    });
    expect(taken[0]?.headers).not.toHaveProperty('consul-roll-signature');
    expect(warnings).toEqual([]);
  });

  it('receives a requested pause', async () => {
    const notifier = createNotifier({ webhookUrl: address() });
    const started = buildScriptedRoll().find(({ kind }) => kind === 'started');
    const run = { program: '1.2.3', cluster: 'consul', limits, intervalMs: 2_000 };
    const recorder = new EventRecorder(run, [(document) => notifier.notify(document)], 0);
    if (started !== undefined) recorder.handle(started);
    recorder.handle({ kind: 'pause-requested', atMs: 1, by: 'ops@here' });
    recorder.conclude(buildResultEnd(buildResult({ outcome: 'interrupted' })), 2);
    await notifier.flush();
    expect(kinds()).toEqual(['started', 'pause-requested', 'ended']);
  });

  it('receives nothing if the roll ended before it started', async () => {
    const notifier = createNotifier({ webhookUrl: address() });
    const run = { program: '1.2.3', cluster: 'consul', limits, intervalMs: 2_000 };
    const recorder = new EventRecorder(run, [(document) => notifier.notify(document)], 0);
    recorder.conclude(buildResultEnd(buildResult({ outcome: 'nothing-to-do' })), 2);
    await notifier.flush();
    expect(taken).toEqual([]);
  });

  it('can verify the sender by the signature', async () => {
    const notifier = createNotifier({ webhookUrl: address(), webhookSecret: 'shared' });
    notifyRoll(notifier);
    await notifier.flush();
    for (const { headers, body } of taken) {
      expect(headers['consul-roll-signature']).toBe(signBody(body, 'shared'));
      expect(`${JSON.stringify(headers)}${body}`).not.toMatch(/shared/);
    }
    expect(signBody('body', 'key')).toBe('sha256=515aae133b435d4000956731f68ae5cf5eb85d4f0dc6a546d2bfcd3595ec1ae1');
  });
});

describe('Slack', () => {
  it('receives a message with the state of the cluster and what to do next', async () => {
    const notifier = createNotifier({ slackUrl: address() });
    notifyRoll(notifier, buildResult({ outcome: 'stopped', reason: { kind: 'operator-request' } }));
    await notifier.flush();
    const [start, end] = taken.map(({ body }) => JSON.parse(body).text);
    expect(start).toMatch(/^\*consul\* {2}roll 7f3a starts/);
    expect(end).toMatch(
      /^\*consul\* {2}Stopped during the roll.*\nNow: .*5 voters.*\nNext: resume with: consul-roll resume/s,
    );
  });
});

describe('a notification that fails', () => {
  it('is sent again after a temporary error, and the next one waits for it', async () => {
    answer = (response, times) => {
      response.statusCode = times < 4 ? ([500, 429, 503][times - 1] ?? 500) : 200;
      response.end();
    };
    const notifier = createNotifier({ webhookUrl: address() });
    notifyRoll(notifier);
    await notifier.flush();
    expect(kinds()).toEqual(['started', 'started', 'started', 'started', 'ended']);
    expect(new Set(taken.slice(0, 4).map(({ headers }) => headers['consul-roll-delivery'])).size).toBe(1);
    expect(warnings).toEqual([]);
  });

  it('is sent again after no response', async () => {
    answer = (response, times) => {
      if (times === 1) return;
      if (times === 2) response.destroy();
      else response.end();
    };
    const notifier = createNotifier({ webhookUrl: address() });
    notifyRoll(notifier);
    await notifier.flush();
    expect(kinds()).toEqual(['started', 'started', 'started', 'ended']);
    expect(warnings).toEqual([]);
  });

  it('is given up at once after a permanent error, and reported without its address', async () => {
    answer = (response) => {
      response.statusCode = 404;
      response.end('no_service');
    };
    const notifier = createNotifier({ slackUrl: address() });
    notifyRoll(notifier);
    await notifier.flush();
    expect(taken).toHaveLength(2);
    expect(warnings).toEqual([
      'Slack was not notified (started): it answered 404',
      'Slack was not notified (ended): it answered 404',
    ]);
  });

  it.each([
    ['there is no response', 20, () => undefined, /it did not answer within 20 ms/],
    [
      'the response is always 500',
      10_000,
      (response: ServerResponse) => response.writeHead(500).end(),
      /it answered 500/,
    ],
  ])('is given up in the end if %s', async (_, timeoutMs, always, why) => {
    answer = (response) => void always(response);
    const notifier = createNotifier({ webhookUrl: address() }, { attempts: 2, timeoutMs });
    notifyRoll(notifier);
    await notifier.flush();
    expect(warnings).toHaveLength(2);
    for (const warning of warnings) {
      expect(warning).toMatch(why);
      expect(warning).not.toMatch(/hush/);
    }
  });

  it('is waited for at the end, up to a limit', async () => {
    answer = () => undefined;
    const notifier = createNotifier({ webhookUrl: address() }, { timeoutMs: 600_000, finalWaitMs: 500 });
    notifyRoll(notifier);
    await notifier.flush();
    expect(taken).toHaveLength(1);
    expect(warnings).toEqual([
      expect.stringMatching(/^the webhook was not notified \(started\)/),
      'the webhook was not notified (ended): the time limit at the end of the run was reached',
    ]);
  });

  it('is reported without its address if nothing listens there', async () => {
    const unused = address();
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
    const notifier = createNotifier({ webhookUrl: unused }, { attempts: 2 });
    notifyRoll(notifier);
    await notifier.flush();
    expect(warnings[0]).toMatch(/ECONNREFUSED/);
    expect(warnings.join()).not.toMatch(/hush/);
  });
});
