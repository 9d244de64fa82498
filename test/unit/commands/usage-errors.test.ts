import { fileURLToPath } from 'node:url';
import { runCommand } from '@oclif/test';
import { describe, expect, it } from 'vitest';
import { unknownCommandError } from '../../../src/cli/usage-errors.js';
import hook from '../../../src/hooks/command-not-found.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

describe('a mistaken flag', () => {
  it.each([
    ['upgrade --clustr x', 'Unknown flag --clustr. Did you mean --cluster?'],
    ['upgrade --helth-timeout=5m', 'Unknown flag --helth-timeout. Did you mean --health-timeout?'],
    ['upgrade --force x', 'Unknown flag --force.'],
    ['upgrade --force --clustr x', 'Unknown flags --force and --clustr. Did you mean --cluster?'],
    ['upgrade', 'Missing --ami and --cluster.'],
    ['rollback', 'Missing --cluster.'],
    ['upgrade --cluster', 'Missing value of --cluster.'],
    ['upgrade --cluster c --output', 'Missing value of --output: expected one of auto, plain, ndjson, quiet.'],
    ['upgrade --output=foo', 'Invalid --output "foo": expected one of auto, plain, ndjson, quiet.'],
    ['upgrade --surge abc', 'Invalid --surge "abc": expected an integer.'],
    ['upgrade --surge 0', 'Invalid --surge "0": expected an integer greater than or equal to 1.'],
    ['upgrade --cluster a --cluster b', '--cluster was given more than once.'],
    ['upgrade --cluster c --ami x --yes=no', 'Unexpected argument: no.'],
    ['status --cluster c --watch --exit-code', '--exit-code and --watch cannot be combined.'],
    ['report', 'Missing a file of events, or --cluster.'],
  ])('%s: says what is wrong, without the whole help', async (typed, message) => {
    const { error, stderr, stdout } = await runCommand(typed.split(' '), { root: ROOT });
    expect(error?.oclif?.exit).toBe(2);
    expect(stderr.split('\n').slice(0, 3)).toEqual([
      `Error: ${message}`,
      'Nothing was changed.',
      `Next: see consul-roll ${typed.split(' ')[0]} --help`,
    ]);
    expect(stderr.split('\n').length).toBeLessThan(6);
    expect(stdout).toBe('');
  });
});

describe('a policy that is not a file', () => {
  it.each(['/dev/null', '/no/such/file', '/tmp'])('%s: is an error of usage', async (path) => {
    const { error, stderr } = await runCommand(['sandbox', 'up', '--policy', path], { root: ROOT });
    expect(error?.oclif?.exit).toBe(2);
    expect(stderr).toContain(`There is no file ${path} for --policy.`);
  });
});

describe('an unknown command', () => {
  it.each([
    ['upgrdae', 'Unknown command: upgrdae. Did you mean upgrade?', 'see consul-roll upgrade --help'],
    ['sandbox upp', 'Unknown command: sandbox upp. Did you mean sandbox up?', 'see consul-roll sandbox up --help'],
    ['status consul', 'status takes no argument: consul.', 'see consul-roll status --help'],
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
