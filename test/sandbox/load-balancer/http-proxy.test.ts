import { request as openRequest } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { until } from '../instances/until.js';
import { createRig, type Rig } from './instances.js';

let rig: Rig;

beforeEach(() => {
  rig = createRig(1);
});

afterEach(() => rig.close());

/** One request with its answer as it came over the wire, header names as they were spelt. */
function send(method: string, path: string, body = '', headers: Record<string, string> = {}) {
  return new Promise<{ status?: number; reason?: string; rawHeaders: string[]; body: string }>((resolve, reject) => {
    const request = openRequest({ host: rig.address, port: 8500, method, path, headers, agent: false });
    request.once('error', reject);
    request.once('response', (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.once('error', reject);
      response.once('end', () =>
        resolve({
          status: response.statusCode,
          reason: response.statusMessage,
          rawHeaders: response.rawHeaders,
          body: text,
        }),
      );
    });
    request.end(body);
  });
}

describe('an HTTP listener', () => {
  it('passes method, path, headers and body on as they came, and the answer back', async () => {
    await rig.instance(11, (request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        response.writeHead(429, { 'X-Consul-Index': '7', 'Set-Cookie': ['a=1', 'b=2'] });
        response.end(JSON.stringify([request.method, request.url, request.headers, body]));
      });
    });
    await rig.ready();
    const answer = await send('PUT', '/v1/kv/a%2Fb?cas=0', 'value', { 'X-Consul-Token': 't' });
    const [method, path, headers, body] = JSON.parse(answer.body);
    expect([answer.status, method, path, body]).toEqual([429, 'PUT', '/v1/kv/a%2Fb?cas=0', 'value']);
    expect(headers).toMatchObject({
      host: `${rig.address}:8500`,
      'x-consul-token': 't',
      'content-length': '5',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-port': '8500',
    });
    expect(answer.rawHeaders).toEqual(expect.arrayContaining(['X-Consul-Index', '7', 'a=1', 'b=2']));
  });

  it('answers 503 with no body while nothing is in service, and keeps the connection', async () => {
    await rig.ready();
    const answer = await send('GET', '/', '', { connection: 'keep-alive' });
    expect([answer.status, answer.reason, answer.body]).toEqual([
      503,
      'Service Unavailable: Back-end server is at capacity',
      '',
    ]);
    expect(answer.rawHeaders).toEqual(expect.arrayContaining(['Content-Length', '0', 'Connection', 'keep-alive']));
    expect(answer.rawHeaders).not.toContain('Server');
  });

  it('answers 502 when the instance refuses or cuts the connection, and never sends a write twice', async () => {
    let writes = 0;
    await rig.instance(11, (request) => {
      writes += 1;
      request.socket.destroy();
    });
    rig.inService = [...rig.inService, { instanceId: 'i-99', address: '127.79.1.99' }];
    await rig.ready();
    const answers = [await send('PUT', '/', 'x'), await send('PUT', '/', 'x')];
    expect(answers.map((answer) => answer.status)).toEqual([502, 502]);
    expect(writes).toBe(1);
  });

  it('answers 504 when the instance is silent for the idle timeout', async () => {
    rig.idleTimeoutMs = 100;
    await rig.instance(11, () => undefined);
    await rig.ready();
    expect(await send('GET', '/')).toMatchObject({ status: 504, reason: 'GATEWAY_TIMEOUT', body: '' });
    expect(rig.plane.traffic.openRequests('consul', 'i-11')).toBe(0);
  });

  it('cuts a response that the instance cut', async () => {
    await rig.instance(11, (_request, response) => {
      response.writeHead(200, { 'content-length': 100 });
      response.write('part', () => response.destroy());
    });
    await rig.ready();
    await expect(send('GET', '/')).rejects.toThrow();
  });

  it('cancels the request to the instance when the client disconnects', async () => {
    let gone = false;
    await rig.instance(11, (request) => {
      request.socket.once('close', () => {
        gone = true;
      });
    });
    await rig.ready();
    const abort = new AbortController();
    const answer = fetch(rig.url('/'), { signal: abort.signal }).catch(() => 'aborted');
    await until('the request to arrive', () => rig.plane.traffic.openRequests('consul', 'i-11') === 1);
    abort.abort();
    expect(await answer).toBe('aborted');
    await until('the end of it', () => gone && rig.plane.traffic.openRequests('consul', 'i-11') === 0);
  });
});

describe('the choice of an instance', () => {
  it('goes to the one with the fewest requests in flight', async () => {
    await rig.instance(11, (request, response) => {
      if (request.url !== '/slow') response.end('11');
    });
    await rig.ready();
    const slow = fetch(rig.url('/slow')).catch(() => undefined);
    await until('a slow request at i-11', () => rig.plane.traffic.openRequests('consul', 'i-11') === 1);
    await rig.instance(12, (_request, response) => response.end('12'));
    const bodies = [];
    for (let n = 0; n < 6; n += 1) bodies.push((await send('GET', '/')).body);
    expect(new Set(bodies)).toEqual(new Set(['12']));
    await rig.plane.close();
    await slow;
  });

  it('takes turns among equals', async () => {
    await rig.instance(11, (_request, response) => response.end('11'));
    await rig.instance(12, (_request, response) => response.end('12'));
    await rig.ready();
    const bodies = [];
    for (let n = 0; n < 4; n += 1) bodies.push((await send('GET', '/')).body);
    expect(bodies.sort()).toEqual(['11', '11', '12', '12']);
  });

  it('sends nothing new to an instance that is deregistered, while its request in flight finishes', async () => {
    let finish: (() => void) | undefined;
    await rig.instance(11, (_request, response) => {
      finish = () => response.end('11');
    });
    await rig.ready();
    const inFlight = send('PUT', '/', 'x');
    await until('the request to arrive', () => finish !== undefined);
    rig.draining = rig.inService;
    rig.inService = [];
    await rig.ready();
    await rig.instance(12, (_request, response) => response.end('12'));
    const others = [await send('GET', '/'), await send('GET', '/')];
    expect(others.map((answer) => answer.body)).toEqual(['12', '12']);
    expect(rig.plane.traffic.openRequests('consul', 'i-11')).toBe(1);
    finish?.();
    expect((await inFlight).body).toBe('11');
    await until('nothing in flight', () => rig.plane.traffic.openRequests('consul', 'i-11') === 0);
  });

  it('cuts only requests to an instance whose draining is over', async () => {
    await rig.instance(11, () => undefined);
    await rig.ready();
    const hanging = fetch(rig.url('/')).catch(() => 'cut');
    await until('the request to arrive', () => rig.plane.traffic.openRequests('consul', 'i-11') === 1);
    await rig.ready();
    expect(rig.plane.traffic.openRequests('consul', 'i-11')).toBe(1);
    rig.inService = [];
    await rig.ready();
    expect(await hanging).toBe('cut');
    await until('nothing in flight', () => rig.plane.traffic.openRequests('consul', 'i-11') === 0);
  });
});
