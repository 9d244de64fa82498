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

  it.each([
    ['help', 'upgrad'],
    ['upgrad', '--help'],
  ])('of an unknown command: %s %s suggests one, exit 2', (...argv) => {
    const { status, stdout, stderr } = run(...argv);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toBe(
      'Error: Unknown command: upgrad. Did you mean upgrade?\nNothing was changed.\nNext: see consul-roll upgrade --help\n',
    );
  });
});

describe('version', () => {
  it.each(['version', '-v', '--version'])('%s prints the version', (word) => {
    expect(run(word)).toMatchObject({ status: 0, stdout: expect.stringMatching(/^consul-roll\/\d+\.\d+\.\d+ /) });
  });
});
