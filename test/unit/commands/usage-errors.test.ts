import { fileURLToPath } from 'node:url';
import { runCommand } from '@oclif/test';
import { describe, expect, it } from 'vitest';
import { unknownCommandError } from '../../../src/cli/usage-errors.js';
import hook from '../../../src/hooks/command-not-found.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

describe('an unknown flag', () => {
  it.each([
    ['--clustr', 'Nonexistent flag: --clustr. Did you mean --cluster?'],
    ['--helth-timeout', 'Nonexistent flag: --helth-timeout. Did you mean --health-timeout?'],
    ['--force', 'Nonexistent flag: --force'],
  ])('%s: suggests a flag, without the whole help', async (flag, message) => {
    const { error, stderr, stdout } = await runCommand(['upgrade', flag, 'x'], { root: ROOT });
    expect(error?.oclif?.exit).toBe(2);
    expect(stderr.split('\n').slice(0, 3)).toEqual([
      `Error: ${message}`,
      'Nothing was changed.',
      'Next: see consul-roll upgrade --help',
    ]);
    expect(stderr.split('\n').length).toBeLessThan(6);
    expect(stdout).toBe('');
  });
});

describe('an unknown command', () => {
  it.each([
    ['upgrdae', 'Unknown command: upgrdae. Did you mean upgrade?', 'see consul-roll upgrade --help'],
    ['sandbox upp', 'Unknown command: sandbox upp. Did you mean sandbox up?', 'see consul-roll sandbox up --help'],
    ['status consul', 'status takes no argument: consul', 'see consul-roll status --help'],
    ['frobnicate', 'Unknown command: frobnicate.', 'see consul-roll --help'],
  ])('%s', (typed, message, next) => {
    const ids = ['upgrade', 'status', 'sandbox up', 'sandbox down'];
    expect(unknownCommandError('consul-roll', typed, ids)).toMatchObject({ message, next, kind: 'usage' });
  });

  it('gets a suggestion, which is not run', async () => {
    expect(typeof hook).toBe('function');
    const { error, stderr } = await runCommand(['upgrdae', '--cluster', 'consul'], { root: ROOT });
    expect(error?.oclif?.exit).toBe(2);
    expect(stderr).toContain('Did you mean upgrade?');
  });

  it('prints one document with --json', async () => {
    const { stdout } = await runCommand(['upgrdae', '--json'], { root: ROOT });
    expect(JSON.parse(stdout)).toMatchObject({ exitCode: 2, error: { code: 'bad-usage' } });
  });
});
