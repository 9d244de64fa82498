import { describe, expect, it } from 'vitest';
import { parseBootOptions, type UserDataFlags } from '../../../src/lib/config/boot-options.js';

function options(flags: UserDataFlags, file = '{}') {
  return parseBootOptions(flags, () => file);
}

describe('parseBootOptions', () => {
  it('needs only the name of the cluster', () => {
    expect(options({ cluster: 'consul' })).toEqual({
      tags: [{ key: 'Name', value: 'consul' }],
      peers: 'describe-instances',
      retryJoin: [],
      bootstrapExpect: 0,
      datacenter: undefined,
      configDir: '/etc/consul.d',
      dataDir: '/var/lib/consul',
      extraConfig: {},
      gossipKey: { kind: 'none' },
    });
  });

  it('accepts tags with several equals signs, and secret names with colons', () => {
    const { tags, gossipKey } = options({
      tag: ['role=a=b', 'stage='],
      'gossip-key-from': 'secretsmanager:arn:aws:secretsmanager:eu-west-1:1:secret:key',
    });
    expect(tags).toEqual([
      { key: 'role', value: 'a=b' },
      { key: 'stage', value: '' },
    ]);
    expect(gossipKey).toEqual({ kind: 'secretsmanager', name: 'arn:aws:secretsmanager:eu-west-1:1:secret:key' });
  });

  it.each<[string, UserDataFlags, RegExp]>([
    ['no tag', {}, /The tags of the servers are not given/],
    ['a tag without a value', { tag: ['consul'] }, /--tag consul is not a tag/],
    ['two tags for auto-join', { tag: ['a=1', 'b=2'], peers: 'cloud-auto-join' }, /searches by one tag/],
    ['an unknown source of peers', { cluster: 'c', peers: 'dns' }, /--peers dns is not a known source/],
    ['a system directory for data', { cluster: 'c', 'data-dir': '/var' }, /not a folder for Consul alone/],
    ['a path with ..', { cluster: 'c', 'data-dir': '/var/lib/../..' }, /not a folder for Consul alone/],
    ['a relative path', { cluster: 'c', 'config-dir': 'etc/consul' }, /not a folder for Consul alone/],
    ['a datacenter in capitals', { cluster: 'c', datacenter: 'EU' }, /not a valid datacenter name/],
    ['the gossip key itself', { cluster: 'c', 'gossip-key-from': 'c2VjcmV0' }, /does not name where the key is/],
  ])('refuses %s', (_, flags, message) => {
    expect(() => options(flags)).toThrow(message);
  });
});

describe('--extra-config', () => {
  const extra = (config: unknown) =>
    options({ cluster: 'c', 'extra-config': 'extra.json' }, JSON.stringify(config)).extraConfig;

  it('accepts a configuration without secrets', () => {
    const config = {
      acl: { enabled: true, token_ttl: 30, enable_token_persistence: true },
      key_file: '/etc/consul.d/key.pem',
      encrypt_verify_incoming: true,
      telemetry: { statsite_address: '10.0.0.1:8125' },
      auto_encrypt: { allow_tls: true },
    };
    expect(extra(config)).toEqual(config);
  });

  it.each([
    ['encrypt', { encrypt: 'c2VjcmV0' }],
    ['acl.tokens.agent', { acl: { tokens: { agent: 'b1gs3cret' } } }],
    ['acl.tokens.initial_management', { acl: { tokens: { initial_management: 'b1gs3cret' } } }],
    ['acl_agent_token', { acl_agent_token: 'b1gs3cret' }],
    ['ACL.Tokens.Default', { ACL: { Tokens: { Default: 'b1gs3cret' } } }],
    ['connect.ca_config.private_key', { connect: { ca_config: { private_key: 'b1gs3cret' } } }],
    ['connect.ca_config.Token', { connect: { ca_config: { Token: 'b1gs3cret' } } }],
    ['services.0.token', { services: [{ token: 'b1gs3cret' }] }],
    ['retry_join_wan.0', { retry_join_wan: ['provider=aws secret_access_key=b1gs3cret'] }],
    ['note', { note: '-----BEGIN RSA PRIVATE KEY-----b1gs3cret' }],
  ])('refuses a secret and names only its path: %s', (path, config) => {
    expect(() => extra(config)).toThrow(`extra.json contains a secret, ${path}, which must not be in user data`);
    expect(() => extra(config)).not.toThrow(/b1gs3cret/);
  });

  it.each([
    ['an option that the script sets', { bootstrap_expect: 3 }, /sets bootstrap_expect, which the boot script sets/],
    ['a list', [], /is not a JSON object/],
  ])('refuses %s', (_, config, message) => {
    expect(() => extra(config)).toThrow(message);
  });

  it('refuses HCL', () => {
    const hcl = () => options({ cluster: 'c', 'extra-config': 'extra.hcl' }, 'server = true');
    expect(hcl).toThrow(/extra.hcl is not JSON/);
  });
});
