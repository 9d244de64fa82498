import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { captureOutput } from '@oclif/test';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import ConfigCommand from '../../../src/commands/config.js';
import DemoCommand from '../../../src/commands/demo.js';
import DoctorCommand from '../../../src/commands/doctor.js';
import PlanCommand from '../../../src/commands/plan.js';
import StatusCommand from '../../../src/commands/status.js';
import UpgradeCommand from '../../../src/commands/upgrade.js';
import { findIssues, getSchema } from '../../helpers/json-schemas.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const FILE = fileURLToPath(new URL('../../../docs/examples/consul-roll.yaml', import.meta.url));
const connected = vi.hoisted(() => ({ with: undefined as unknown }));

vi.mock('../../../src/cli/connect.js', () => ({
  connect: async (settings: unknown) => {
    connected.with = settings;
    throw new Error('far enough');
  },
}));

beforeEach(() => {
  for (const name of Object.keys(process.env)) if (/^(CONSUL|AWS)_/.test(name)) vi.stubEnv(name, undefined);
  // The file that the example names does not exist.
  vi.stubEnv('CONSUL_ROLL_SLACK_WEBHOOK_URL', 'https://hooks.example.com/hush');
});
afterEach(() => vi.unstubAllEnvs());

async function config(...argv: string[]) {
  return captureOutput(() => ConfigCommand.run(['--config', FILE, ...argv], ROOT));
}

describe('keep-old with strategy in-place', () => {
  const both = ['--strategy', 'in-place', '--cluster', 'consul', '--config', FILE];

  it.each([
    ['config', ConfigCommand, []],
    ['plan', PlanCommand, ['--ami', 'ami-0c0ffee02']],
    ['upgrade', UpgradeCommand, ['--ami', 'ami-0c0ffee02', '--yes']],
    ['doctor', DoctorCommand, []],
  ])('is rejected by %s, with the origin of both', async (_name, command, argv) => {
    vi.stubEnv('CONSUL_ROLL_KEEP_OLD', 'true');
    const { error, stderr } = await captureOutput(() => command.run([...both, ...argv], ROOT));
    expect(error?.oclif?.exit).toBe(2);
    expect(stderr.replace(/\s+/g, ' ')).toContain(
      'keep-old (CONSUL_ROLL_KEEP_OLD) cannot be combined with strategy in-place (--strategy).',
    );
  });
});

describe('config', () => {
  it('prints the value and the origin of every setting', async () => {
    vi.stubEnv('CONSUL_ROLL_SUCCESS_THRESHOLD', '5');
    const { stdout } = await config('--bake', '1m');
    expect(stdout).toMatch(/^cluster +consul +docs\/examples\/consul-roll.yaml:3$/m);
    expect(stdout).toMatch(/^success-threshold +5 +CONSUL_ROLL_SUCCESS_THRESHOLD$/m);
    expect(stdout).toMatch(/^bake +1m +--bake$/m);
    expect(stdout).toMatch(/^interval +5s +default$/m);
    expect(stdout).toMatch(/^surge +-$/m);
  });

  it('prints the settings of one cluster', async () => {
    const { stdout } = await config('--cluster', 'consul-staging');
    expect(stdout).toMatch(/^surge +1 +.*:\d+, for consul-staging$/m);
    expect(stdout).toMatch(/^cluster +consul-staging +--cluster$/m);
  });

  it('prints one document with --json', async () => {
    const { stdout } = await config('--json', '--no-keep-old');
    const document = JSON.parse(stdout);
    expect(findIssues(getSchema('config'), document)).toEqual([]);
    const { settings, file } = document;
    expect(file).toBe(FILE);
    expect(settings.bake).toEqual({
      value: '30m',
      origin: { from: 'file', file: FILE, line: expect.any(Number), cluster: 'consul' },
    });
    expect(settings['keep-old']).toEqual({ value: false, origin: { from: 'flag', flag: '--keep-old' } });
    expect(settings.surge).toEqual({ value: null, origin: { from: 'default' } });
  });

  it.each([
    ['CONSUL_ROLL_WEBHOOK_URL', 'nowhere', /The value of webhook-url is not a URL/],
    ['CONSUL_CAPATH', '/etc/ca', /set CONSUL_CACERT/],
    ['CONSUL_HTTP_SSL_VERIFY', '0', /set CONSUL_CACERT/],
    ['CONSUL_HTTP_SSL', 'perhaps', /CONSUL_HTTP_SSL is neither true nor false/],
  ])('rejects an invalid %s', async (name, value, said) => {
    vi.stubEnv(name, value);
    const { error, stderr } = await config();
    expect(error?.oclif?.exit).toBe(2);
    expect(stderr).toMatch(said);
  });

  it('rejects an invalid flag', async () => {
    expect((await config('--bake', '10')).stderr).toMatch(/--bake 10 has no unit/);
  });

  it.each([[[]], [['--json']]])('prints no secret: %j', async (argv) => {
    vi.stubEnv('CONSUL_HTTP_TOKEN', 'hush-token');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'hush-key');
    vi.stubEnv('AWS_ENDPOINT_URL', 'http://user:hush-password@127.0.0.1:1');
    const { stdout, stderr } = await config(...argv);
    expect(stdout).toMatch(/CONSUL_HTTP_TOKEN/);
    expect(`${stdout}${stderr}`).not.toMatch(/hush/);
  });
});

