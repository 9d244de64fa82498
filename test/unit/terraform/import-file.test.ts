import { describe, expect, it } from 'vitest';
import { formatImportFile, quoteHcl, quoteShell } from '../../../src/lib/terraform/import.js';
import { parseResourceType } from '../../../src/lib/terraform/state.js';
import { buildResult } from '../../helpers/scripted-roll.js';
import { planImport } from '../../helpers/terraform-import.js';

describe('formatImportFile', () => {
  it('writes import blocks, and the other steps as comments', () => {
    const launchSource = 'module.consul.aws_launch_configuration.this["a b"]';
    const planned = planImport(buildResult(), { addresses: { launchSource }, state: undefined });
    expect(planned.kind === 'import' && formatImportFile(planned)).toMatchSnapshot();
  });
});

describe('quoting', () => {
  it('escapes text for HCL', () => {
    expect(quoteHcl(`consul - "a" $${'{b}'} %{c} \\`)).toBe('"consul - \\"a\\" $${b} %%{c} \\\\"');
  });

  it('quotes one word for a shell', () => {
    expect(quoteShell('module.consul.aws_autoscaling_group.this')).toBe('module.consul.aws_autoscaling_group.this');
    expect(quoteShell('a.b["it\'s"]')).toBe(`'a.b["it'\\''s"]'`);
  });
});

describe('parseResourceType', () => {
  it.each([
    ['aws_autoscaling_group.consul', 'aws_autoscaling_group'],
    ['module.eu["a.b"].module.consul[1].aws_launch_template.this["x\\"y"]', 'aws_launch_template'],
    ['data.aws_ami.this', undefined],
    ['aws_autoscaling_group', undefined],
    ['aws_autoscaling_group.a b', undefined],
    ['aws_autoscaling_group.a\nb', undefined],
  ])('reads %s as %s', (address, type) => {
    expect(parseResourceType(address)).toBe(type);
  });
});
