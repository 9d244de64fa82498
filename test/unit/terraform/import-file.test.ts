import { describe, expect, it } from 'vitest';
import {
  formatImportFile,
  planTerraformImport,
  quoteHcl,
  quoteShell,
} from '../../../src/lib/terraform/import.js';
import { parseResourceType } from '../../../src/lib/terraform/state.js';
import { buildResult } from '../../helpers/scripted-roll.js';

describe('the import file', () => {
  it('holds the blocks, and the rest as comments', () => {
    const template = 'module.consul.aws_launch_configuration.this["a b"]';
    const adoption = planTerraformImport(buildResult(), { addresses: { template }, state: undefined });
    expect(adoption.kind === 'adopt' && formatImportFile(adoption)).toMatchSnapshot();
  });
});

describe('text for others to read', () => {
  it('means itself in HCL', () => {
    expect(quoteHcl(`consul - "a" $${'{b}'} %{c} \\`)).toBe('"consul - \\"a\\" $${b} %%{c} \\\\"');
  });

  it('is one word of a shell', () => {
    expect(quoteShell('module.consul.aws_autoscaling_group.this')).toBe(
      'module.consul.aws_autoscaling_group.this',
    );
    expect(quoteShell('a.b["it\'s"]')).toBe(`'a.b["it'\\''s"]'`);
  });
});

describe('an address', () => {
  it.each([
    ['aws_autoscaling_group.consul', 'aws_autoscaling_group'],
    ['module.eu["a.b"].module.consul[1].aws_launch_template.this["x\\"y"]', 'aws_launch_template'],
    ['data.aws_ami.this', undefined],
    ['aws_autoscaling_group', undefined],
    ['aws_autoscaling_group.a b', undefined],
    ['aws_autoscaling_group.a\nb', undefined],
  ])('%s is of type %s', (address, type) => {
    expect(parseResourceType(address)).toBe(type);
  });
});
