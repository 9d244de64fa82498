import { describe, expect, it } from 'vitest';
import {
  assertGroupInState,
  type FileReader,
  resolveTerraformSettings,
} from '../../../src/lib/config/terraform.js';
import { IMPORT_FILE_MARK } from '../../../src/lib/terraform/import.js';
import { buildIntent } from '../../helpers/intents.js';
import { buildObservation } from '../../helpers/surveys.js';
import { shownState } from '../terraform/states.js';

const files: FileReader = {
  readText: (path) =>
    new Map([
      ['state.json', JSON.stringify(shownState('consul', 'consul-lc'))],
      ['secret.txt', 'token=hunter2'],
      ['tags.json', '{}'],
      ['main.tf', 'resource'],
      ['imports.tf', `${IMPORT_FILE_MARK}\n`],
    ]).get(path),
  hasParentFolder: (path) => !path.includes('/'),
};

describe('what is said about Terraform', () => {
  it('is nothing without a flag', () => {
    expect(resolveTerraformSettings({}, files)).toEqual({
      knowledge: { addresses: {}, state: undefined },
      importFile: undefined,
      requested: false,
    });
  });

  it('is addresses, commas in their keys and all', () => {
    const group = 'module.consul["a,b"].aws_autoscaling_group.this';
    const template = 'aws_launch_template.this';
    const flags = { 'terraform-address': `group=${group},template=${template}` };
    expect(resolveTerraformSettings(flags, files)).toMatchObject({
      knowledge: { addresses: { group, template } },
      requested: true,
    });
  });

  it('is a state, and a file to write or to write again', () => {
    const settings = resolveTerraformSettings(
      { 'terraform-state': 'state.json', 'write-import': 'imports.tf' },
      files,
    );
    expect(settings.importFile).toBe('imports.tf');
    expect(settings.knowledge.state).toHaveLength(2);
    expect(resolveTerraformSettings({ 'write-import': 'new.tf' }, files).importFile).toBe('new.tf');
  });

  it.each([
    [
      'the address of something else',
      { 'terraform-address': 'group=aws_instance.consul' },
      /group=aws_instance/,
    ],
    ['an address of no kind', { 'terraform-address': 'aws_autoscaling_group.consul' }, /is not the address/],
    ['a template as the group', { 'terraform-address': 'group=aws_launch_template.a' }, /is not the address/],
    ['a state that is not there', { 'terraform-state': 'none.json' }, /no such file/],
    ['a state that is none', { 'terraform-state': 'tags.json' }, /neither/],
    ['a state that is no JSON', { 'terraform-state': 'secret.txt' }, /not JSON/],
    ["somebody else's file", { 'write-import': 'main.tf' }, /did not write it/],
    ['a folder that is not there', { 'write-import': 'nowhere/imports.tf' }, /no such folder/],
  ])('is refused before any change where it names %s', (_name, flags, message) => {
    const read = () => resolveTerraformSettings(flags, files);
    expect(read).toThrow(message);
    expect(read).toThrow(expect.objectContaining({ code: 'bad-usage', kind: 'usage' }));
    expect(read).not.toThrow(/hunter2/);
  });
});

describe('a state', () => {
  const intent = buildIntent(buildObservation());
  const settings = resolveTerraformSettings({ 'terraform-state': 'state.json' }, files);

  it('is refused when it does not track the group to be rolled', () => {
    expect(() => assertGroupInState(settings, intent)).not.toThrow();
    expect(() => assertGroupInState(settings, { ...intent, oldGroup: 'vault' })).toThrow(/named vault/);
  });

  it('is believed less than an address that was given', () => {
    const both = { 'terraform-state': 'state.json', 'terraform-address': 'group=aws_autoscaling_group.b' };
    expect(() =>
      assertGroupInState(resolveTerraformSettings(both, files), { ...intent, oldGroup: 'b' }),
    ).not.toThrow();
  });
});
