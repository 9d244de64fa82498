import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { captureOutput } from '@oclif/test';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import UserDataCommand from '../../../src/commands/user-data.js';
import { renderBootScript } from '../../../src/lib/create/boot/script.js';
import { findIssues, getSchema } from '../../helpers/json-schemas.js';
import { plainOptions } from '../create/boot/options.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const run = (...argv: string[]) => captureOutput(() => UserDataCommand.run(argv, ROOT));

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'user-data-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function file(config: object): string {
  const path = join(folder, 'extra.json');
  writeFileSync(path, JSON.stringify(config));
  return path;
}

describe('consul-roll user-data', () => {
  const script = renderBootScript(plainOptions);

  it('prints only the script to stdout', async () => {
    expect((await run('--cluster', 'consul')).stdout).toBe(script);
    const checked = await run('--cluster', 'consul', '--check');
    expect([checked.stdout, checked.stderr]).toEqual([script, expect.stringContaining('bash: passed')]);
  });

  it('prints base64 and gzip', async () => {
    const decoded = async (...flags: string[]) =>
      Buffer.from((await run('--cluster', 'consul', ...flags)).stdout, 'base64');
    expect((await decoded('--base64')).toString()).toBe(script);
    expect(gunzipSync(await decoded('--gzip')).toString()).toBe(script);
  });

  it('merges --extra-config into the configuration', async () => {
    const { stdout } = await run(
      '--cluster',
      'consul',
      '--extra-config',
      file({ performance: { raft_multiplier: 5 } }),
    );
    expect(stdout).toContain('"raft_multiplier": 5');
    expect(stdout).not.toContain('"raft_multiplier": 1');
  });

  it('prints one document with --json', async () => {
    const { stdout } = await run('--cluster', 'consul', '--check', '--json');
    expect(findIssues(getSchema('user-data'), JSON.parse(stdout))).toEqual([]);
    expect(JSON.parse(stdout)).toMatchObject({
      schema: 'consul-roll/user-data/1',
      exitCode: 0,
      script,
      base64: Buffer.from(script).toString('base64'),
      bytes: script.length,
      limit: 16_384,
      checks: [{ tool: 'bash', result: 'passed' }, { tool: 'shellcheck' }],
    });
  });

  it.each([
    ['a secret', { encrypt: 'c2VjcmV0' }, /contains a secret, encrypt/],
    ['too many bytes', { node_meta: { note: 'x'.repeat(17_000) } }, /more than the 16384 that EC2 accepts/],
  ])('rejects %s with exit 2', async (_, config, message) => {
    const { error, stdout, stderr } = await run('--cluster', 'consul', '--extra-config', file(config));
    expect([error?.oclif?.exit, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(message);
  });
});
