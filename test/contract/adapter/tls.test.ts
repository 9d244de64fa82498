import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ConsulTls } from '../../../src/lib/config/connection.js';
import { createConsul } from '../../../src/lib/consul/connect.js';
import { type ConsulAgent, findConsulBinary, startConsulAgent, waitUntil } from '../../helpers/consul-agent.js';

const binary = findConsulBinary();
const ADDRESS = '127.66.4.1';
const PORT = 8501;
const SERVER_NAME = 'server.dc1.consul';

describe.skipIf(!binary)('the Consul port against a real server with mutual TLS', () => {
  const folder = mkdtempSync(join(tmpdir(), 'consul-tls-'));
  let agent: ConsulAgent;
  const pem = (name: string) => readFileSync(join(folder, name), 'utf8');
  const connect = (tls: ConsulTls) => createConsul({ scheme: 'https', port: PORT, tls });
  const trusted = () => ({
    ca: pem('consul-agent-ca.pem'),
    cert: pem('dc1-server-consul-0.pem'),
    key: pem('dc1-server-consul-0-key.pem'),
    serverName: SERVER_NAME,
  });

  beforeAll(async () => {
    const tls = (...args: string[]) => execFileSync(binary ?? '', ['tls', ...args], { cwd: folder });
    tls('ca', 'create');
    tls('cert', 'create', '-server');
    const file = join(folder, 'tls.json');
    const at = (name: string) => join(folder, name);
    writeFileSync(
      file,
      JSON.stringify({
        ca_file: at('consul-agent-ca.pem'),
        cert_file: at('dc1-server-consul-0.pem'),
        key_file: at('dc1-server-consul-0-key.pem'),
        verify_incoming: true,
        verify_outgoing: true,
        ports: { https: PORT },
      }),
    );
    agent = startConsulAgent(binary ?? '', ADDRESS, ['-bootstrap-expect=1', `-config-file=${file}`]);
    const consul = connect(trusted());
    await waitUntil(
      'a leader',
      () => consul.readAgent(ADDRESS, 'k'),
      (found) => found.kind === 'up' && found.leader !== '',
    );
    await consul.close();
  }, 60_000);

  afterAll(async () => {
    await agent?.stop();
    rmSync(folder, { recursive: true });
  });

  it('connects when both certificates are valid', async () => {
    const consul = connect(trusted());
    await consul.writeKey(ADDRESS, 'k', 'x');
    expect(await consul.readAgent(ADDRESS, 'k')).toMatchObject({ kind: 'up', sentinel: 'x' });
    await consul.close();
  });

  it.each<[string, () => ConsulTls]>([
    ['the authority is unknown', () => ({ ...trusted(), ca: undefined })],
    ['the name is another one', () => ({ ...trusted(), serverName: 'elsewhere.dc1.consul' })],
  ])('does not take the server for refused when %s', async (_, tls) => {
    const consul = connect(tls());
    expect(await consul.readAgent(ADDRESS, 'k')).toMatchObject({ kind: 'down', why: 'broken' });
    await consul.close();
  });

  it('does not connect without a client certificate', async () => {
    const consul = connect({ ca: trusted().ca, serverName: SERVER_NAME });
    expect(await consul.readAgent(ADDRESS, 'k')).toMatchObject({
      kind: 'down',
      why: expect.not.stringMatching('refused'),
    });
    await consul.close();
  });

  it('can be asked to leave', async () => {
    await connect(trusted()).requestLeave(ADDRESS);
    await waitUntil('its process gone', async () => agent.exited(), Boolean);
  }, 40_000);
});
