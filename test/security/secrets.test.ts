import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AutoScaling } from '@aws-sdk/client-auto-scaling';
import { EC2 } from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { getVariableName, SECRET_SETTINGS } from '../../src/lib/config/settings-layer.js';
import { nameHookCommand } from '../../src/lib/model/hook.js';
import { getImage } from '../../src/sandbox/aws/images.js';
import { PORTS } from '../helpers/ports.js';
import { compileProgram, type Program } from '../helpers/program.js';

/** Planted in every place where a secret may stand, by right or by mistake. */
const SECRET = 'mArKeD-5ecret';
/** A parser quotes the first characters of what it cannot read. */
const ITS_START = SECRET.slice(0, 8);

let program: Program;
let folder: string;
let env: Record<string, string>;

beforeAll(() => {
  program = compileProgram();
  folder = mkdtempSync(join(tmpdir(), 'secrets-'));
  writeFileSync(join(folder, 'secret'), `${SECRET}\n`);
  writeFileSync(join(folder, 'words'), `${SECRET} and more\nof it\n`);
  writeFileSync(
    join(folder, 'misplaced.yaml'),
    `cluster: c\nsurge: ${SECRET}\nstrategy: ${SECRET}\nkeep-old: ${SECRET}\ninterval: ${SECRET}\nconsul-port: "${SECRET}"\n`,
  );
  writeFileSync(join(folder, 'syntax.yaml'), `cluster: c\nconsul-token: !${SECRET} *${SECRET}\nother: @${SECRET}\n`);
  writeFileSync(join(folder, 'alias.yaml'), `cluster: *${SECRET}\n`);
  writeFileSync(join(folder, 'directive.yaml'), `%${SECRET}\n%YAML ${SECRET}\n---\ncluster: c\n`);
  writeFileSync(join(folder, 'key.yaml'), `? [${SECRET}]\n: c\n`);
  writeFileSync(join(folder, 'keys.yaml'), `"token=${SECRET}": 1\n"https://ops:${SECRET}@example.com": 1\n`);
  writeFileSync(join(folder, 'mapping.yaml'), `cluster: [${SECRET}]\ninterval: ${SECRET.repeat(8)}\n`);
  writeFileSync(
    join(folder, 'hooks.yaml'),
    `cluster: c\nhooks:\n  - {on: before-phase, run: "curl -H 'Authorization: ${SECRET}' https://example.com"}\n  - {on: before-phase, run: "TOKEN=${SECRET} ./tell.sh"}\n`,
  );
  env = {
    PATH: '/usr/bin:/bin',
    HOME: folder,
    XDG_STATE_HOME: join(folder, 'state'),
    AWS_REGION: 'eu-west-1',
    AWS_CONFIG_FILE: join(folder, 'no-config'),
    AWS_EC2_METADATA_DISABLED: 'true',
    DEBUG: 'consul-roll:*',
  };
}, 90_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const HOOKS = `cluster: consul
interval: 100ms
success-threshold: 2
hooks:
  - {on: before-phase, run: "./fail.sh ${SECRET}", on-failure: warn}
  - {on: after-phase, run: "TOKEN=${SECRET} true"}
`;
const STATUS = 'status --cluster c';
const UPGRADE = 'upgrade --cluster c --ami ami-0c0515ea000000001 --yes';
const TLS = { CONSUL_HTTP_SSL: 'true' };
const KEYS = { AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE', AWS_SECRET_ACCESS_KEY: SECRET, AWS_SESSION_TOKEN: SECRET };

/** What is wrong, the command line, its variables, and what the error names instead of the value. */
const MISTAKES: readonly [string, string, Readonly<Record<string, string>>, string][] = [
  ['the token where its file should be', STATUS, { CONSUL_HTTP_TOKEN_FILE: SECRET }, 'CONSUL_HTTP_TOKEN_FILE'],
  ['a key where its file should be', STATUS, { CONSUL_CLIENT_KEY: SECRET, ...TLS }, 'CONSUL_CLIENT_KEY'],
  ['a certificate where its file should be', STATUS, { CONSUL_CACERT: SECRET, ...TLS }, 'CONSUL_CACERT'],
  ['a token of two words', STATUS, { CONSUL_HTTP_TOKEN: `${SECRET} ${SECRET}` }, 'CONSUL_HTTP_TOKEN'],
  ['a snapshot token of two words', STATUS, { CONSUL_ROLL_SNAPSHOT_TOKEN: `${SECRET} ${SECRET}` }, 'SNAPSHOT_TOKEN'],
  ['a snapshot token of two lines', STATUS, { CONSUL_ROLL_SNAPSHOT_TOKEN: `${SECRET}\n${SECRET}` }, 'SNAPSHOT_TOKEN'],
  ['a token where a variable has another name', STATUS, { CONSUL_ROLL_TOKEN: SECRET }, 'CONSUL_HTTP_TOKEN'],
  ['a password in a wrong address', STATUS, { CONSUL_HTTP_ADDR: `https://ops:${SECRET}@[` }, 'CONSUL_HTTP_ADDR'],
  ['a token as a switch', STATUS, { CONSUL_HTTP_SSL: SECRET }, 'CONSUL_HTTP_SSL'],
  ['a token as the other switch', STATUS, { CONSUL_HTTP_SSL_VERIFY: SECRET }, 'CONSUL_HTTP_SSL_VERIFY'],
  ['a token as a duration', STATUS, { CONSUL_ROLL_CONSUL_TIMEOUT: SECRET }, 'CONSUL_ROLL_CONSUL_TIMEOUT'],
  ['a webhook without a scheme', UPGRADE, { CONSUL_ROLL_SLACK_WEBHOOK_URL: SECRET }, 'CONSUL_ROLL_SLACK_WEBHOOK_URL'],
  [
    'a webhook where its file should be',
    UPGRADE,
    { CONSUL_ROLL_WEBHOOK_URL_FILE: `https://example.com/${SECRET}` },
    'webhook-url-file',
  ],
  ['a key where its file should be', UPGRADE, { CONSUL_ROLL_WEBHOOK_SECRET_FILE: SECRET }, 'webhook-secret-file'],
  ['a secret as the settings file', `${STATUS} --config FOLDER/secret`, {}, 'secret'],
  ['secrets as values of other kinds in the settings file', `${STATUS} --config FOLDER/misplaced.yaml`, {}, 'surge'],
  ['secrets that are no YAML in the settings file', `${STATUS} --config FOLDER/syntax.yaml`, {}, 'syntax.yaml'],
  ['a secret as an alias of the settings file', `${STATUS} --config FOLDER/alias.yaml`, {}, 'alias.yaml:1:10'],
  ['secrets as directives of the settings file', `${STATUS} --config FOLDER/directive.yaml`, {}, 'directive.yaml'],
  ['a secret in a key that is a list', `${STATUS} --config FOLDER/key.yaml`, {}, 'key.yaml:1:3'],
  ['secrets in keys of the settings file', `${STATUS} --config FOLDER/keys.yaml`, {}, 'keys.yaml:1:1'],
  ['a secret as an alias of a cluster file', 'create --file FOLDER/alias.yaml', {}, 'alias.yaml:1:10'],
  ['secrets in keys of a cluster file', 'create --file FOLDER/keys.yaml', {}, 'keys.yaml:1:1'],
  ['secrets as values of a cluster file', 'create --file FOLDER/misplaced.yaml', {}, 'misplaced.yaml'],
  ['secrets in the settings file', `${STATUS} --config FOLDER/mapping.yaml`, {}, 'mapping.yaml'],
  ['a secret as the events file', `${UPGRADE} --events FOLDER/words`, {}, 'words'],
  ['a secret as the report', `${UPGRADE} --report FOLDER/words`, {}, 'words'],
  ['a secret as the log', `${UPGRADE} --log-file FOLDER/secret`, {}, 'AWS'],
  ['certificates where their folder should be', STATUS, { CONSUL_CAPATH: SECRET, ...TLS }, 'CONSUL_CAPATH'],
  [
    'a secret where the file of slack-webhook-url should be',
    UPGRADE,
    { CONSUL_ROLL_SLACK_WEBHOOK_URL_FILE: SECRET },
    'slack-webhook-url-file',
  ],
  ['a secret as events to report', 'report FOLDER/words --out FOLDER/out.html', {}, 'words'],
  ['a secret as extra configuration', 'user-data --cluster c --extra-config FOLDER/words', {}, 'words'],
  ['a secret as a Terraform state', `${UPGRADE} --terraform-state FOLDER/words`, {}, 'words'],
  ['a secret as a cluster file', 'create --file FOLDER/words', {}, 'words'],
  ['a secret as the file of imports', `${UPGRADE} --write-import FOLDER/words`, {}, 'words'],
  [
    'a snapshot token where its file should be',
    STATUS,
    { CONSUL_ROLL_SNAPSHOT_TOKEN_FILE: SECRET },
    'snapshot-token-file',
  ],
  [
    'a client certificate where its file should be',
    STATUS,
    { CONSUL_CLIENT_CERT: SECRET, ...TLS },
    'CONSUL_CLIENT_CERT',
  ],
  ['a secret as the plan', 'upgrade --plan FOLDER/words', {}, 'words'],
  ['a secret as the file of the plan', 'plan --cluster c --ami ami-0c0515ea000000001 --out FOLDER/words', {}, 'words'],
  ['a secret as the policy of a sandbox', 'sandbox up --policy FOLDER/words', {}, 'words'],
  [
    'a token of an identity provider where its file should be',
    STATUS,
    { AWS_WEB_IDENTITY_TOKEN_FILE: SECRET, AWS_ROLE_ARN: 'arn:aws:iam::123456789012:role/ci' },
    'AWS_WEB_IDENTITY_TOKEN_FILE',
  ],
  ['a password in the endpoint', STATUS, { AWS_ENDPOINT_URL: `http://ops:${SECRET}@127.0.0.1:9`, ...KEYS }, 'AWS'],
  ['a password in a broken endpoint', STATUS, { AWS_ENDPOINT_URL: `ops:${SECRET}@[`, ...KEYS }, 'AWS_ENDPOINT_URL'],
];

/** Variables that the program reads a file of by name, as its sources name them, and those that it makes of a setting. */
function listFileVariables(): readonly string[] {
  const root = fileURLToPath(new URL('../../src/lib', import.meta.url));
  const sources = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  const named = sources.flatMap((name) => [
    ...readFileSync(join(root, name), 'utf8').matchAll(
      /\b(CONSUL_\w+_FILE|CONSUL_(?:CACERT|CAPATH|CLIENT_CERT|CLIENT_KEY))\b/g,
    ),
  ]);
  const made = SECRET_SETTINGS.map((name) => `${getVariableName(name)}_FILE`);
  return [...new Set([...named.map(([, name = '']) => name), ...made, 'AWS_WEB_IDENTITY_TOKEN_FILE'])];
}

/** Options whose help says that they are a file. */
function listFileFlags(): readonly string[] {
  const { commands } = JSON.parse(readFileSync(new URL('../../oclif.manifest.json', import.meta.url), 'utf8'));
  const all = Object.values(commands as Record<string, { flags: Record<string, Flag> }>).flatMap(({ flags }) =>
    Object.entries(flags),
  );
  const files = all.filter(
    ([, { type, summary = '' }]) => type === 'option' && /(?<!in the settings )\bfile\b/i.test(summary),
  );
  return [...new Set(files.map(([name]) => `--${name}`))];
}
interface Flag {
  readonly type: string;
  readonly summary?: string;
}

describe('a secret in the wrong place', () => {
  it.each([
    ['variable', listFileVariables, 9],
    ['flag', listFileFlags, 9],
  ] as const)('is tried in each %s that names a file', (_what, list, least) => {
    const tried = MISTAKES.flatMap(([, line, variables]) => [...line.split(' '), ...Object.keys(variables)]);
    expect(list().length).toBeGreaterThanOrEqual(least);
    expect(list().filter((name) => !tried.includes(name))).toEqual([]);
  });

  it.concurrent.each(MISTAKES)(
    'is not printed: %s',
    async (_, line, variables, named) => {
      const words = line.replaceAll('FOLDER', folder).split(' ');
      for (const more of [[], ['--json']]) {
        const { exitCode, stdout, stderr } = await program.run([...words, ...more], { ...env, ...variables });
        const said = `${stdout}${stderr}`;
        expect(exitCode, said).toBeGreaterThan(1);
        expect(said).not.toContain(ITS_START);
        expect(said).toContain(named);
      }
    },
    120_000,
  );
});

describe('a secret in the right place', () => {
  const ADDRESSES = [
    `https://a:8501?token=${SECRET}`,
    `https://ops:x@${SECRET}@a:8501/`,
    `http://a/#${SECRET}`,
    `ops:${SECRET}@a:8500`,
    SECRET,
  ];
  const LINES = ['config', 'config --json'];
  const REACHING = ['plan --cluster c --ami ami-0c0515ea000000001', 'doctor --cluster c'];
  it.concurrent.each([
    ...LINES.flatMap((line) => ADDRESSES.map((address) => [line, address])),
    ...REACHING.map((line) => [line, ADDRESSES[0]]),
  ])(
    'is not printed by %s, with the address %s',
    async (line = '', address = '') => {
      const variables = {
        ...KEYS,
        AWS_ENDPOINT_URL: `http://ops:${SECRET}@127.0.0.1:9/?X-Amz-Signature=${SECRET}`,
        CONSUL_HTTP_ADDR: address,
        CONSUL_HTTP_TOKEN: SECRET,
        CONSUL_ROLL_SNAPSHOT_TOKEN: SECRET,
        CONSUL_ROLL_SLACK_WEBHOOK_URL: `https://example.com/${SECRET}`,
        CONSUL_ROLL_WEBHOOK_SECRET: SECRET,
        HTTPS_PROXY: `http://ops:${SECRET}@127.0.0.1:9`,
        CONSUL_ROLL_CONFIG: join(folder, 'hooks.yaml'),
      };
      const { stdout, stderr } = await program.run(line.split(' '), { ...env, ...variables });
      expect(`${stdout}${stderr}`).not.toContain(SECRET);
    },
    120_000,
  );

  it.each([
    [`curl -H 'Authorization: ${SECRET}' https://example.com`, 'curl …'],
    ['./tell.sh', './tell.sh'],
    [`TOKEN=${SECRET} ./tell.sh`, 'a command'],
    [`"/opt/${SECRET}" x`, 'a command'],
    [`\n  /usr/bin/env A=${SECRET}\n  next`, '/usr/bin/env …'],
    [`$(cat ${SECRET})`, 'a command'],
  ])('a hook is told by its program: %s', (run, told) => {
    expect(nameHookCommand({ run })).toBe(told);
  });
});

/** A whole roll with a secret in every place where one may stand, and every output of it that is kept. */
describe('a secret in the right place, in a whole roll', () => {
  const NEW = getImage('consul-v2').imageId;
  let home: string;
  let webhook: Server;
  let roll: Record<string, string>;
  /** The place by its name, and what stands there. */
  const said = new Map<string, string>();

  const run = async (line: string, more: Record<string, string> = {}) => {
    const { exitCode, stdout, stderr } = await program.run(line.split(' '), { ...roll, ...more });
    said.set(line, `${stdout}${stderr}`);
    return exitCode;
  };

  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), 'secret-roll-'));
    webhook = createServer((_, response) => response.writeHead(400).end(SECRET));
    await new Promise<void>((listening) => webhook.listen(0, '127.0.0.1', listening));
    const { port } = webhook.address() as AddressInfo;
    roll = { ...env, HOME: home, TMPDIR: home, XDG_STATE_HOME: join(home, 'state') };
    const up = await program.run(
      [
        'sandbox',
        'up',
        '--port',
        String(PORTS.secrets),
        '--size',
        '3',
        '--speed',
        '20',
        '--consul',
        'simulated',
        '--detach',
      ],
      roll,
    );
    expect(up, up.stderr).toMatchObject({ exitCode: 0 });
    const shell = await program.run(['sandbox', 'env', '--port', String(PORTS.secrets)], roll);
    for (const [, name = '', value = ''] of shell.stdout.matchAll(/^export (\w+)='(.*)'$/gm)) roll[name] = value;
    writeFileSync(join(home, 'consul-roll.yaml'), HOOKS);
    writeFileSync(join(home, 'fail.sh'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
    writeFileSync(join(home, 'snapshot-token'), `${SECRET}-snapshot\n`);
    Object.assign(roll, {
      AWS_CONFIG_FILE: join(home, 'no-config'),
      CONSUL_HTTP_TOKEN: `${SECRET}-acl`,
      CONSUL_HTTP_ADDR: `http://ops:${SECRET}@127.0.0.1:8500/?token=${SECRET}`,
      CONSUL_ROLL_SNAPSHOT_TOKEN_FILE: join(home, 'snapshot-token'),
      CONSUL_ROLL_WEBHOOK_URL: `http://ops:${SECRET}@127.0.0.1:${port}/${SECRET}?signature=${SECRET}`,
      CONSUL_ROLL_SLACK_WEBHOOK_URL: `http://127.0.0.1:9/${SECRET}`,
      CONSUL_ROLL_WEBHOOK_SECRET: SECRET,
      HTTPS_PROXY: `http://ops:${SECRET}@127.0.0.1:9`,
      CONSUL_ROLL_CONFIG: join(home, 'consul-roll.yaml'),
      DEBUG: 'consul-roll*',
      GITHUB_ACTIONS: 'true',
      GITHUB_OUTPUT: join(home, 'github-output'),
      GITHUB_STEP_SUMMARY: join(home, 'github-summary'),
    });
  }, 120_000);

  afterAll(async () => {
    await program.run(['sandbox', 'down', '--port', String(PORTS.secrets)], roll);
    webhook.close();
    rmSync(home, { recursive: true, force: true });
  }, 60_000);

  it('is in no output, file, event, journal, tag or launch configuration', async () => {
    const files = ['events', 'report.html', 'import.tf', 'github-output', 'github-summary'];
    await run('config --cluster consul');
    await run('status --cluster consul --json');
    await run(`doctor --cluster consul --ami ${NEW}`);
    await run(`plan --cluster consul --ami ${NEW} --json`);
    const flags = `--events ${join(home, 'events')} --report ${join(home, 'report.html')} --write-import ${join(home, 'import.tf')}`;
    const upgrade = `upgrade --cluster consul --ami ${NEW} --yes --terraform-address group=aws_autoscaling_group.consul ${flags}`;
    expect(await run(upgrade), said.get(upgrade)).toBe(0);
    expect(await run('rollback --cluster consul --yes --roll 000000')).not.toBe(0);
    for (const name of files) said.set(name, readFileSync(join(home, name), 'utf8'));
    said.set('keys', await readKeys(roll));
    said.set('AWS', await readAccount(roll));
    const all = [...said.values()].join('\n');
    // What was expected to be told of them.
    expect(all).toMatch(/the webhook was not notified/);
    expect(all).toMatch(/Slack was not notified/);
    expect(all).toMatch(/hook .*\.\/fail\.sh/);
    const secrets = [SECRET, roll.AWS_SECRET_ACCESS_KEY ?? ''];
    const found = [...said].flatMap(([place, text]) => secrets.filter((one) => text.includes(one)).map(() => place));
    expect(found).toEqual([]);
  }, 180_000);
});

