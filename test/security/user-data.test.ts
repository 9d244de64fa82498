import { fileURLToPath } from 'node:url';
import { captureOutput } from '@oclif/test';
import { describe, expect, it } from 'vitest';
import UserDataCommand from '../../src/commands/user-data.js';
import { parseBootOptions, type UserDataFlags } from '../../src/lib/config/boot-options.js';
import { parseClusterFile } from '../../src/lib/config/cluster-file.js';
import { buildUserData, buildUserDataScript, findSecretLine } from '../../src/lib/create/user-data.js';
import { MINIMAL_CLUSTER_FILE } from '../helpers/cluster-files.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

// AWS's own example of a key, and values that are secrets by their name or form.
const ACCESS_KEY = 'AKIAIOSFODNN7EXAMPLE';
const SECRET_KEY = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
const GOSSIP_KEY = 'pUqJrVyVRj5jsiYEkM/tFQYfWyJIv4s3XkvDwy7Cu5s=';
const TOKEN = '6d7f1b2c-0a1b-4c2d-8e3f-001122334455';

/** Values of retry_join by which Consul finds servers of a cloud. Source: the providers of go-discover. */
const JOINS: readonly string[] = [
  `provider=aws tag_key=Name tag_value=consul access_key_id=${ACCESS_KEY} secret_access_key=${SECRET_KEY}`,
  `provider=aws tag_key=Name tag_value=consul "secret_access_key"="${SECRET_KEY}"`,
  'provider=azure tenant_id=t client_id=c subscription_id=s secret_access_key=hunter2',
  'provider=aliyun region=r access_key_id=LTAI access_key_secret=hunter2',
  'provider=digitalocean region=ams3 tag_name=consul api_token=hunter2',
  'provider=packet project=p auth_token=hunter2',
  'provider=os tag_key=k tag_value=v user_name=u password=hunter2',
  'provider=scaleway organization=o token=hunter2',
  'provider=softlayer datacenter=d username=u api_key=hunter2',
  'https://operator:hunter2@consul.example.com',
];

const flags = (more: UserDataFlags): UserDataFlags => ({ cluster: 'consul', ...more });
const build = (more: UserDataFlags, readText = () => '') =>
  buildUserData(parseBootOptions(flags(more), readText), { gzip: false });
const create = (boot: object) => {
  const file = parseClusterFile(`${MINIMAL_CLUSTER_FILE}boot: ${JSON.stringify(boot)}\n`, 'cluster.yaml');
  return buildUserDataScript(file, () => '');
};

function refusalOf(run: () => unknown): { code: string; text: string } {
  try {
    run();
  } catch (thrown) {
    const { code, message, next } = Object(thrown);
    return { code, text: `${message} ${next}` };
  }
  throw new Error('it was accepted');
}

const SECRETS = new RegExp(`${ACCESS_KEY}|${SECRET_KEY}|${GOSSIP_KEY.replace('+', '\\+')}|hunter2|${TOKEN}`);

describe('a secret gets into no user data', () => {
  it.each(JOINS)('in a value of retry_join: %s', (join) => {
    for (const run of [
      () => build({ 'retry-join': ['10.0.0.1', join] }),
      () => create({ retryJoin: ['10.0.0.1', join] }),
      () => build({ 'extra-config': 'more.json' }, () => JSON.stringify({ retry_join_wan: [join] })),
      () => create({ extraConfig: { retry_join_wan: [join] } }),
    ]) {
      const { text } = refusalOf(run);
      expect(text).toMatch(/secret/);
      expect(text).not.toMatch(SECRETS);
    }
  });

  it.each<[string, UserDataFlags]>([
    ['in a tag', { tag: [`access=${ACCESS_KEY}`] }],
    ['in the name of the cluster', { cluster: ACCESS_KEY }],
    ['where the name of the gossip key should be', { 'gossip-key-from': `ssm:${GOSSIP_KEY}` }],
    ['where the name of a secret should be', { 'gossip-key-from': `secretsmanager:${GOSSIP_KEY}` }],
  ])('%s', (_, more) => {
    const { code, text } = refusalOf(() => build(more));
    expect(code).toBe('user-data-refused');
    expect(text).not.toMatch(SECRETS);
  });

  it('in a script of your own that joins by a cloud', () => {
    for (const join of ['api_token=0123456789abcdef', 'access_key_secret=0123456789abcdef'])
      expect(findSecretLine(`retry_join = ["provider=x ${join}"]`)).toMatchObject({ line: 1 });
  });

  it('and the command says so, and prints no script', async () => {
    const argv = ['--cluster', 'consul', '--retry-join', JOINS[0] ?? ''];
    const { stdout, stderr, error } = await captureOutput(() => UserDataCommand.run(argv, ROOT));
    expect(stdout).toBe('');
    expect(error?.message).toBe('EEXIT: 2');
    expect(stderr).toMatch(/The boot script would contain a secret, in retryJoin.0:.*instance profile/s);
    expect(stderr).not.toMatch(SECRETS);
  });
});

it.each([
  '10.0.0.1:8301',
  'consul.example.com',
  '[2001:db8::1]:8301',
  'provider=aws tag_key=token tag_value=consul-secret region=eu-west-1 addr_type=private_v4',
  'provider=gce project_name=p tag_value=consul credentials_file=/etc/consul.d/token',
])('a value without a secret is accepted: %s', (join) => {
  expect(build({ 'retry-join': [join], 'gossip-key-from': 'ssm:/consul/gossip-key' }).script).toContain(join);
});
