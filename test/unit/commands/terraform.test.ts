import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { captureOutput } from '@oclif/test';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import ResumeCommand from '../../../src/commands/resume.js';
import RollbackCommand from '../../../src/commands/rollback.js';
import UpgradeCommand from '../../../src/commands/upgrade.js';
import { buildPlan } from '../../helpers/plans.js';
import { buildResult } from '../../helpers/scripted-roll.js';
import { shownState } from '../terraform/states.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const UPGRADE = ['--cluster', 'consul', '--ami', 'ami-0c0ffee02', '--yes'];

/** The library behind the commands, as each test wants it. */
const library = vi.hoisted(() => ({
  plan: undefined as unknown,
  result: undefined as unknown,
  during: () => {},
  rolls: 0,
}));

vi.mock('../../../src/cli/connect.js', () => ({
  connect: async () => ({
    clock: { now: Date.now },
    cloud: { resolveImage: async ({ imageId }: { imageId: string }) => imageId },
    close: async () => {},
  }),
}));
vi.mock('../../../src/lib/engine/plan/plan.js', () => ({ planRoll: async () => library.plan }));
vi.mock('../../../src/lib/engine/run/roll.js', () => ({
  executeRoll: async () => {
    library.rolls += 1;
    library.during();
    return library.result;
  },
}));

type Runnable = { run(argv: string[], root: string): Promise<unknown> };
const run = (command: Runnable, ...argv: string[]) => captureOutput(() => command.run(argv, ROOT));

let folder: string;
const path = (name: string) => join(folder, name);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'terraform-flags-'));
  Object.assign(library, { plan: buildPlan(), result: buildResult(), during: () => {}, rolls: 0 });
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('the Terraform import', () => {
  /** The plan of a group with these tags. */
  const tagged = (tags: Record<string, string>) => {
    const plan = buildPlan();
    const { old } = plan.observation;
    if (old === undefined) throw new Error('a plan has an old group');
    return { ...plan, observation: { ...plan.observation, old: { ...old, tags } } };
  };

  it('is printed before the outcome', async () => {
    library.plan = tagged({ ManagedBy: 'Terraform' });
    const { stdout } = await run(UpgradeCommand, ...UPGRADE);
    expect(stdout).toMatch(/^If Terraform created this group,.*\n\nRolled: .*\nNext .*status/s);
    expect(stdout).toContain('terraform state rm aws_autoscaling_group.consul');
  });

  it('is a hint for a group of unknown origin, and absent for a CloudFormation group', async () => {
    const { stdout } = await run(UpgradeCommand, ...UPGRADE);
    const [summary, hint, ...rest] = stdout.trimEnd().split('\n\n');
    expect(summary).toMatch(/^Rolled: .*\nNext /s);
    expect(hint?.replaceAll('\n', ' ')).toMatch(/^If Terraform created group consul, .* docs\/terraform.md/);
    expect(hint?.split('\n').length).toBeLessThanOrEqual(2);
    expect(rest).toEqual([]);
    expect((await run(UpgradeCommand, ...UPGRADE, '--output', 'quiet')).stdout).not.toContain('Terraform');
    library.plan = tagged({ 'aws:cloudformation:stack-name': 'consul' });
    expect((await run(UpgradeCommand, ...UPGRADE)).stdout).toMatch(/^Rolled: /);
  });

  it('is printed completely if a Terraform flag is given', async () => {
    const { stdout } = await run(UpgradeCommand, ...UPGRADE, '--terraform-address', 'group=aws_autoscaling_group.this');
    expect(stdout).toContain('terraform state rm aws_autoscaling_group.this');
  });

  it('is written to a file by upgrade and resume, and overwritten by the next', async () => {
    for (const command of [UpgradeCommand, ResumeCommand]) {
      const order = command === UpgradeCommand ? UPGRADE : ['--cluster', 'consul', '--yes'];
      const { stdout } = await run(command, ...order, '--write-import', path('imports.tf'), '--json');
      expect(JSON.parse(stdout).terraform).toMatchObject({ kind: 'import', file: path('imports.tf') });
      expect(readFileSync(path('imports.tf'), 'utf8')).toContain('  to = aws_autoscaling_group.consul\n');
    }
  });

  it('is printed if the file cannot be written', async () => {
    library.during = () => rmSync(folder, { recursive: true });
    const { stdout, stderr, error } = await run(UpgradeCommand, ...UPGRADE, '--write-import', path('imports.tf'));
    expect(error).toBeUndefined();
    expect(stderr).toContain('imports.tf was not written');
    expect(stdout).toContain('import {');
  });

  it('is empty after a rollback, and writes no file', async () => {
    library.result = buildResult({ outcome: 'rolled-back' });
    library.plan = tagged({ terraform: 'true' });
    const back = await run(RollbackCommand, '--cluster', 'consul', '--yes');
    expect(back.stdout).toContain('Terraform: nothing to import: its state contains the group');
    await run(UpgradeCommand, ...UPGRADE, '--write-import', path('imports.tf'));
    expect(existsSync(path('imports.tf'))).toBe(false);
  });

  it('is absent if nothing was changed and no Terraform flag is given', async () => {
    library.result = buildResult({ outcome: 'refused' });
    expect((await run(UpgradeCommand, ...UPGRADE)).stdout).not.toContain('Terraform');
    const asked = await run(UpgradeCommand, ...UPGRADE, '--write-import', path('imports.tf'));
    expect(asked.stdout).toContain('Terraform: nothing to import: this command changed nothing.');
  });
});

describe('--terraform-state', () => {
  const withState = (group: string) => {
    writeFileSync(path('state.json'), JSON.stringify(shownState(group, 'consul-lc')));
    return run(UpgradeCommand, ...UPGRADE, '--terraform-state', path('state.json'), '--json');
  };

  it('sets the addresses', async () => {
    const { stdout } = await withState('consul');
    expect(JSON.parse(stdout).terraform).toMatchObject({
      source: 'state',
      imports: [
        { to: 'module.consul.aws_autoscaling_group.this' },
        { to: 'module.consul.aws_launch_configuration.this[0]' },
      ],
    });
  });

  it('is rejected before the roll if it has another cluster', async () => {
    const { stdout, error } = await withState('vault');
    expect(error?.oclif?.exit).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ exitCode: 2, error: { code: 'bad-usage' } });
    expect(library.rolls).toBe(0);
  });
});
