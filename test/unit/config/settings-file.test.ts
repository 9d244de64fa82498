import { chownSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import ConfigCommand from '../../../src/commands/config.js';
import {
  findUnknownVariables,
  type ResolvedSettings,
  readEnvironmentSettings,
  resolveSettings,
} from '../../../src/lib/config/resolve-settings.js';
import { listShownSecrets, readSecret, readSecretUrl } from '../../../src/lib/config/secrets.js';
import { findSettingsFile, parseSettingsFile } from '../../../src/lib/config/settings-file.js';
import { getVariableName } from '../../../src/lib/config/settings-layer.js';
import { SETTING_SCHEMAS } from '../../../src/lib/config/settings-schema.js';
import { RollError } from '../../../src/lib/model/errors.js';

const EXAMPLE = fileURLToPath(new URL('../../../docs/examples/consul-roll.yaml', import.meta.url));

afterEach(() => vi.restoreAllMocks());

function folder(): string {
  return realpathSync(mkdtempSync(join(tmpdir(), 'settings-')));
}

/** A folder with a settings file in it. */
function folderWith(text: string): string {
  const path = folder();
  writeFileSync(join(path, 'consul-roll.yaml'), text);
  return path;
}

function chosenIn(cwd: string, over: { cluster?: string; config?: string; env?: Record<string, string> } = {}) {
  return resolveSettings({ config: over.config, cluster: over.cluster, env: over.env ?? {}, cwd, home: '/' });
}

/** The lines that say what is wrong with a file. */
async function mistakesIn(text: string): Promise<string[]> {
  try {
    await parseSettingsFile(text, '/etc/consul-roll.yaml', 'consul-roll.yaml');
  } catch (thrown) {
    expect(thrown).toMatchObject({ code: 'settings-file-wrong', kind: 'usage' });
    return thrown instanceof RollError ? thrown.message.split('\n').slice(1) : [];
  }
  return [];
}

describe('resolveSettings', () => {
  const text = 'surge: 1\nlooks: 4\nbake: 1m\nclusters:\n  live:\n    success-threshold: 5\n    bake: 1h30m\n';

  it('prefers the environment, then settings for one cluster, then settings for all', async () => {
    const { layer } = await chosenIn(folderWith(text), { cluster: 'live', env: { CONSUL_ROLL_BAKE: '2h' } });
    expect(layer.values).toEqual({ surge: 1, 'success-threshold': 5, bake: '2h' });
    expect(layer.origins).toMatchObject({
      surge: { kind: 'file', line: 1, cluster: undefined },
      'success-threshold': { kind: 'file', line: 6, cluster: 'live' },
      bake: { kind: 'variable', name: 'CONSUL_ROLL_BAKE' },
    });
  });

  it('accepts old names, and prefers the new name', async () => {
    expect((await chosenIn(folderWith('looks: 7'))).layer).toMatchObject({
      values: { 'success-threshold': 7 },
      origins: { 'success-threshold': { kind: 'file', line: 1 } },
    });
    expect((await chosenIn(folderWith('success-threshold: 2\nlooks: 7'))).layer.values).toEqual({
      'success-threshold': 2,
    });
  });

  it('applies settings for one cluster to no other', async () => {
    expect((await chosenIn(folderWith(text), { cluster: 'staging' })).layer.values['success-threshold']).toBe(4);
  });

  it('uses the cluster that the file or the environment names', async () => {
    const cwd = folderWith(`cluster: live\n${text}`);
    expect((await chosenIn(cwd)).layer.values['success-threshold']).toBe(5);
    expect((await chosenIn(cwd, { env: { CONSUL_ROLL_CLUSTER: 'staging' } })).layer.values['success-threshold']).toBe(
      4,
    );
  });

  it('resolves paths from the folder of the file', async () => {
    const cwd = folderWith('snapshot-dir: snapshots\nclusters: {a: {terraform-state: ../state.json}}\n');
    const below = join(cwd, 'below');
    mkdirSync(below);
    expect((await chosenIn(below, { cluster: 'a' })).layer.values).toEqual({
      'snapshot-dir': join(cwd, 'snapshots'),
      'terraform-state': join(cwd, '..', 'state.json'),
    });
  });

  it('is empty if nothing is set', async () => {
    expect(await chosenIn(folder())).toEqual({ layer: { values: {}, origins: {} }, file: undefined });
  });
});

describe('findSettingsFile', () => {
  it('returns that of the nearest folder, up to the root of the repository', () => {
    const top = folderWith('');
    const repository = join(top, 'repository');
    const deep = join(repository, 'a', 'b');
    mkdirSync(deep, { recursive: true });
    expect(findSettingsFile(deep, '/')).toBe(join(top, 'consul-roll.yaml'));
    expect(findSettingsFile(deep, join(repository, 'a'))).toBeUndefined();
    mkdirSync(join(repository, '.git'));
    expect(findSettingsFile(deep, '/')).toBeUndefined();
  });

  it('prefers the file of the flag, then that of the environment', async () => {
    const [one, other] = [folderWith('success-threshold: 7'), folderWith('success-threshold: 8')];
    const env = { CONSUL_ROLL_CONFIG: join(other, 'consul-roll.yaml') };
    expect((await chosenIn(folder(), { env })).layer.values['success-threshold']).toBe(8);
    expect(
      (await chosenIn(folder(), { env, config: join(one, 'consul-roll.yaml') })).layer.values['success-threshold'],
    ).toBe(7);
    await expect(chosenIn(one, { config: 'none.yaml' })).rejects.toThrow(/cannot be read/);
  });

  it('refuses a file with the extension .yml', () => {
    const cwd = folder();
    writeFileSync(join(cwd, 'consul-roll.yml'), 'surge: 1');
    expect(() => findSettingsFile(cwd, '/')).toThrow(/consul-roll.yml is not read/);
  });

  it('refuses a file of another user unless it is named', async () => {
    const cwd = folderWith('success-threshold: 9');
    const path = join(cwd, 'consul-roll.yaml');
    const me = process.getuid?.() ?? 0;
    if (me === 0) chownSync(path, 4321, 4321);
    vi.spyOn(process, 'getuid').mockReturnValue(me + 1);
    await expect(chosenIn(cwd)).rejects.toThrow(/belongs to another user/);
    expect((await chosenIn(cwd, { config: path })).layer.values['success-threshold']).toBe(9);
  });

  it('accepts the example of the documentation', async () => {
    const text = readFileSync(EXAMPLE, 'utf8');
    expect(await mistakesIn(text)).toEqual([]);
    expect(text.split('\n')[0]).toBe('# yaml-language-server: $schema=../schemas/consul-roll.schema.json');
  });
});

describe('parseSettingsFile with an invalid file', () => {
  it.each([
    ['healthTimeout: 5m', '1:1  healthTimeout: unknown key; did you mean health-timeout?'],
    ['surge: 0', '1:8  surge: expected a whole number, 1 or more, found 0'],
    ['\nbake: 10', '2:7  bake: expected a time from 0s to 7d, with its unit: 90s, 15m, 1h30m, found 10'],
    ['interval: 1h', '1:11  interval: expected a time from 10ms to 10m, with its unit: 90s, 15m, 1h30m'],
    ['strategy: inplace', '1:11  strategy: expected beside or in-place, found another text'],
    ['keep-old: maybe', '1:11  keep-old: expected true or false, found another text'],
    ['clusters: {a: {loks: 3}}', '1:16  clusters.a.loks: unknown key; did you mean looks?'],
    ['surge: [1', /^consul-roll.yaml:1:/],
  ])('reports %s by line and key', async (text, said) => {
    const expected = typeof said === 'string' ? `consul-roll.yaml:${said}` : expect.stringMatching(said);
    expect(await mistakesIn(text)).toEqual([expected]);
  });

  it.each(['token: t', 'consul-token: t', 'consul-http-token: t', 'clusters: {a: {acl_token: t}}'])(
    '%s is refused with advice, and not shown',
    async (text) => {
      const [said] = await mistakesIn(text.replace(' t', ' hush-hush'));
      expect(said).toMatch(/CONSUL_HTTP_TOKEN_FILE/);
      expect(said).not.toMatch(/hush/);
    },
  );
});

describe('the text of an invalid file', () => {
  it.each([
    ['surge: *TEXT', '1:8  An alias has no anchor before it, is inside of it, or is used too often'],
    ['cluster: c\n<<: *TEXT', '2:5  An alias has no anchor before it, is inside of it, or is used too often'],
    ['hooks: &TEXT [*TEXT]', '1:15  An alias has no anchor before it, is inside of it, or is used too often'],
    ['%TEXT\n---\nsurge: 1', '1:1  After a % at the start of a line stands no directive that is known'],
    ['%YAML TEXT\n---\nsurge: 1', '1:7  After a % at the start of a line stands no directive that is known'],
    ['? {TEXT: 1}\n: 2', '1:3  A key must be text'],
    ['cluster: "\\xTEXT"', '1:11  Invalid escape sequence in double quotes'],
    ['cluster: !<!TEXT> c', '1:10  Unresolved tag'],
    ['cluster: !TEXT! c', '1:10  Unresolved tag'],
    ['surge: 1\n---\nTEXT', '2:1  The file must be one document'],
  ])('is not quoted: %j', async (text, said) => {
    const warned = vi.spyOn(process, 'emitWarning');
    const mistakes = await mistakesIn(text);
    expect(mistakes[0]).toBe(`consul-roll.yaml:${said}`);
    expect(`${mistakes.join()}${JSON.stringify(warned.mock.calls)}`).not.toMatch(/TEXT|\\xTE/);
    vi.restoreAllMocks();
  });

  it.each([
    ['0123456789abcdef0123456789abcdef: 1', '1:1  [masked]: unknown key'],
    ['b1gs32bzFSQOzZ8SUCVmkxYDaFbQqd5cVxvTzmVn: 1', '1:1  [masked]: unknown key'],
    ['3fb0a1c4-0c0e-4e5a-9d1f-6b0c4a1e2f30: 1', '1:1  [masked]: unknown key'],
    ['"https://ops:hush-hush@example.com": 1', '1:1  [masked]: unknown key'],
    ['"-----BEGIN PRIVATE KEY-----": 1', '1:1  [masked]: unknown key'],
    ['"api_key=hush-hush": 1', '1:1  [masked]: unknown key'],
    ['clusters: {AKIAIOSFODNN7EXAMPLE: {surgee: 1}}', '1:35  clusters.[masked].surgee: unknown key'],
    ['"a\\nb\\u202e\\u001b[31mc": 1', '1:1  a b [31mc: unknown key'],
    [`${'long '.repeat(20)}: 1`, `1:1  ${'long '.repeat(8).slice(0, 39)}…: unknown key`],
  ])('has keys that are shown as far as they may be: %j', async (text, said) => {
    expect(await mistakesIn(text)).toEqual([expect.stringContaining(`consul-roll.yaml:${said}`)]);
  });

  it('has a mistake for each key that is not shown', async () => {
    const keys = ['3fb0a1c4-0c0e-4e5a-9d1f-6b0c4a1e2f30', '4fb0a1c4-0c0e-4e5a-9d1f-6b0c4a1e2f30'];
    expect(await mistakesIn(keys.map((key) => `${key}: 1\n`).join(''))).toHaveLength(2);
  });

  it('may have anchors', async () => {
    expect(await mistakesIn('clusters: {a: &all {surge: 1}, b: *all}')).toEqual([]);
  });
});

describe('readEnvironmentSettings', () => {
  it('reads text, numbers and booleans', () => {
    const env = { CONSUL_ROLL_HEALTH_TIMEOUT: '1h30m', CONSUL_ROLL_SURGE: '2', CONSUL_ROLL_KEEP_OLD: 'true' };
    const { values } = readEnvironmentSettings(env);
    expect(values).toEqual({ 'health-timeout': '1h30m', surge: 2, 'keep-old': true });
  });

  it('reads a name of digits as text', () => {
    expect(readEnvironmentSettings({ CONSUL_ROLL_CLUSTER: '0042' }).values).toEqual({ cluster: '0042' });
  });

  it('ignores an empty variable', () => {
    expect(readEnvironmentSettings({ CONSUL_ROLL_SURGE: '' }).values).toEqual({});
  });

  it.each([
    [{ CONSUL_ROLL_SURGE: 'many' }, 'CONSUL_ROLL_SURGE is wrong: expected a whole number, 1 or more.'],
    [{ CONSUL_ROLL_KEEP_OLD: 'maybe' }, 'CONSUL_ROLL_KEEP_OLD is wrong: expected true or false.'],
    [{ CONSUL_ROLL_BAKE: '10' }, /CONSUL_ROLL_BAKE is wrong: expected a time/],
  ])('names the invalid variable: %o', (env, message) => {
    expect(() => readEnvironmentSettings(env)).toThrow(message);
  });

  it('finds unknown variables named CONSUL_ROLL_*', () => {
    expect(findUnknownVariables({ CONSUL_ROLL_HELTH_TIMEOUT: '1m', HOME: '/' })).toEqual([
      { name: 'CONSUL_ROLL_HELTH_TIMEOUT', meant: 'CONSUL_ROLL_HEALTH_TIMEOUT' },
    ]);
  });
});

describe('settings with a flag', () => {
  const flags = Object.entries(ConfigCommand.flags).filter(([name]) => name in SETTING_SCHEMAS);

  it('exist for every flag of config', () => {
    expect(flags.map(([name]) => name).sort()).toEqual(Object.keys(ConfigCommand.flags).sort());
  });

  it.each(flags)('accept what the flag accepts: %s', async (name, flag) => {
    const schema = new Map(Object.entries(SETTING_SCHEMAS)).get(name);
    expect(schema?.safeParse(flag.default).success).toBe(true);
    if (flag.type === 'boolean') expect(schema?.safeParse(true).success).toBe(true);
    else for (const option of flag.options ?? []) expect(schema?.safeParse(option).success).toBe(true);
    expect(getVariableName(name)).toMatch(/^CONSUL_ROLL_[A-Z_]+$/);
  });
});

describe('readSecret', () => {
  const readText = (path: string) => readFileSync(path, 'utf8');
  const file = join(folder(), 'slack');
  writeFileSync(file, 'https://hooks.example.com/hush-hush\n');
  let chosen: ResolvedSettings;
  beforeAll(async () => {
    chosen = await chosenIn(folderWith(`slack-webhook-url-file: ${file}\n`));
  });

  it('reads a variable, or the file that a setting names', () => {
    const variable = { CONSUL_ROLL_SLACK_WEBHOOK_URL: 'https://example.com/x' };
    expect(readSecretUrl('slack-webhook-url', chosen, {}, readText)).toBe('https://hooks.example.com/hush-hush');
    expect(readSecretUrl('slack-webhook-url', chosen, variable, readText)).toBe('https://example.com/x');
    expect(readSecret('webhook-secret', chosen, {}, readText)).toBeUndefined();
  });

  it('shows only that and where a secret is set', () => {
    const [slack, ...others] = listShownSecrets(chosen, { CONSUL_ROLL_WEBHOOK_URL: 'https://hush.example.com' });
    expect(slack).toMatchObject({ isSet: true, value: undefined, origin: { kind: 'file', line: 1 } });
    expect(others.map(({ isSet }) => isSet)).toEqual([true, false, false]);
    expect(JSON.stringify([slack, others])).not.toMatch(/hush/);
  });

  it('does not show an invalid secret', async () => {
    const env = { CONSUL_ROLL_WEBHOOK_URL: 'hush-hush' };
    expect(() => readSecretUrl('webhook-url', chosen, env, readText)).toThrow('The value of webhook-url is not a URL.');
    const gone = await chosenIn(folderWith('webhook-secret-file: gone\n'));
    expect(() => readSecret('webhook-secret', gone, {}, readText)).toThrow(
      /consul-roll.yaml:1 {2}webhook-secret-file cannot be read/,
    );
  });

  it.each(['slack-webhook-url', 'webhook-url', 'webhook-secret'])('has no place in the file: %s', async (key) => {
    const [said] = await mistakesIn(`${key}: https://hush-hush\n`);
    expect(said).toMatch(new RegExp(`${key}: a secret must not be in a shared file`));
    expect(said).not.toMatch(/hush/);
  });
});