describe('old names', () => {
  it('accepts --looks for --success-threshold', async () => {
    const { stdout } = await config('--looks', '5');
    expect(stdout).toMatch(/^success-threshold +5 +--success-threshold$/m);
  });

  it('accepts --template and CONSUL_ROLL_TEMPLATE for --launch-source', async () => {
    const flag = await config('--template', 'launch-template');
    expect(flag.stdout).toMatch(/^launch-source +launch-template +--launch-source$/m);
    vi.stubEnv('CONSUL_ROLL_TEMPLATE', 'launch-template');
    expect((await config()).stdout).toMatch(/^launch-source +launch-template +CONSUL_ROLL_TEMPLATE$/m);
  });

  it('accepts CONSUL_ROLL_LOOKS, and prefers the new variable', async () => {
    vi.stubEnv('CONSUL_ROLL_LOOKS', '5');
    const { stdout } = await config();
    expect(stdout).toMatch(/^success-threshold +5 +CONSUL_ROLL_LOOKS$/m);
    expect(stdout).not.toContain('Unknown');
    vi.stubEnv('CONSUL_ROLL_SUCCESS_THRESHOLD', '6');
    expect((await config()).stdout).toMatch(/^success-threshold +6 +CONSUL_ROLL_SUCCESS_THRESHOLD$/m);
  });

  it('are not in --help', () => {
    const manifest = readFileSync(`${ROOT}oclif.manifest.json`, 'utf8');
    const pages = readdirSync(`${ROOT}docs/commands`).map((name) =>
      readFileSync(`${ROOT}docs/commands/${name}`, 'utf8'),
    );
    for (const name of ['looks', 'break-lock', 'template']) {
      expect(manifest).toContain(`"${name}"`);
      expect(pages.join('\n')).not.toMatch(new RegExp(`--${name}\\b`));
    }
  });
});

describe('a command', () => {
  it('reads the settings file, and prefers a flag', async () => {
    await captureOutput(() => StatusCommand.run(['--config', FILE, '--snapshot-dir', ROOT], ROOT));
    expect(connected.with).toMatchObject({ aws: { region: 'eu-west-1' }, snapshotDir: ROOT });
  });

  it('rejects an invalid variable before any request', async () => {
    vi.stubEnv('CONSUL_ROLL_SUCCESS_THRESHOLD', 'all');
    const { error, stderr } = await captureOutput(() => StatusCommand.run(['--cluster', 'consul'], ROOT));
    expect(error?.oclif?.exit).toBe(2);
    expect(stderr).toMatch(/CONSUL_ROLL_SUCCESS_THRESHOLD is wrong: expected a whole number from 1 to 100/);
  });

  it('that touches no cluster reads flags only', async () => {
    vi.stubEnv('CONSUL_ROLL_SURGE', 'many');
    const { stderr, error } = await captureOutput(() => DemoCommand.run(['--config', FILE], ROOT));
    expect(`${stderr}${error?.message}`).toMatch(/Unknown flag --config/);
  });
});
