import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createConsul } from '../../../src/lib/consul/connect.js';
import { createConsulInspection } from '../../../src/lib/consul/inspect.js';
import type { AclCommand } from '../../../src/lib/model/acl.js';
import { buildClusterKey } from '../../../src/lib/model/cluster-name.js';
import { buildAclDocument, formatAclPolicy, listAclRules } from '../../../src/lib/permissions/acl-policy.js';
import type { Consul } from '../../../src/lib/ports.js';
import {
  ACL_CONFIG,
  type ConsulAgent,
  findConsulBinary,
  MANAGEMENT_TOKEN,
  startConsulAgent,
  trusting,
  waitUntil,
} from '../../helpers/consul-agent.js';

const binary = findConsulBinary();
const LEADER = '127.66.6.1';
const LEAVER = '127.66.6.2';
/** A name that HCL, JSON and a path could each take for something else. */
const CLUSTER = `prod "eu"/\\${'$'}{x} %`;
const KEY = buildClusterKey(CLUSTER, 'lock');
const KEYS = { sentinel: KEY, record: KEY };

describe.skipIf(!binary)('the printed ACL policies on a real server', () => {
  const agents: ConsulAgent[] = [];
  const folder = mkdtempSync(join(tmpdir(), 'consul-acl-policy-'));
  const open: { close(): Promise<void> }[] = [];
  const tokens: Partial<Record<AclCommand, string>> = {};

  async function withPolicy(command: AclCommand, bounds = { cluster: CLUSTER, nodePrefix: 'n-', snapshot: false }) {
    tokens[command] ??= await createToken(command, formatAclPolicy(listAclRules([command], bounds), bounds));
    return tokens[command];
  }
  async function connectAs(command: AclCommand, snapshotToken?: string): Promise<Consul> {
    const token = await withPolicy(command);
    const consul = trusting(createConsul({ scheme: 'http', port: 8500, token, snapshotToken }), LEADER, LEAVER);
    open.push(consul);
    return consul;
  }

  beforeAll(async () => {
    const file = join(folder, 'acl.hcl');
    writeFileSync(file, ACL_CONFIG);
    agents.push(startConsulAgent(binary ?? '', LEADER, [`-config-file=${file}`, '-bootstrap-expect=1']));
    agents.push(
      startConsulAgent(binary ?? '', LEAVER, [`-config-file=${file}`, `-retry-join=${LEADER}`, '-retry-interval=1s']),
    );
    const consul = trusting(createConsul({ scheme: 'http', port: 8500, token: MANAGEMENT_TOKEN }), LEADER);
    const hasTwoVoters = (peers: readonly { readonly voter: boolean }[] = []) =>
      peers.filter(({ voter }) => voter).length === 2;
    await waitUntil(
      'two voters',
      () => consul.readLeader(LEADER, KEYS).catch(() => undefined),
      (report) => hasTwoVoters(report?.peers),
      60_000,
    );
    await consul.writeKey(LEADER, 'of/others', 'x');
    await consul.close();
  }, 90_000);

  afterAll(async () => {
    for (const each of open) await each.close();
    for (const agent of agents) await agent.stop();
    rmSync(folder, { recursive: true });
  });

  const lacks = (rule: string) => ({ code: 'acl-denied', message: expect.stringContaining(rule) });

  it('let commands that read do so, and change nothing', async () => {
    for (const command of ['status', 'history', 'report', 'pause', 'create'] as const) {
      const consul = await connectAs(command);
      expect(await consul.readAgent(LEADER, KEY)).toMatchObject({ kind: 'up' });
      expect((await consul.readLeader(LEADER, KEYS))?.peers).toHaveLength(2);
      expect(await consul.readAutopilot(LEADER)).toMatchObject({ minQuorum: 0 });
      expect(await consul.readKey(LEADER, KEY)).toMatchObject({ modifyIndex: 0 });
      await expect(consul.writeKey(LEADER, KEY, 'x')).rejects.toMatchObject(lacks('key:write'));
      await expect(consul.readKey(LEADER, 'of/others')).rejects.toMatchObject(lacks('key:read'));
      await expect(consul.requestLeave(LEAVER)).rejects.toMatchObject(lacks('agent:write'));
      await expect(consul.removePeer(LEADER, 'x')).rejects.toMatchObject(lacks('operator:write'));
      await expect(consul.takeSnapshot(LEADER)).rejects.toMatchObject(lacks('acl:write'));
    }
  });

  it('let plan ask what a server would accept, and write no key', async () => {
    const consul = await connectAs('plan');
    expect(await consul.probeRequest(LEAVER, 'leave')).toBe('accepted');
    expect(await consul.probeRequest(LEADER, 'remove-peer')).toBe('accepted');
    await expect(consul.writeKey(LEADER, KEY, 'x')).rejects.toMatchObject(lacks('key:write'));
  });

  it('let doctor pass every ACL check', async () => {
    const token = await withPolicy('doctor');
    const inspection = trusting(createConsulInspection({ scheme: 'http', port: 8500, token }), LEADER);
    open.push(inspection);
    const found = await inspection.probeAclPermissions(LEADER, CLUSTER);
    expect(found.filter(({ isGranted }) => !isGranted)).toEqual([]);
    expect((await inspection.listMembers(LEADER)).map(({ address }) => address).sort()).toEqual([LEADER, LEAVER]);
    expect(await inspection.readRaftProtocols(LEADER)).toHaveLength(2);
    expect(await inspection.readServerSettings(LEADER)).toMatchObject({ aclsEnabled: true });
  });

  it('let the token of the snapshot take one, and the token of the roll not', async () => {
    const strong = await withPolicy('snapshot', { cluster: CLUSTER, nodePrefix: 'n-', snapshot: true });
    const consul = await connectAs('upgrade', strong);
    expect((await buffer(await consul.takeSnapshot(LEADER))).length).toBeGreaterThan(500);
    const refused = (await connectAs('upgrade')).takeSnapshot(LEADER);
    await expect(refused).rejects.toMatchObject(lacks('acl:write (a management token)'));
    await expect(refused).rejects.toMatchObject({ next: expect.stringContaining('CONSUL_ROLL_SNAPSHOT_TOKEN') });
    const other = trusting(createConsul({ scheme: 'http', port: 8500, token: strong }), LEADER);
    open.push(other);
    await expect(other.readAgent(LEADER, KEY)).rejects.toMatchObject(lacks('agent:read'));
  });

  it('are the same as JSON', async () => {
    const bounds = { cluster: CLUSTER, nodePrefix: 'n-', snapshot: false };
    const document = buildAclDocument(listAclRules(['upgrade'], bounds), bounds);
    const token = await createToken('json', JSON.stringify(document));
    const consul = trusting(createConsul({ scheme: 'http', port: 8500, token }), LEADER, LEAVER);
    open.push(consul);
    expect(await consul.compareAndSet(LEADER, KEY, 'x', 0)).toBe(true);
    expect(await consul.probeRequest(LEAVER, 'leave')).toBe('accepted');
    await expect(consul.writeKey(LEADER, 'of/others', 'y')).rejects.toMatchObject(lacks('key:write'));
    await consul.deleteKey(LEADER, KEY);
  });

  it('let a roll do all that it asks, a leave last', async () => {
    const consul = await connectAs('upgrade');
    expect(await consul.compareAndSet(LEADER, KEY, 'x', 0)).toBe(true);
    const { modifyIndex } = await consul.readKey(LEADER, KEY);
    expect(await consul.compareAndDelete(LEADER, KEY, modifyIndex)).toBe(true);
    await consul.writeKey(LEADER, buildClusterKey(CLUSTER, 'sentinel'), 'x');
    await consul.deleteKey(LEADER, buildClusterKey(CLUSTER, 'sentinel'));
    await expect(consul.writeKey(LEADER, 'of/others', 'y')).rejects.toMatchObject(lacks('key:write'));
    expect((await consul.readMembers(LEADER))?.length).toBe(2);
    const others = await consul.readConvergence(LEADER);
    expect(others.unread).toEqual({});
    expect(others.found.replication).toEqual(new Map());
    const state = await consul.listState(LEADER, 'leader');
    expect([state?.found.nodes?.size, state?.found.services?.has('consul')]).toEqual([2, true]);
    // Keys of others are left out, on every server in the same way; the roll warns about it.
    expect([...(state?.found.keys ?? ['none'])]).toEqual([]);
    expect(state?.unread).toEqual({ keys: 'denied' });
    await consul.removePeer(LEADER, '00000000-0000-0000-0000-000000000000');
    expect(await consul.transferLeadership(LEADER, 'x').catch(({ code }) => code)).toMatch(/unsupported|consul-broken/);
    await consul.forgetMember(LEADER, 'n-unknown');
    await consul.requestLeave(LEAVER);
    const peersOf = async () => (await consul.readLeader(LEADER, KEYS))?.peers ?? [];
    await waitUntil('one peer', peersOf, (peers) => peers.length === 1);
  }, 60_000);
});

async function createToken(name: string, Rules: string): Promise<string> {
  const put = async (path: string, body: object) => {
    const headers = { 'x-consul-token': MANAGEMENT_TOKEN };
    const url = `http://${LEADER}:8500/v1/acl/${path}`;
    const response = await fetch(url, { method: 'PUT', headers, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`${path}: ${await response.text()}`);
    return (await response.json()) as { readonly SecretID: string };
  };
  await put('policy', { Name: name, Rules });
  const { SecretID: token } = await put('token', { Policies: [{ Name: name }] });
  const ask = () => fetch(`http://${LEAVER}:8500/v1/acl/token/self?stale`, { headers: { 'x-consul-token': token } });
  await waitUntil('a follower that knows the token', ask, ({ ok }) => ok);
  return token;
}
