import { describe, expect, it } from 'vitest';
import { parseState } from '../../../src/lib/terraform/state.js';
import { shownState, stateFile } from './states.js';

describe('parseState', () => {
  it('reads modules and keys from a state file, without data sources and deposed resources', () => {
    const addresses = parseState(stateFile('consul', 'consul-lc'))?.map(({ address }) => address);
    expect(addresses?.slice(0, 4)).toEqual([
      'aws_autoscaling_group.other',
      'module.eu["a,b"].module.consul.aws_autoscaling_group.this',
      'module.eu["a,b"].module.consul.aws_launch_configuration.this[0]',
      'module.eu["a,b"].module.consul.aws_autoscaling_policy.grow["busy"]',
    ]);
  });

  it('reads terraform show -json', () => {
    expect(parseState(shownState('consul', 'consul-lc'))).toEqual([
      {
        address: 'module.consul.aws_autoscaling_group.this',
        type: 'aws_autoscaling_group',
        values: { name: 'consul' },
      },
      expect.objectContaining({ address: 'module.consul.aws_launch_configuration.this[0]' }),
    ]);
  });

  it('reads an empty state', () => {
    expect(parseState({ format_version: '1.0' })).toEqual([]);
  });

  it.each([[{ version: 3, modules: [] }], [{ Resources: {} }], [[]], [undefined]])('is unknown in %j', (other) => {
    expect(parseState(other)).toBeUndefined();
  });
});
