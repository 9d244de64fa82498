import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createConsul } from '../../../src/lib/consul/connect.js';
import { createConsulInspection } from '../../../src/lib/consul/inspect.js';
import { type ConsulAgent, findConsulBinary, startConsulAgent, waitUntil } from '../../helpers/consul-agent.js';

const binary = findConsulBinary();
const MANAGEMENT = '11111111-1111-1111-1111-111111111111';
const UNKNOWN = '22222222-2222-2222-2222-222222222222';
const CLUSTER = '127.66.3.1';
const LONELY = '127.66.3.2';
const OPEN = '127.66.3.3';

const ACL = `primary_datacenter = "dc1"
acl {
  enabled = true
  default_policy = "deny"
  tokens { master = "${MANAGEMENT}" agent = "${MANAGEMENT}" }
}`;

describe.skipIf(!binary)('the Consul port against a real server with ACLs', () => {
  const agents: ConsulAgent[] = [];
  const folder = mkdtempSync(join(tmpdir(), 'consul-acl-'));
  const withToken = (token?: string) => createConsul({ scheme: 'http', port: 8500, token });

  beforeAll(async () => {
    const file = join(folder, 'acl.hcl');
    writeFileSync(file, ACL);
    const acl = `-config-file=${file}`;
    agents.push(startConsulAgent(binary ?? '', CLUSTER, [acl, '-bootstrap-expect=1']));
    agents.push(startConsulAgent(binary ?? '', LONELY, [acl, '-bootstrap-expect=3']));
    const consul = withToken(MANAGEMENT);
    await waitUntil(
      'a leader that knows the token',
      () => consul.readAgent(CLUSTER, 'k').catch(() => undefined),
      (agent) => agent?.kind === 'up' && agent.leader !== '',
    );
    await consul.close();
  }, 60_000);

  afterAll(async () => {
    for (const agent of agents) await agent.stop();
    rmSync(folder, { recursive: true });
  });

  it('needs a rule for every read except the leader and the peers', async () => {
    const consul = withToken();
    const lacks = (rule: string) => ({ code: 'acl-denied', message: expect.stringContaining(rule) });
    await expect(consul.readAgent(CLUSTER, 'k')).rejects.toMatchObject(lacks('agent:read'));
    expect(await consul.readCommitIndex(CLUSTER)).toBeUndefined();
    await expect(consul.readLeader(CLUSTER, 'k')).rejects.toMatchObject({ code: 'acl-denied' });
    await expect(consul.readAutopilot(CLUSTER)).rejects.toMatchObject(lacks('operator:read'));
    await expect(consul.removePeer(CLUSTER, 'x')).rejects.toMatchObject(lacks('operator:write'));
    await expect(consul.writeKey(CLUSTER, 'k', 'x')).rejects.toMatchObject(lacks('key:write'));
    await expect(consul.readKey(CLUSTER, 'k')).rejects.toMatchObject(lacks('key:read'));
    await expect(consul.takeSnapshot(CLUSTER)).rejects.toMatchObject(lacks('management'));
    await expect(consul.requestLeave(CLUSTER)).rejects.toMatchObject(lacks('agent:write'));
    await consul.close();
  });

  it('recognises an unknown token', async () => {
    const consul = withToken(UNKNOWN);
    const asked = consul.readAgent(CLUSTER, 'k');
    await expect(asked).rejects.toMatchObject({ message: expect.stringContaining('does not know the ACL token') });
    await expect(asked).rejects.not.toMatchObject({ message: expect.stringContaining(UNKNOWN) });
    await consul.close();
  });

  it('does not conclude from a server that has joined nothing that a token is wrong', async () => {
    const consul = withToken(MANAGEMENT);
    const agent = await waitUntil(
      'an answer',
      () => consul.readAgent(LONELY, 'k'),
      (found) => found.kind === 'down' && found.why === 'broken',
    );
    expect(agent).toMatchObject({ detail: expect.stringContaining('does not know the ACL token') });
    await consul.close();
  });

  it('is up and names no leader when it has joined nothing and has no ACLs', async () => {
    const consul = withToken();
    const agent = startConsulAgent(binary ?? '', OPEN, ['-bootstrap-expect=3']);
    agents.push(agent);
    const found = await waitUntil(
      'an answer',
      () => consul.readAgent(OPEN, 'k'),
      (each) => each.kind === 'up',
    );
    expect(found).toMatchObject({ leader: '', peers: [], sentinel: undefined, appliedIndex: 0 });
    await consul.close();
  });

  it('checks every ACL rule by requests that change nothing', async () => {
    const held = async (token?: string) => {
      const inspection = createConsulInspection({ scheme: 'http', port: 8500, token });
      const aclPermissions = await inspection.probeAclPermissions(CLUSTER, 'consul');
      await inspection.close();
      return Object.fromEntries(aclPermissions.map((right) => [right.rule, right.isGranted]));
    };
    const rules = ['agent:read', 'agent:write', 'operator:read', 'operator:write', 'key:read', 'key:write'];
    const all = (value: boolean) => Object.fromEntries(rules.map((rule) => [rule, value]));
    expect(await held()).toEqual(all(false));
    expect(await held(UNKNOWN)).toEqual(all(false));
    expect(await held(MANAGEMENT)).toEqual(all(true));

    const consul = withToken(MANAGEMENT);
    expect(await consul.readKey(CLUSTER, 'consul-roll/consul/doctor')).toMatchObject({ modifyIndex: 0 });
    expect(await consul.readAgent(CLUSTER, 'k')).toMatchObject({ kind: 'up' });
    expect((await consul.readLeader(CLUSTER, 'k'))?.peers).toHaveLength(1);
    await consul.close();
  });

  it('shows settings, members and Raft protocols to doctor', async () => {
    const inspection = createConsulInspection({ scheme: 'http', port: 8500, token: MANAGEMENT });
    expect(await inspection.readServerSettings(CLUSTER)).toMatchObject({
      leaveOnTerminate: false,
      skipLeaveOnInterrupt: true,
      leaveDrainMs: 5_000,
      aclsEnabled: true,
      retryJoin: [],
    });
    expect(await inspection.readRaftProtocols(CLUSTER)).toMatchObject([{ version: '3' }]);
    const members = await inspection.listMembers(CLUSTER);
    expect(members).toMatchObject([{ address: CLUSTER, server: true, status: 'alive', version: '1.8.7' }]);
    await inspection.close();
  });

  it('works with a sufficient token', async () => {
    const consul = withToken(MANAGEMENT);
    await consul.writeKey(CLUSTER, 'k', 'x');
    expect(await consul.readAgent(CLUSTER, 'k')).toMatchObject({ kind: 'up', sentinel: 'x' });
    expect((await consul.takeSnapshot(CLUSTER)).length).toBeGreaterThan(500);
    await consul.close();
  });
});
