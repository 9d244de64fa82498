import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createConsul } from '../../../src/lib/consul/connect.js';
import { createConsulInspection } from '../../../src/lib/consul/inspect.js';
import type { Engine } from '../../../src/lib/engine/engine.js';
import { observe } from '../../../src/lib/engine/observe/observe.js';
import { messageOf } from '../../../src/lib/model/errors.js';
import { determineLeadership } from '../../../src/lib/model/raft.js';
import type { ClusterDescription, LeaderReport } from '../../../src/lib/ports.js';
import {
  ACL_CONFIG,
  type ConsulAgent,
  findConsulBinary,
  MANAGEMENT_TOKEN,
  readConsulVersion,
  startConsulAgent,
  trusting,
  waitUntil,
} from '../../helpers/consul-agent.js';

const binary = findConsulBinary();
const UNKNOWN = '22222222-2222-2222-2222-222222222222';
const CLUSTER = '127.66.3.1';
const LONELY = '127.66.3.2';
const OPEN = '127.66.3.3';
const OTHER = '127.66.3.4';

describe.skipIf(!binary)('the Consul port against a real server with ACLs', () => {
  const agents: ConsulAgent[] = [];
  const folder = mkdtempSync(join(tmpdir(), 'consul-acl-'));
  const withToken = (token?: string) =>
    trusting(createConsul({ scheme: 'http', port: 8500, token }), CLUSTER, LONELY, OPEN, OTHER);

  beforeAll(async () => {
    const file = join(folder, 'acl.hcl');
    writeFileSync(file, ACL_CONFIG);
    const acl = `-config-file=${file}`;
    agents.push(startConsulAgent(binary ?? '', CLUSTER, [acl, '-bootstrap-expect=1']));
    agents.push(startConsulAgent(binary ?? '', LONELY, [acl, '-bootstrap-expect=3']));
    const consul = withToken(MANAGEMENT_TOKEN);
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
    await expect(consul.readLeader(CLUSTER, { sentinel: 'k', record: 'r' })).rejects.toMatchObject({
      code: 'acl-denied',
    });
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
    const consul = withToken(MANAGEMENT_TOKEN);
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

  it('says which protections are on', async () => {
    const consul = withToken(MANAGEMENT_TOKEN);
    const unprotected = {
      encrypt: false,
      encrypt_verify_incoming: undefined,
      verify_incoming: false,
      verify_incoming_https: undefined,
      verify_outgoing: false,
      verify_server_hostname: false,
    };
    expect(await consul.readAgent(CLUSTER, 'k')).toMatchObject({
      security: { ...unprotected, 'acl.enabled': true, 'acl.default_policy = "deny"': true },
    });
    expect(await consul.readAgent(OPEN, 'k')).toMatchObject({ security: { ...unprotected, 'acl.enabled': false } });
    await consul.close();
  });

  it('checks every ACL rule by requests that change nothing', async () => {
    const held = async (token?: string) => {
      const inspection = trusting(createConsulInspection({ scheme: 'http', port: 8500, token }), CLUSTER);
      const aclPermissions = await inspection.probeAclPermissions(CLUSTER, 'consul');
      await inspection.close();
      return Object.fromEntries(aclPermissions.map((right) => [right.rule, right.isGranted]));
    };
    const rules = ['agent:read', 'agent:write', 'operator:read', 'operator:write', 'key:read', 'key:write'];
    const all = (value: boolean) => Object.fromEntries(rules.map((rule) => [rule, value]));
    expect(await held()).toEqual(all(false));
    expect(await held(UNKNOWN)).toEqual(all(false));
    expect(await held(MANAGEMENT_TOKEN)).toEqual(all(true));

    const consul = withToken(MANAGEMENT_TOKEN);
    expect(await consul.readKey(CLUSTER, 'consul-roll/consul/doctor')).toMatchObject({ modifyIndex: 0 });
    expect(await consul.readAgent(CLUSTER, 'k')).toMatchObject({ kind: 'up' });
    expect((await consul.readLeader(CLUSTER, { sentinel: 'k', record: 'r' }))?.peers).toHaveLength(1);
    await consul.close();
  });

  it('shows settings, members and Raft protocols to doctor', async () => {
    const inspection = trusting(
      createConsulInspection({ scheme: 'http', port: 8500, token: MANAGEMENT_TOKEN }),
      CLUSTER,
    );
    expect(await inspection.readServerSettings(CLUSTER)).toMatchObject({
      leaveOnTerminate: false,
      skipLeaveOnInterrupt: true,
      leaveDrainMs: 5_000,
      aclsEnabled: true,
      retryJoin: [],
    });
    expect(await inspection.readRaftProtocols(CLUSTER)).toMatchObject([{ version: '3' }]);
    const members = await inspection.listMembers(CLUSTER);
    expect(members).toMatchObject([
      { address: CLUSTER, server: true, status: 'alive', version: readConsulVersion(binary ?? '') },
    ]);
    await inspection.close();
  });

  it('works with a sufficient token', async () => {
    const consul = withToken(MANAGEMENT_TOKEN);
    await consul.writeKey(CLUSTER, 'k', 'x');
    expect(await consul.readAgent(CLUSTER, 'k')).toMatchObject({ kind: 'up', sentinel: 'x' });
    expect((await buffer(await consul.takeSnapshot(CLUSTER))).length).toBeGreaterThan(500);
    await consul.close();
  });

  // failure-mode: new-server-denies-token
  it('observes a member whose node name the token does not fit, and the leader that it follows', async () => {
    const consul = withToken(MANAGEMENT_TOKEN);
    agents.push(startConsulAgent(binary ?? '', OTHER, [`-config-file=${join(folder, 'acl.hcl')}`, `-join=${CLUSTER}`]));
    const isVoter = (report: LeaderReport | undefined) => report?.peers.filter((peer) => peer.voter).length === 2;
    await waitUntil('two voters', () => consul.readLeader(CLUSTER, { sentinel: 'k', record: 'r' }), isVoter, 60_000);
    await consul.close();
    const narrow = withToken(await createNarrowToken());
    const ask = () => narrow.readAgent(OTHER, 'k').catch(messageOf);
    await waitUntil('the token is known there', ask, (said) => String(said).includes('Permission denied'));
    const target = { cluster: 'consul', oldGroup: 'old', newGroup: 'new', next: undefined, launchConfigurations: [] };
    const cloud = { describeCluster: async () => describeInstances({ [CLUSTER]: 'old', [OTHER]: 'new' }) };
    const engine = { cloud, consul: narrow, clock: { now: () => 0 } } as unknown as Engine;
    const observation = await observe(engine, { ...target, balancers: [], preflightFacts: undefined });
    expect(observation.raft).toMatchObject({ leader: `${CLUSTER}:8300` });
    expect(determineLeadership(observation).kind).toBe('agreed');
    expect(observation.servers.find(({ address }) => address === OTHER)).toMatchObject({
      agent: { kind: 'down', why: 'denied', detail: expect.stringContaining('Permission denied') },
      peer: { voter: true },
    });
    await narrow.close();
  }, 90_000);
});

/** A token with all that a roll needs, but on the first node only. */
async function createNarrowToken(): Promise<string> {
  const put = async (path: string, body: object) => {
    const headers = { 'x-consul-token': MANAGEMENT_TOKEN };
    const response = await fetch(`http://${CLUSTER}:8500/v1/acl/${path}`, {
      method: 'PUT',
      headers,
      body: JSON.stringify(body),
    });
    return (await response.json()) as { readonly SecretID: string };
  };
  const Rules = `agent "n-${CLUSTER}" { policy = "write" } operator = "write" key_prefix "" { policy = "write" }`;
  await put('policy', { Name: 'narrow', Rules });
  return (await put('token', { Policies: [{ Name: 'narrow' }] })).SecretID;
}

/** An instance at each of these addresses, in the group that is named. */
function describeInstances(groups: Readonly<Record<string, string>>): ClusterDescription {
  const instances = Object.entries(groups).map(([address, group], n) => {
    const instance = { instanceId: `i-${n}`, group, address, zone: 'a', imageId: group, launchedAtMs: n };
    return { ...instance, lifecycle: 'InService', protectedFromScaleIn: false, markedUnhealthy: false, balancers: {} };
  });
  return { groups: [], instances, launchConfigurations: [], launchTemplate: undefined, drainingMs: {} };
}
