import { describe, expect, it } from 'vitest';
import { buildResultDocument } from '../../../src/lib/output/json/documents.js';
import { formatTerraformImport } from '../../../src/lib/output/text/terraform.js';
import { buildPlan } from '../../helpers/plans.js';
import { buildResult } from '../../helpers/scripted-roll.js';
import { planImport } from '../../helpers/terraform-import.js';

const UNKNOWN = { addresses: {}, state: undefined };
const GIVEN = {
  addresses: { group: 'aws_autoscaling_group.consul', launchSource: 'aws_launch_configuration.consul' },
  state: undefined,
};

const text = (...args: Parameters<typeof formatTerraformImport>) =>
  formatTerraformImport(...args)
    .map((line) => line.text)
    .join('\n');

describe('formatTerraformImport', () => {
  it('is every step, and a notice about guessed addresses', () => {
    expect(text(planImport(buildResult(), UNKNOWN), undefined, 100)).toMatchSnapshot();
  });

  it('names the import file, and has no notice without guesses', () => {
    const said = text(planImport(buildResult(), GIVEN), 'imports.tf', 100);
    expect(said).toContain('3. Put imports.tf into');
    expect(said).not.toContain('import {');
    expect(said).not.toContain('guess');
  });

  it('wraps sentences, but not text to copy', () => {
    const lines = text(planImport(buildResult(), UNKNOWN), undefined, 40).split('\n');
    const at = lines.indexOf('   terraform state rm \\');
    expect(lines.slice(at + 1, at + 3)).toEqual([
      '   aws_autoscaling_group.consul \\',
      '   aws_launch_configuration.consul',
    ]);
    expect(lines.filter((line) => !line.startsWith('   ')).every((line) => line.length <= 40)).toBe(true);
  });

  it('is only the image after a new launch template version in place', () => {
    const { intent } = buildResult();
    if (intent === undefined) throw new Error('a roll has an intent');
    const oldTemplate = {
      kind: 'launch-template',
      id: 'lt-0abc',
      name: 'consul',
      version: '3',
      resolved: 3,
      defaultVersion: 1,
      mixed: false,
    } as const;
    const nextLaunchSource = { kind: 'launch-template-version', id: 'lt-0abc' } as const;
    const inPlace = { ...intent, newGroup: intent.oldGroup, previousLaunchSource: oldTemplate, nextLaunchSource };
    const said = text(planImport(buildResult({ intent: inPlace }), GIVEN), undefined, 100);
    expect(said).toMatchSnapshot();
  });

  it('tells the operator to write a converted resource', () => {
    const { intent, observation } = buildResult();
    if (intent === undefined || observation === undefined) throw new Error('a roll has an intent and an observation');
    const converted = { ...intent, nextLaunchSource: { kind: 'launch-template', name: 'consul-7f3a' } as const };
    const launchTemplate = { id: 'lt-0def', name: 'a', defaultVersion: 1, latestVersion: 1, rollVersion: 1 };
    const result = buildResult({ intent: converted, observation: { ...observation, launchTemplate } });
    expect(text(planImport(result, GIVEN), undefined, 100)).toMatchSnapshot();
  });

  it('is a warning while the roll has not ended', () => {
    expect(text(planImport(buildResult({ outcome: 'stopped' }), UNKNOWN), undefined, 100)).toBe(
      'Terraform: nothing to import before the roll has ended; do not run terraform apply until then.',
    );
  });
});

describe('what Terraform is told, for a script', () => {
  it('is in the document of a roll', () => {
    const terraformImport = planImport(buildResult(), UNKNOWN);
    const { terraform } = buildResultDocument(buildResult(), 0, buildPlan(), {
      terraformImport: terraformImport,
      file: 'imports.tf',
    });
    expect(terraform).toMatchObject({
      kind: 'import',
      source: 'guessed',
      commands: ['terraform state rm aws_autoscaling_group.consul aws_launch_configuration.consul'],
      importBlocks: expect.stringMatching(/^import \{\n {2}to = aws_autoscaling_group.consul\n/),
      file: 'imports.tf',
    });
  });

  it('explains why nothing is to import', () => {
    const back = buildResult({ outcome: 'rolled-back' });
    const terraformImport = planImport(back, UNKNOWN);
    expect(
      buildResultDocument(back, 0, buildPlan(), { terraformImport: terraformImport, file: undefined }).terraform,
    ).toEqual({
      kind: 'nothing',
      because: 'rolled-back',
      sentence: 'nothing to import: its state contains the group that the cluster still runs in.',
    });
  });
});
