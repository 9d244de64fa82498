import { setTimeout as delay } from 'node:timers/promises';
import { buildConnector, Client } from 'undici';
import { type ConsulSettings, type ConsulTimeouts, DEFAULT_TIMEOUTS } from '../config/connection.js';
import { RollError } from '../model/errors.js';
import {
  buildOrigin,
  buildTlsOptions,
  type ConsulRequest,
  isConnectionCut,
  orThrow,
  readLimited,
  toConsulUnavailable,
  traceRequest,
} from './http-client.js';
import { assertStatus } from './responses.js';
import type { AclToken } from './token.js';

const LEAVE_PATH = 'agent/leave';
/** Consul answers with nothing, or with one line of an error. */
const MAX_ANSWER_BYTES = 64 * 1024;

/**
 * Asks a server to leave; see `Consul.requestLeave`. The request has its own connection, which stays open after
 * this returns and does not keep the process alive. A leave may end with a cut connection.
 *
 * @throws RollError when the server cannot be reached, or refuses within `inFlightMs` of being connected
 */
export async function requestLeave(settings: ConsulSettings, token: AclToken, address: string): Promise<void> {
  const timeouts = { ...DEFAULT_TIMEOUTS, ...settings.timeouts };
  const inFlight = new Promise<void>((resolve, reject) => {
    const onConnected = () => delay(timeouts.inFlightMs).then(resolve);
    const client = new Client(buildOrigin(settings, address), {
      connect: createUnreferencedConnector(settings, timeouts, onConnected),
    });
    // A late failure changes nothing: the promise is settled, and only the Raft configuration counts.
    sendLeave(client, settings, token, { address, limitMs: timeouts.leaveMs })
      .then(resolve, reject)
      .finally(() => client.destroy());
  });
  await orThrow(address, 'leave', inFlight);
}

async function sendLeave(
  client: Client,
  settings: ConsulSettings,
  token: AclToken,
  { address, limitMs }: Pick<ConsulRequest, 'address' | 'limitMs'>,
): Promise<void> {
  const request = { address, method: 'PUT', path: LEAVE_PATH } as const;
  try {
    const { headers: sent, isTokenWithheld } = token.buildHeaders(request);
    const response = await traceRequest(settings, request, async () => {
      const { statusCode, headers, body } = await client.request({
        path: `/v1/${LEAVE_PATH}`,
        method: 'PUT',
        headers: sent,
        headersTimeout: limitMs,
        bodyTimeout: limitMs,
      });
      return { status: statusCode, headers, bytes: await readLimited(body, MAX_ANSWER_BYTES), isTokenWithheld };
    });
    assertStatus(request, response);
  } catch (thrown) {
    if (thrown instanceof RollError) throw thrown;
    const failure = toConsulUnavailable(thrown);
    if (!isConnectionCut(failure)) throw failure;
  }
}

/** Connections that let the process end while they are open. */
function createUnreferencedConnector(
  settings: ConsulSettings,
  timeouts: ConsulTimeouts,
  onConnected: () => void,
): buildConnector.connector {
  const connect = buildConnector({ timeout: timeouts.connectMs, ...buildTlsOptions(settings) });
  return (options, callback) =>
    connect(options, (...connected: Parameters<buildConnector.Callback>) => {
      const [failure, socket] = connected;
      if (failure) return callback(failure, null);
      socket.unref();
      onConnected();
      callback(null, socket);
    });
}
