import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nameHookCommand } from '../../src/lib/model/hook.js';
import { compileProgram, type Program } from '../helpers/program.js';

/** Planted in every place where a secret may stand, by right or by mistake. */
const SECRET = 'mArKeD-5ecret';

let program: Program;
let folder: string;
let env: Record<string, string>;

beforeAll(() => {
  program = compileProgram();
  folder = mkdtempSync(join(tmpdir(), 'secrets-'));
  writeFileSync(join(folder, 'secret'), `${SECRET}\n`);
  writeFileSync(join(folder, 'words'), `${SECRET} and more\nof it\n`);
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
  ['secrets in the settings file', `${STATUS} --config FOLDER/mapping.yaml`, {}, 'mapping.yaml'],
  ['a secret as the events file', `${UPGRADE} --events FOLDER/words`, {}, 'words'],
  ['a secret as the report', `${UPGRADE} --report FOLDER/words`, {}, 'words'],
  ['a secret as events to report', 'report FOLDER/words --out FOLDER/out.html', {}, 'words'],
  ['a secret as extra configuration', 'user-data --cluster c --extra-config FOLDER/words', {}, 'words'],
  ['a secret as a Terraform state', `${UPGRADE} --terraform-state FOLDER/words`, {}, 'words'],
  ['a secret as a cluster file', 'create --file FOLDER/words', {}, 'words'],
  ['a secret as the file of imports', `${UPGRADE} --write-import FOLDER/words`, {}, 'words'],
  ['a password in the endpoint', STATUS, { AWS_ENDPOINT_URL: `http://ops:${SECRET}@127.0.0.1:9`, ...KEYS }, 'AWS'],
  ['a password in a broken endpoint', STATUS, { AWS_ENDPOINT_URL: `ops:${SECRET}@[`, ...KEYS }, 'AWS_ENDPOINT_URL'],
];

describe('a secret in the wrong place', () => {
  it.concurrent.each(MISTAKES)(
    'is not printed: %s',
    async (_, line, variables, named) => {
      const words = line.replaceAll('FOLDER', folder).split(' ');
      for (const more of [[], ['--json']]) {
        const { exitCode, stdout, stderr } = await program.run([...words, ...more], { ...env, ...variables });
        const said = `${stdout}${stderr}`;
        expect(exitCode, said).toBeGreaterThan(1);
        expect(said).not.toContain(SECRET);
        expect(said).toContain(named);
      }
    },
    120_000,
  );
});

describe('a secret in the right place', () => {
  it.concurrent.each([['config'], ['config --json'], ['plan --cluster c --ami ami-0c0515ea000000001']])(
    'is not printed by %s',
    async (line) => {
      const variables = {
        ...KEYS,
        AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
        CONSUL_HTTP_TOKEN: SECRET,
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
