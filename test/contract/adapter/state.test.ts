import semver from 'semver';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createConsul } from '../../../src/lib/consul/connect.js';
import { createConsulInspection } from '../../../src/lib/consul/inspect.js';
import { STATE_KINDS, type StateNames } from '../../../src/lib/model/comparison.js';
import {
  type ConsulAgent,
  findConsulBinary,
  readConsulVersion,
  startConsulAgent,
  trusting,
  waitUntil,
} from '../../helpers/consul-agent.js';

const binary = findConsulBinary();
const version = binary === undefined ? '' : readConsulVersion(binary);
const keepsIntentionEntries = version !== '' && semver.gte(version, '1.9.0');
const MANAGEMENT = '11111111-1111-1111-1111-111111111111';
const [LEADER, FOLLOWER, OPEN] = ['127.66.8.1', '127.66.8.2', '127.66.8.3'];

const ACL = `-hcl=primary_datacenter = "dc1" acl { enabled = true default_policy = "deny" tokens { master = "${MANAGEMENT}" } }`;
/** What a roll needs, and no more. */
const NARROW = `key_prefix "consul-roll/" { policy = "write" } agent_prefix "" { policy = "write" }
  node_prefix "" { policy = "read" } operator = "write"`;

describe.skipIf(!binary)('the state of a real server', () => {
  const agents: ConsulAgent[] = [];
  const connect = (token?: string) =>
    trusting(createConsul({ scheme: 'http', port: 8500, ...(token && { token }) }), LEADER, FOLLOWER);
  const consul = connect(MANAGEMENT);
  let narrow = connect();
  let narrowToken = '';

  const send = async (method: string, path: string, body: unknown, address = LEADER) => {
    const headers = { 'x-consul-token': MANAGEMENT };
    const response = await fetch(`http://${address}:8500/v1/${path}`, { method, headers, body: JSON.stringify(body) });
    expect([path, response.status]).toEqual([path, 200]);
    return response.json() as Promise<{
      readonly ID?: string;
      readonly AccessorID?: string;
      readonly SecretID?: string;
    }>;
  };
  const list = async (address: string, from: 'leader' | 'stale', as = consul) => {
    const names = await waitUntil(
      'the state',
      () => as.listState(address, from),
      (found) => found !== undefined,
    );
    return names as StateNames;
  };

  beforeAll(async () => {
    agents.push(startConsulAgent(binary ?? '', LEADER, ['-bootstrap-expect=1', ACL]));
    agents.push(startConsulAgent(binary ?? '', FOLLOWER, [`-retry-join=${LEADER}`, '-retry-interval=1s', ACL]));
    agents.push(startConsulAgent(binary ?? '', OPEN, ['-bootstrap-expect=1']));
    const hasTwoServers = (found: StateNames | undefined) =>
      found?.found.nodes?.size === 2 && found.found.aclTokens?.size === 2;
    await waitUntil('two servers', () => consul.listState(FOLLOWER, 'stale'), hasTwoServers, 60_000);
    await send('PUT', 'acl/policy', { Name: 'narrow', Rules: NARROW });
    const token = await send('PUT', 'acl/token', { Policies: [{ Name: 'narrow' }] });
    narrowToken = token.SecretID ?? '';
    narrow = connect(narrowToken);
    await send('PUT', 'kv/app/one', 1);
    await send('PUT', 'config', { Kind: 'service-defaults', Name: 'web', Protocol: 'http' });
    await send('POST', 'query', { Name: 'q', Service: { Service: 'web' } });
    await send('POST', 'connect/intentions', { SourceName: 'a', DestinationName: 'b', Action: 'deny' });
  }, 120_000);

  afterAll(async () => {
    for (const agent of agents) await agent.stop();
    for (const each of [consul, narrow]) await each.close();
  });

  it('is listed by the leader and by a follower from its own copy, the same', async () => {
    const leader = await list(LEADER, 'leader');
    expect(leader.unread).toEqual({});
    expect(leader.found).toMatchObject({
      keys: new Set(['app/one']),
      nodes: new Set([`n-${LEADER}`, `n-${FOLLOWER}`]),
      services: new Set(['consul']),
      // From 1.9 on an intention is a config entry too.
      configEntries: new Set(['service-defaults/web', ...(keepsIntentionEntries ? ['service-intentions/b'] : [])]),
      intentions: new Set(['default/a default/b']),
    });
    // The management token, the anonymous one and ours; a policy of each kind.
    expect(STATE_KINDS.map((kind) => leader.found[kind]?.size)).toEqual(
      keepsIntentionEntries ? [1, 2, 1, 3, 3, 2, 1, 1] : [1, 2, 1, 3, 2, 1, 1, 1],
    );
    const isCaughtUp = (own: StateNames | undefined) => (own?.appliedIndex ?? 0) >= (leader.appliedIndex ?? Infinity);
    const own = await waitUntil('the follower', () => consul.listState(FOLLOWER, 'stale'), isCaughtUp);
    expect({ ...own, appliedIndex: leader.appliedIndex }).toEqual(leader);
  });

  it('includes an ACL token only as long as it is there', async () => {
    const before = await list(LEADER, 'leader');
    const token = await send('PUT', 'acl/token', {});
    const own = (await list(LEADER, 'leader')).found.aclTokens ?? new Set();
    expect([...own].filter((id) => !before.found.aclTokens?.has(id))).toEqual([token.AccessorID]);
    await send('DELETE', `acl/token/${token.AccessorID}`, undefined);
    expect((await list(LEADER, 'leader')).found.aclTokens?.size).toBe(3);
  });

  // failure-mode: not-compared
  it('is known to be hidden from a token, which Consul does not say in its lists', async () => {
    const hidden = ['keys', 'services', 'aclTokens', 'aclPolicies', 'configEntries', 'queries', 'intentions'];
    const { found, unread } = await list(LEADER, 'leader', narrow);
    expect(unread).toEqual(Object.fromEntries(hidden.map((kind) => [kind, 'denied'])));
    expect(found.keys).toEqual(new Set());
    expect(found.nodes?.size).toBe(2);
    expect(found.aclTokens).toBeUndefined();
    const inspection = trusting(createConsulInspection({ scheme: 'http', port: 8500, token: narrowToken }), LEADER);
    expect(await inspection.findHiddenState(LEADER)).toEqual(hidden);
    await inspection.close();
    expect((await narrow.readConvergence(LEADER)).unread).toEqual({ services: 'denied', gateways: 'denied' });
  });

  it('is not hidden where ACLs are off', async () => {
    const { found, unread } = await list(OPEN, 'leader', connect());
    expect(unread).toEqual({});
    expect(found).toMatchObject({ aclTokens: new Set(), aclPolicies: new Set(), nodes: new Set([`n-${OPEN}`]) });
    expect((await consul.readConvergence(OPEN)).unread).toEqual({});
  });

  // failure-mode: not-converged
  it('has servers that update their own nodes only with an agent token, which is set by API', async () => {
    expect((await consul.readConvergence(LEADER)).found.agents).toEqual(new Map());
    for (const address of [LEADER, FOLLOWER]) {
      const headers = { 'x-consul-token': MANAGEMENT };
      const body = JSON.stringify({ Token: MANAGEMENT });
      await fetch(`http://${address}:8500/v1/agent/token/agent`, { method: 'PUT', headers, body });
    }
    const hasToken = (found: ReadonlyMap<string, number> | undefined) => found?.get('every server') === 1;
    const read = async () => (await consul.readConvergence(LEADER)).found.agents;
    await waitUntil('the agents', read, hasToken, 60_000);
    expect((await consul.readConvergence(OPEN)).found.agents).toEqual(new Map([['every server', 1]]));
  }, 90_000);
});
