import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const PROGRAM = fileURLToPath(new URL('../../../bin/run.js', import.meta.url));

/** A process of its own: vitest keeps what oclif prints with `console.log`. */
function run(...argv: string[]) {
  return spawnSync(process.execPath, [PROGRAM, ...argv], { encoding: 'utf8' });
}

describe('help', () => {
  it.each([
    [['-h'], '$ consul-roll [COMMAND]'],
    [['help'], '$ consul-roll [COMMAND]'],
    [['help', 'upgrade'], '$ consul-roll upgrade '],
    [['upgrade', '-h'], '$ consul-roll upgrade '],
    [['help', 'sandbox', 'up'], '$ consul-roll sandbox up '],
  ])('%j prints the usage', (argv, usage) => {
    expect(run(...argv)).toMatchObject({ status: 0, stdout: expect.stringContaining(usage) });
  });

  it('of an unknown command exits 2', () => {
    expect(run('help', 'frobnicate')).toMatchObject({ status: 2, stdout: '' });
  });
});

describe('version', () => {
  it.each(['version', '-v', '--version'])('%s prints the version', (word) => {
    expect(run(word)).toMatchObject({ status: 0, stdout: expect.stringMatching(/^consul-roll\/\d+\.\d+\.\d+ /) });
  });
});
