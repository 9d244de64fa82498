import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { BOOT_DEFAULTS } from '../../src/lib/create/boot/options.js';

const FOLDER = fileURLToPath(new URL('../../deploy/image/', import.meta.url));
const unit = readFileSync(join(FOLDER, 'consul.service'), 'utf8');
const installer = readFileSync(join(FOLDER, 'install.sh'), 'utf8');
const template = join(FOLDER, 'consul.pkr.hcl');

const hasPacker = spawnSync('packer', ['version']).status === 0;
const hasTerraform = spawnSync('terraform', ['version']).status === 0;
const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0;
const skipped = [
  ['systemd’s view of consul.service', hasSystemd],
  ['the syntax of consul.pkr.hcl: neither packer nor terraform is there', hasPacker || hasTerraform],
] as const;
for (const [what, there] of skipped) if (!there) process.stderr.write(`\n*** SKIPPED: ${what} ***\n\n`);

describe('the service of the image', () => {
  const setting = (name: string) => new RegExp(`^${name}=(.*)$`, 'm').exec(unit)?.[1];

  it('leaves when it is stopped, has the time for it, and does not come back', () => {
    expect(setting('ExecStop')).toMatch(/consul leave$/);
    expect(Number(setting('TimeoutStopSec'))).toBeGreaterThan(2 * 15);
    expect(setting('Restart')).toBe('on-failure');
  });

  it('reads what the boot script writes', () => {
    expect(setting('ExecStart')).toContain(`-config-dir=${BOOT_DEFAULTS.configDir}`);
    expect(setting('ConditionDirectoryNotEmpty')).toBe(BOOT_DEFAULTS.configDir);
  });

  it.skipIf(!hasSystemd)('is one that systemd understands', () => {
    const folder = mkdtempSync(join(tmpdir(), 'unit-'));
    try {
      const file = join(folder, 'consul.service');
      writeFileSync(file, unit.replaceAll('/usr/local/bin/consul', '/bin/true'));
      const { status, stderr } = spawnSync('systemd-analyze', ['verify', file], { encoding: 'utf8' });
      expect([status, stderr]).toEqual([0, '']);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe('the template of the image', () => {
  it.skipIf(!hasPacker && !hasTerraform)('is HCL, in its usual form', () => {
    const [program, args] = hasPacker
      ? (['packer', ['fmt', '-check', template]] as const)
      : (['terraform', ['fmt', '-check', '-']] as const);
    const { status, stderr } = spawnSync(program, args, { input: readFileSync(template), encoding: 'utf8' });
    expect([status, /Error/.test(stderr)]).toEqual([0, false]);
  });

  it('gives the installer what it asks for, and makes images of version 2 of the metadata service', () => {
    const text = readFileSync(template, 'utf8');
    const wanted = new Set([...installer.matchAll(/\$\{?(CONSUL_[A-Z0-9]+)\}?/g)].map(([, name]) => name));
    for (const name of wanted) expect(text).toContain(`"${name}=`);
    expect(text).toMatch(/imds_support = "v2.0"[\s\S]*http_tokens +=\s+"required"/);
  });
});
