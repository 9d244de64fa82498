import { describe, expect, it } from 'vitest';
import { adoptionAfter, hclString, importFile, shellWord } from '../../../src/lib/terraform/import.js';
import { typeOf } from '../../../src/lib/terraform/state.js';
import { resultOf } from '../../helpers/scripted-roll.js';

describe('the import file', () => {
  it('holds the blocks, and the rest as comments', () => {
    const template = 'module.consul.aws_launch_configuration.this["a b"]';
    const adoption = adoptionAfter(resultOf(), { given: { template }, tracked: undefined });
    expect(adoption.kind === 'adopt' && importFile(adoption)).toMatchSnapshot();
  });
});

describe('text for others to read', () => {
  it('means itself in HCL', () => {
    expect(hclString(`consul - "a" $${'{b}'} %{c} \\`)).toBe('"consul - \\"a\\" $${b} %%{c} \\\\"');
  });

  it('is one word of a shell', () => {
    expect(shellWord('module.consul.aws_autoscaling_group.this')).toBe(
      'module.consul.aws_autoscaling_group.this',
    );
    expect(shellWord('a.b["it\'s"]')).toBe(`'a.b["it'\\''s"]'`);
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
    expect(typeOf(address)).toBe(type);
  });
});
