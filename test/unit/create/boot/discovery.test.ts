import { expect, it } from 'vitest';
import { buildAutoJoinPrefix, buildInstanceFilters } from '../../../../src/lib/create/boot/options.js';

it('filters contain commas, and escape wildcards', () => {
  expect(JSON.parse(buildInstanceFilters([{ key: 'Name', value: 'a,b*?\\c' }]))).toEqual([
    { Name: 'tag:Name', Values: ['a,b\\*\\?\\\\c'] },
    { Name: 'instance-state-name', Values: ['pending', 'running'] },
  ]);
});

it.each([
  ['consul', 'provider=aws tag_key=Name tag_value=consul region='],
  ['my consul', 'provider=aws tag_key=Name tag_value="my consul" region='],
  ['a="b\\', 'provider=aws tag_key=Name tag_value="a=\\"b\\\\" region='],
])('cloud auto-join searches for %s', (value, entry) => {
  expect(JSON.parse(`${buildAutoJoinPrefix({ key: 'Name', value })}"`)).toBe(entry);
});
