import { fileURLToPath } from 'node:url';
import { captureOutput } from '@oclif/test';
import { describe, expect, it, vi } from 'vitest';
import DemoCommand from '../../../src/commands/demo.js';
import PlanCommand from '../../../src/commands/plan.js';
import StatusCommand from '../../../src/commands/status.js';
import UpgradeCommand from '../../../src/commands/upgrade.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const ORDER = ['--cluster', 'consul', '--ami', 'ami-0c0ffee02'];
const connected = vi.hoisted(() => ({ times: 0 }));

vi.mock('../../../src/cli/connect.js', () => ({
  connect: async () => {
    connected.times += 1;
    throw new Error('a bad flag is found before anything is connected to');
  },
}));

type Runnable = { run(argv: string[], root: string): Promise<unknown> };

const MISTAKES: readonly (readonly [string, Runnable, string[], RegExp])[] = [
  ['no image', PlanCommand, ['--cluster', 'consul'], /Missing --ami\./],
  ['no cluster', StatusCommand, [], /Missing --cluster\./],
  // failure-mode: no-name
  ['an empty cluster', StatusCommand, ['--cluster', ''], /The name of the cluster is empty\./],
  ['a long cluster', StatusCommand, ['--cluster', 'x'.repeat(300)], /has 300 characters, of at most 256\./],
  ['a cluster of two lines', StatusCommand, ['--cluster', 'a\nb'], /contains control characters\./],
  ['an invalid image id', PlanCommand, ['--cluster', 'consul', '--ami', 'consul-v2'], /Invalid --ami "consul-v2"/],
  [
    'a number without a unit',
    UpgradeCommand,
    [...ORDER, '--yes', '--health-timeout', '10'],
    /--health-timeout 10 has no unit/,
  ],
  ['a negative time', UpgradeCommand, [...ORDER, '--yes', '--bake=-5m'], /--bake -5m is negative/],
  ['a surge of 0', PlanCommand, [...ORDER, '--surge', '0'], /greater than or equal to 1/],
  [
    'a threshold of 0',
    StatusCommand,
    ['--cluster', 'consul', '--success-threshold', '0'],
    /greater than or equal to 1/,
  ],
  ['an invalid port', StatusCommand, ['--cluster', 'consul', '--consul-port', '70000'], /less than or equal to/],
  ['an unknown flag', UpgradeCommand, [...ORDER, '--force'], /Unknown flag --force/],
  ['no TTY and no --yes', UpgradeCommand, ORDER, /without a TTY/],
  ['an unknown image', DemoCommand, ['--to', 'consul-v9'], /Invalid --to "consul-v9": expected one of/],
  ['an invalid speed', DemoCommand, ['--speed', 'fast'], /Invalid --speed "fast": expected a number above 0/],
];

describe('invalid flags', () => {
  it.each(MISTAKES)('%s: exit 2 with one error', async (_, command, argv, message) => {
    const { error, stderr, stdout } = await captureOutput(() => command.run(argv, ROOT));
    expect(error?.oclif?.exit).toBe(2);
    expect(`${stderr}${error?.message}`).toMatch(message);
    expect(stdout).toBe('');
    expect(connected.times).toBe(0);
  });

  it.each(MISTAKES)('%s: one document with --json', async (_, command, argv, message) => {
    const { error, stdout } = await captureOutput(() => command.run([...argv, '--json'], ROOT));
    expect(error?.oclif?.exit).toBe(2);
    const document = JSON.parse(stdout);
    expect(document).toMatchObject({ schema: 'consul-roll/error/1', exitCode: 2, error: { code: 'bad-usage' } });
    expect(document.error.message).toMatch(message);
  });
});
