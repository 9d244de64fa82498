import { describe, expect, it } from 'vitest';
import { renderBootScript } from '../../../../src/lib/create/boot/script.js';
import { buildUserData, checkBootScript, MAX_USER_DATA_BYTES } from '../../../../src/lib/create/user-data.js';
import { kinds, plainOptions } from './options.js';

const scripts = await Promise.all(
  Object.entries(kinds).map(async ([name, options]) => {
    const script = renderBootScript(options);
    const [bash, shellcheck] = await checkBootScript(script);
    return { name, script, bash, shellcheck };
  }),
);
const shellcheckMissing = scripts[0]?.shellcheck?.result === 'not-installed';
if (shellcheckMissing)
  process.stderr.write('\n*** SKIPPED: shellcheck of the boot script: it is not on the PATH ***\n\n');

describe.each(scripts)('the boot script, $name', ({ name, script, bash, shellcheck }) => {
  it('matches the reviewed script', async () => {
    await expect(script).toMatchFileSnapshot(`../../../fixtures/boot-scripts/${name}.sh`);
  });

  it('is valid bash', () => {
    expect(bash).toEqual({ tool: 'bash', result: 'passed', output: '' });
  });

  it.skipIf(shellcheckMissing)('is shellcheck-clean', () => {
    expect(shellcheck).toEqual({ tool: 'shellcheck', result: 'passed', output: '' });
  });

  it('is smaller than half of the limit of EC2', () => {
    expect(Buffer.byteLength(script)).toBeLessThan(MAX_USER_DATA_BYTES / 2);
  });
});

describe('checkBootScript', () => {
  it('reports a syntax error', async () => {
    const [bash] = await checkBootScript('if true; then\n');
    expect(bash).toMatchObject({ tool: 'bash', result: 'failed', output: expect.stringContaining('syntax error') });
  });
});

describe('buildUserData', () => {
  const bulky = { ...plainOptions, extraConfig: { node_meta: { note: 'x'.repeat(MAX_USER_DATA_BYTES) } } };

  it('encodes the script in base64, plain or compressed', () => {
    const script = renderBootScript(plainOptions);
    expect(Buffer.from(buildUserData(plainOptions, { gzip: false }).base64, 'base64').toString()).toBe(script);
    const compressed = buildUserData(bulky, { gzip: true });
    expect(compressed.bytes).toBeLessThan(MAX_USER_DATA_BYTES);
    expect(Buffer.from(compressed.base64, 'base64').subarray(0, 2)).toEqual(Buffer.from([0x1f, 0x8b]));
  });

  it('refuses a script that EC2 would refuse, with its size', () => {
    expect(() => buildUserData(bulky, { gzip: false })).toThrow(/of 2\d{4} bytes is more than the 16384/);
  });
});
