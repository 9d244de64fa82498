import * as http from 'node:http';
import * as https from 'node:https';
import { connect } from 'node:net';
import { type CheckAnswer, type HealthCheckTarget, passesCheck } from '../interfaces.js';

/**
 * Checks one address as a load balancer does: HTTP and HTTPS need one of the target's statuses, TCP and SSL a
 * connection.
 * Certificates are not verified, which is how the real one checks a back end too.
 *
 * @param answer called exactly once, at the latest after the target's timeout.
 */
export function checkAddress(address: string, target: HealthCheckTarget, answer: CheckAnswer): void {
  let answered = false;
  const once: CheckAnswer = (healthy, failure) => {
    if (answered) return;
    answered = true;
    clearTimeout(limit);
    stop();
    answer(healthy, failure);
  };
  const limit = setTimeout(() => once(false, { kind: 'timeout' }), target.timeoutMs);
  const stop = target.protocol.startsWith('HTTP')
    ? requestPath(address, target, once)
    : openConnection(address, target.port, once);
}

type Stop = () => void;

function requestPath(address: string, target: HealthCheckTarget, done: CheckAnswer): Stop {
  const client = target.protocol === 'HTTPS' ? https : http;
  const request = client.get({
    host: address,
    port: target.port,
    path: target.path ?? '/',
    agent: false,
    rejectUnauthorized: false,
    headers: { 'user-agent': agentOf(target), connection: 'close' },
  });
  request.once('response', (response) => {
    response.resume();
    const status = response.statusCode ?? 0;
    if (passesCheck(target, status)) done(true);
    else done(false, { kind: 'status', status });
  });
  request.on('error', () => done(false, { kind: 'unreachable' }));
  return () => request.destroy();
}

/** Classic load balancers call themselves version 1, target groups, which have statuses to choose, version 2. */
function agentOf({ statusCodes }: HealthCheckTarget): string {
  return `ELB-HealthChecker/${statusCodes === undefined ? 1 : 2}.0`;
}

function openConnection(address: string, port: number, done: CheckAnswer): Stop {
  const socket = connect(port, address);
  socket.once('connect', () => done(true));
  socket.on('error', () => done(false, { kind: 'unreachable' }));
  return () => socket.destroy();
}
