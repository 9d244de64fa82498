import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createConsul } from '../../../src/lib/consul/connect.js';
import { type ConsulAgent, findConsulBinary, startConsulAgent, waitUntil } from '../../helpers/consul-agent.js';

const binary = findConsulBinary();

const SERVERS = [
  ['127.66.10.1', 'agent/leave blocked', 'http_config { block_endpoints = ["/v1/agent/leave"] }'],
  ['127.66.10.2', 'writes from elsewhere only', 'http_config { allow_write_http_from = ["10.9.9.9/32"] }'],
  ['127.66.10.3', 'open', ''],
  ['127.66.10.4', 'another endpoint blocked', 'http_config { block_endpoints = ["/v1/agent/token"] }'],
  ['127.66.10.6', 'operator/raft/peer blocked', 'http_config { block_endpoints = ["/v1/operator/raft/peer"] }'],
  ['127.66.10.5', 'ACLs', 'primary_datacenter = "dc1"\nacl { enabled = true default_policy = "deny" }'],
] as const;
const [blocked, restricted, open, elsewhere, fixed, closed] = SERVERS.map(([address]) => address);

/** What a leave request really gets, and what the harmless probe said before. */
describe.skipIf(!binary)('a leave request to a real server', () => {
  const agents: ConsulAgent[] = [];
  const folder = mkdtempSync(join(tmpdir(), 'consul-leave-'));
  const consul = createConsul({ scheme: 'http', port: 8500 });

  beforeAll(async () => {
    for (const [address, , config] of SERVERS) {
      const file = join(folder, `${address}.hcl`);
      writeFileSync(file, config);
      agents.push(startConsulAgent(binary ?? '', address, [`-config-file=${file}`, '-bootstrap-expect=1']));
    }
    for (const [address] of SERVERS) {
      await waitUntil(
        `a leader at ${address}`,
        () => consul.readClaims(address),
        (claims) => claims !== undefined && claims.leader !== '',
      );
    }
  }, 60_000);

  afterAll(async () => {
    await consul.close();
    for (const agent of agents) await agent.stop();
    rmSync(folder, { recursive: true });
  });

  it.each([
    [blocked, 'Endpoint is blocked by agent configuration', 'block_endpoints'],
    [restricted, 'Access is restricted', 'allow_write_http_from'],
    [closed, 'Permission denied', 'agent:write'],
  ])('is refused at %s as the probe says: %s', async (server, message, remedy) => {
    const address = String(server);
    const probed = await consul.probeRequest(address, 'leave');
    expect(probed).toEqual({ message: expect.stringContaining(message), remedy: expect.stringContaining(remedy) });
    await expect(consul.requestLeave(address)).rejects.toMatchObject({
      code: 'acl-denied',
      message: expect.stringContaining(message),
      next: probed === 'accepted' ? undefined : probed?.remedy,
    });
    // It is still there, and the cluster as it was.
    expect((await consul.readClaims(address))?.leader).toBe(`${address}:8300`);
  });

  it.each([
    [fixed, 'Endpoint is blocked by agent configuration', 'block_endpoints'],
    [restricted, 'Access is restricted', 'allow_write_http_from'],
    [closed, 'Permission denied', 'operator:write'],
  ])('and one to remove a peer is refused at %s as its probe says: %s', async (server, message, remedy) => {
    const probed = await consul.probeRequest(String(server), 'remove-peer');
    expect(probed).toEqual({ message: expect.stringContaining(message), remedy: expect.stringContaining(remedy) });
    await expect(consul.removePeer(String(server), 'none')).rejects.toMatchObject({
      code: 'acl-denied',
      message: expect.stringContaining(message),
    });
  });

  it('one to remove a peer is accepted elsewhere, and its probe removes none', async () => {
    for (const address of [open, blocked, elsewhere].map(String)) {
      const before = await consul.readClaims(address);
      expect(await consul.probeRequest(address, 'remove-peer')).toBe('accepted');
      expect(await consul.readClaims(address)).toEqual(before);
    }
  });

  it('is not known of a server that does not answer', async () => {
    expect(await consul.probeRequest('127.66.10.9', 'leave')).toBeUndefined();
  });

  it('is not refused elsewhere, and the probe changes nothing', async () => {
    for (const address of [open, elsewhere, fixed].map(String)) {
      expect(await consul.probeRequest(address, 'leave')).toBe('accepted');
      expect((await consul.readClaims(address))?.leader).toBe(`${address}:8300`);
    }
    await expect(consul.requestLeave(String(open))).resolves.toBeUndefined();
  });
});
