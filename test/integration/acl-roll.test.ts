import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EXIT } from '../../src/cli/exit-codes.js';
import { renderDefaultBootScript } from '../../src/lib/create/boot/script.js';
import type { BootScriptRenderer } from '../../src/sandbox/interfaces.js';
import { readAccount } from '../helpers/account.js';
import { MANAGEMENT_TOKEN } from '../helpers/consul-agent.js';
import { buildUpgradeCommand, openSite, type TestSite } from '../helpers/site.js';
import { realConsul, warnIfSkipped } from '../sandbox/instances/real-consul.js';

warnIfSkipped('whole rolls of real Consul servers with ACLs');

/** The agents' own token, which the boot script knows before it exists. */
const AGENT_TOKEN = '22222222-2222-2222-2222-222222222222';

/** A boot script that turns ACLs on: nothing is allowed without a token. */
const renderAclBootScript: BootScriptRenderer = (tag, bootstrapExpect) =>
  renderDefaultBootScript(tag, bootstrapExpect, {
    primary_datacenter: 'dc1',
    autopilot: { server_stabilization_time: '2s' },
    performance: { leave_drain_time: '1s' },
    acl: { enabled: true, default_policy: 'deny', tokens: { master: MANAGEMENT_TOKEN, agent: AGENT_TOKEN } },
  });

describe.skipIf(realConsul === undefined)('a cluster of real servers with ACLs, default policy deny', () => {
  let site: TestSite;
  /** The policies that the program prints for a roll and for its snapshot. */
  let policy: string;
  let snapshotToken: string;

  beforeAll(async () => {
    const consul = { kind: 'path', path: realConsul?.path ?? '' } as const;
    const acl = { consulToken: MANAGEMENT_TOKEN, renderBootScript: renderAclBootScript };
    site = await openSite({ size: 3, speed: 20, consul, ...acl });
    await createToken(
      'agents',
      'node_prefix "i-" { policy = "write" } service_prefix "" { policy = "read" }',
      AGENT_TOKEN,
    );
    policy = (await site.run('acl-policy --for upgrade --cluster consul --node-prefix i- --without-snapshot')).stdout;
    snapshotToken = await createToken('snapshot', (await site.run('acl-policy --for snapshot')).stdout);
  }, 120_000);
  afterAll(() => site?.close(), 60_000);

  async function ask(method: string, path: string, body?: object): Promise<Response> {
    const headers = { 'x-consul-token': MANAGEMENT_TOKEN };
    const init = { method, headers, ...(body && { body: JSON.stringify(body) }) };
    const response = await fetch(`${site.sandbox.loadBalancerUrl}/v1/${path}`, init);
    if (!response.ok && response.status !== 404) throw new Error(`${path}: ${await response.text()}`);
    return response;
  }
  async function createToken(name: string, Rules: string, secret?: string): Promise<string> {
    await ask('PUT', 'acl/policy', { Name: name, Rules });
    const made = await ask('PUT', 'acl/token', { Policies: [{ Name: name }], ...(secret && { SecretID: secret }) });
    return ((await made.json()) as { readonly SecretID: string }).SecretID;
  }
  const upgrade = (image: string, token: string, { flags = '', snapshot = snapshotToken } = {}) =>
    site.run(buildUpgradeCommand(site, image, flags), {
      CONSUL_HTTP_TOKEN: token,
      CONSUL_ROLL_SNAPSHOT_TOKEN: snapshot,
    });
  const listKeys = async () => {
    const response = await ask('GET', 'kv/consul-roll/?keys');
    return response.ok ? await response.json() : [];
  };

  it.each([
    ['agent:read', /agent_prefix "i-" .*\n/, ''],
    ['agent:write', /(agent_prefix "i-" .*)write/, '$1read'],
    ['operator:read', /operator = .*\n/, ''],
    ['operator:write', /(operator = )"write"/, '$1"read"'],
    ['key:read', /key_prefix .*\n/, ''],
    ['key:write', /(key_prefix .*)write/, '$1read'],
  ])(
    'refuses a token without %s before any change, and names the rule',
    async (rule, pattern, replacement) => {
      const rules = policy.replace(pattern, replacement);
      expect(rules).not.toBe(policy);
      const before = readAccount(site.sandbox.aws);
      const refused = await upgrade('consul-v2', await createToken(`without-${rule.replace(':', '-')}`, rules));
      expect([refused.exitCode, refused.stdout]).toEqual([EXIT.refused, expect.stringContaining(rule)]);
      expect(refused.stdout).toContain('acl-policy');
      expect(readAccount(site.sandbox.aws)).toEqual(before);
      expect(await listKeys()).toEqual([]);
    },
    30_000,
  );

  it('refuses a token without the rule of the snapshot, and names the variable for another one', async () => {
    const before = readAccount(site.sandbox.aws);
    const token = await createToken('no-snapshot', policy);
    const refused = await upgrade('consul-v2', token, { snapshot: token });
    expect(refused.exitCode, refused.stderr).toBe(EXIT.refused);
    expect(JSON.parse(refused.stdout).error.message).toContain('lacks acl:write');
    expect(JSON.parse(refused.stdout).error.next).toContain('CONSUL_ROLL_SNAPSHOT_TOKEN');
    expect(readAccount(site.sandbox.aws)).toEqual(before);
    expect(await listKeys()).toEqual(['consul-roll/consul/journal']);
  }, 30_000);

  it('rolls back with the printed token from servers that join nothing, which never get it', async () => {
    const before = readAccount(site.sandbox.aws);
    const token = await createToken('rolled-back', policy);
    const back = await upgrade('consul-lonely', token, { flags: '--health-timeout 10s' });
    expect(back.exitCode, back.stderr).toBe(EXIT['rolled-back']);
    expect(readAccount(site.sandbox.aws)).toEqual(before);
    expect(await listKeys()).toEqual(['consul-roll/consul/history', 'consul-roll/consul/journal']);
  }, 120_000);

  it('rolls to its end with the printed token', async () => {
    const token = await createToken('rolled', policy);
    const rolled = await upgrade('consul-v2', token);
    expect(rolled.exitCode, rolled.stderr).toBe(EXIT.done);
    expect(JSON.parse(rolled.stdout).state).toMatchObject({ voters: 3, healthy: 3 });
    expect(await listKeys()).toEqual(['consul-roll/consul/history', 'consul-roll/consul/journal']);
  }, 180_000);
});
