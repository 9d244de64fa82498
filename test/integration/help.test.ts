import { beforeAll, describe, expect, it } from 'vitest';
import { compileProgram, type Program } from '../helpers/program.js';

let program: Program;

beforeAll(() => {
  program = compileProgram();
}, 60_000);

function run(...argv: string[]) {
  return program.run(argv, { PATH: process.env.PATH ?? '' });
}

describe('help', () => {
  it.each([
    [['-h'], '$ consul-roll [COMMAND]'],
    [['help'], '$ consul-roll [COMMAND]'],
    [['help', 'upgrade'], '$ consul-roll upgrade '],
    [['upgrade', '-h'], '$ consul-roll upgrade '],
    [['help', 'sandbox', 'up'], '$ consul-roll sandbox up '],
  ])('%j prints the usage', async (argv, usage) => {
    expect(await run(...argv)).toMatchObject({ exitCode: 0, stdout: expect.stringContaining(usage) });
  });

  it.each([
    ['help', 'upgrad'],
    ['upgrad', '--help'],
  ])('of an unknown command: %s %s suggests one, exit 2', async (...argv) => {
    const { exitCode, stdout, stderr } = await run(...argv);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toBe(
      'Error: Unknown command: upgrad. Did you mean upgrade?\nNothing was changed.\nNext: see consul-roll upgrade --help\n',
    );
  });
});

describe('version', () => {
  it.each(['version', '-v', '--version'])('%s prints the version', async (word) => {
    expect(await run(word)).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^consul-roll\/\d+\.\d+\.\d+ /),
    });
  });
});