const read = (url: string) => fetch(url, { signal: AbortSignal.timeout(5_000) });

/** Every value that a roll wrote into the store of the cluster. */
async function readKeys(variables: Readonly<Record<string, string>>): Promise<string> {
  const ec2 = new EC2(connectionOf(variables));
  try {
    const { Reservations = [] } = await ec2.describeInstances({});
    const [address] = Reservations.flatMap(({ Instances = [] }) =>
      Instances.flatMap((one) => one.PrivateIpAddress ?? []),
    );
    const entries = (await (await read(`http://${address}:8500/v1/kv/consul-roll/?recurse`)).json()) as {
      Value: string;
    }[];
    expect(entries.length).toBeGreaterThan(0);
    return entries.map(({ Value }) => Buffer.from(Value ?? '', 'base64').toString()).join('\n');
  } finally {
    ec2.destroy();
  }
}

/** Groups with their tags, and what they launch, user data included. */
async function readAccount(variables: Readonly<Record<string, string>>): Promise<string> {
  const scaling = new AutoScaling(connectionOf(variables));
  try {
    const [groups, launch] = [
      await scaling.describeAutoScalingGroups({}),
      await scaling.describeLaunchConfigurations({}),
    ];
    const scripts = (launch.LaunchConfigurations ?? []).map(({ UserData = '' }) =>
      Buffer.from(UserData, 'base64').toString(),
    );
    return [JSON.stringify([groups, launch]), ...scripts].join('\n');
  } finally {
    scaling.destroy();
  }
}

function connectionOf(variables: Readonly<Record<string, string>>) {
  const { AWS_ENDPOINT_URL = '', AWS_REGION = '', AWS_ACCESS_KEY_ID = '', AWS_SECRET_ACCESS_KEY = '' } = variables;
  const credentials = { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY };
  return { endpoint: AWS_ENDPOINT_URL, region: AWS_REGION, credentials };
}
