import { BOOT_DEFAULTS, type BootOptions } from '../../../../src/lib/create/boot/options.js';

/** The plainest script: replacements of a cluster named consul. */
export const plainOptions: BootOptions = {
  ...BOOT_DEFAULTS,
  tags: [{ key: 'Name', value: 'consul' }],
  retryJoin: [],
  bootstrapExpect: 0,
  datacenter: undefined,
  extraConfig: {},
  gossipKey: { kind: 'none' },
};

/** What a hostile or careless person could call a cluster. */
export const HOSTILE = `a 'b' "c" \\ $(touch pwned) \`touch pwned\`, \${HOME} *\nCONSUL_ROLL\ntouch pwned`;

/** One script of every kind. */
export const kinds: Readonly<Record<string, BootOptions>> = {
  replacement: plainOptions,
  founder: { ...plainOptions, bootstrapExpect: 5, datacenter: 'eu' },
  'cloud-auto-join': { ...plainOptions, peers: 'cloud-auto-join', gossipKey: { kind: 'ssm', name: '/consul/key' } },
  everything: {
    ...plainOptions,
    peers: 'cloud-auto-join',
    tags: [{ key: 'a key', value: HOSTILE }],
    retryJoin: ['10.0.0.1', HOSTILE],
    bootstrapExpect: 3,
    datacenter: 'eu',
    configDir: '/etc/consul',
    dataDir: '/srv/consul',
    extraConfig: { performance: { leave_drain_time: '10s' }, ports: { https: 8501 }, node_meta: { note: HOSTILE } },
    gossipKey: { kind: 'secretsmanager', name: HOSTILE },
  },
};
