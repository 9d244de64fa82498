import * as http from 'node:http';
import * as https from 'node:https';
import { connect } from 'node:net';
import type { HealthCheckTarget } from '../seams.js';

/**
 * Checks one address as a classic load balancer does: HTTP and HTTPS want a 200, TCP and SSL a connection.
 * Certificates are not verified, which is how the real one checks a back end too.
 *
 * @param answer called exactly once, at the latest after the target's timeout.
 */
export function checkAddress(
  address: string,
  target: HealthCheckTarget,
  answer: (healthy: boolean) => void,
): void {
  let answered = false;
  const once = (healthy: boolean) => {
    if (answered) return;
    answered = true;
    clearTimeout(limit);
    stop();
    answer(healthy);
  };
  const limit = setTimeout(() => once(false), target.timeoutMs);
  const stop = target.protocol.startsWith('HTTP')
    ? requestPath(address, target, once)
    : openConnection(address, target.port, once);
}

type Stop = () => void;

function requestPath(address: string, target: HealthCheckTarget, done: (healthy: boolean) => void): Stop {
  const client = target.protocol === 'HTTPS' ? https : http;
  const request = client.get({
    host: address,
    port: target.port,
    path: target.path ?? '/',
    agent: false,
    rejectUnauthorized: false,
    headers: { 'user-agent': 'ELB-HealthChecker/1.0', connection: 'close' },
  });
  request.once('response', (response) => {
    response.resume();
    done(response.statusCode === 200);
  });
  request.on('error', () => done(false));
  return () => request.destroy();
}

function openConnection(address: string, port: number, done: (healthy: boolean) => void): Stop {
  const socket = connect(port, address);
  socket.once('connect', () => done(true));
  socket.on('error', () => done(false));
  return () => socket.destroy();
}
