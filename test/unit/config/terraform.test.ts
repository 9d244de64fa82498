import { describe, expect, it } from 'vitest';
import { assertGroupInState, resolveTerraformSettings } from '../../../src/lib/config/terraform.js';
import { buildIntent } from '../../helpers/intents.js';
import { buildObservation } from '../../helpers/observations.js';
import { shownState } from '../terraform/states.js';

const FILES = new Map([
  ['state.json', JSON.stringify(shownState('consul', 'consul-lc'))],
  ['secret.txt', 'token=hunter2'],
  ['tags.json', '{}'],
]);
const readText = (path: string) => {
  const text = FILES.get(path);
  if (text === undefined) throw new Error('no such file');
  return text;
};

describe('resolveTerraformSettings', () => {
  it('is empty without a flag', () => {
    expect(resolveTerraformSettings({}, readText)).toEqual({
      sources: { addresses: {}, state: undefined },
      importFile: undefined,
      requested: false,
    });
  });

  // `template` is the old name of `launch-source`.
  it.each(['launch-source', 'template'])('reads addresses whose keys contain commas: %s', (name) => {
    const group = 'module.consul["a,b"].aws_autoscaling_group.this';
    const launchSource = 'aws_launch_template.this';
    const flags = { 'terraform-address': `group=${group},${name}=${launchSource}` };
    expect(resolveTerraformSettings(flags, readText)).toMatchObject({
      sources: { addresses: { group, launchSource } },
      requested: true,
    });
  });

  it('reads a state', () => {
    const settings = resolveTerraformSettings(
      { 'terraform-state': 'state.json', 'write-import': 'imports.tf' },
      readText,
    );
    expect(settings.importFile).toBe('imports.tf');
    expect(settings.sources.state).toHaveLength(2);
  });

  it.each([
    ['the address of something else', { 'terraform-address': 'group=aws_instance.consul' }, /group=aws_instance/],
    ['an address without a kind', { 'terraform-address': 'aws_autoscaling_group.consul' }, /is not the address/],
    ['a launch template as the group', { 'terraform-address': 'group=aws_launch_template.a' }, /is not the address/],
    ['a missing state', { 'terraform-state': 'none.json' }, /no such file/],
    ['JSON that is not a state', { 'terraform-state': 'tags.json' }, /neither/],
    ['a state that is not JSON', { 'terraform-state': 'secret.txt' }, /not JSON/],
  ])('refuses %s', (_name, flags, message) => {
    const read = () => resolveTerraformSettings(flags, readText);
    expect(read).toThrow(message);
    expect(read).toThrow(expect.objectContaining({ code: 'bad-usage', kind: 'usage' }));
    expect(read).not.toThrow(/hunter2/);
  });
});

describe('assertGroupInState', () => {
  const intent = buildIntent(buildObservation());
  const settings = resolveTerraformSettings({ 'terraform-state': 'state.json' }, readText);

  it('refuses a state without the group', () => {
    expect(() => assertGroupInState(settings, intent)).not.toThrow();
    expect(() => assertGroupInState(settings, { ...intent, oldGroup: 'vault' })).toThrow(/named vault/);
  });

  it('prefers an address that was given', () => {
    const both = { 'terraform-state': 'state.json', 'terraform-address': 'group=aws_autoscaling_group.b' };
    expect(() =>
      assertGroupInState(resolveTerraformSettings(both, readText), { ...intent, oldGroup: 'b' }),
    ).not.toThrow();
  });
});
