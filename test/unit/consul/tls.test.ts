import { readFileSync } from 'node:fs';
import { createServer, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { ConsulTls } from '../../../src/lib/config/connection.js';
import { createConsul } from '../../../src/lib/consul/connect.js';
import { findTlsRemedy } from '../../../src/lib/consul/tls-remedies.js';
import { startFakeServer, text } from './fake-server.js';

const read = (name: string) => readFileSync(new URL(`../../fixtures/tls/${name}.pem`, import.meta.url), 'utf8');
/** Of a server `server.dc1.consul`, signed by itself; for tests only. */
const [cert, key] = [read('server'), read('server-key')];
const TRUSTED: ConsulTls = { ca: cert, serverName: 'server.dc1.consul' };

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

async function startTlsServer(options: ServerOptions = {}): Promise<number> {
  const server = createServer({ cert, key, ...options }, (_, response) => response.writeHead(404).end());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push({
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  });
  return (server.address() as AddressInfo).port;
}

async function readAgent(scheme: 'http' | 'https', port: number, tls?: ConsulTls, address = '127.0.0.1') {
  const consul = createConsul({ scheme, port, tls, timeouts: { readMs: 2_000 } });
  open.push(consul);
  return consul.readAgent(address, 'sentinel');
}

describe('a mistake in the settings of TLS', () => {
  // failure-mode: tls-mistake
  it.each<[string, ConsulTls, RegExp]>([
    ['an unknown CA', {}, /^set CONSUL_CACERT /],
    ['another name', { ca: cert, serverName: 'server.dc2.consul' }, /^set CONSUL_TLS_SERVER_NAME /],
  ])('is named with what to set: %s', async (_, tls, remedy) => {
    const agent = await readAgent('https', await startTlsServer(), tls);
    expect(agent).toMatchObject({ kind: 'down', why: 'broken', remedy: expect.stringMatching(remedy) });
  });

  // failure-mode: tls-mistake
  it.each(['TLSv1.2', 'TLSv1.3'] as const)('is named where a client certificate is required: %s', async (version) => {
    const asks = { requestCert: true, rejectUnauthorized: true, ca: cert, minVersion: version, maxVersion: version };
    const remedy = expect.stringMatching(/CONSUL_CLIENT_CERT and CONSUL_CLIENT_KEY/);
    expect(await readAgent('https', await startTlsServer(asks), TRUSTED)).toMatchObject({ kind: 'down', remedy });
  });

  it('is named by what OpenSSL 3.5 says of it too', () => {
    expect(findTlsRemedy('code: ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE')).toMatch(/CONSUL_CLIENT_CERT/);
  });

  // failure-mode: tls-mistake
  it('is named where HTTPS meets HTTP, and HTTP meets HTTPS as Consul answers it', async () => {
    const answer = text('Client sent an HTTP request to an HTTPS server.\n', 400);
    const plain = await startFakeServer({ 'agent/self': answer, 'status/leader': answer, 'status/peers': answer });
    open.push(plain);
    const encrypted = await readAgent('https', plain.port, TRUSTED, plain.address);
    expect(encrypted).toMatchObject({ kind: 'down', remedy: expect.stringMatching(/^give the HTTPS port .*8501/) });
    const clear = await readAgent('http', plain.port, undefined, plain.address);
    expect(clear).toMatchObject({ kind: 'down', remedy: expect.stringMatching(/^set CONSUL_HTTP_SSL=true /) });
  });

  it('has no part in any other failure', async () => {
    const agent = await readAgent('https', await startTlsServer(), TRUSTED);
    expect(agent).toMatchObject({ kind: 'down', why: 'broken' });
    expect(agent).not.toHaveProperty('remedy');
    expect(await readAgent('https', 1, TRUSTED)).not.toHaveProperty('remedy');
  });
});
