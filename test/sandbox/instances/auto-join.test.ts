import type { DescribeInstancesRequest } from '@aws-sdk/client-ec2';
import { expect, it } from 'vitest';
import { isAutoJoin, resolveAutoJoin } from '../../../src/sandbox/instances/auto-join.js';
import { cloudOf, specOf } from './context.js';

it('cloud auto-join is answered by the sandbox, with the tag as Consul reads it', () => {
  const asked: DescribeInstancesRequest[] = [];
  const cloud = cloudOf([specOf({ address: '127.79.4.4' }), specOf({ address: '127.79.4.5' })]);
  const spying = {
    ...cloud,
    describeInstances: (input: DescribeInstancesRequest) => {
      asked.push(input);
      return cloud.describeInstances(input);
    },
  };
  const entry = 'provider=aws tag_key="a key" tag_value="x \\"y\\" \\\\" region=eu-west-1';
  expect([isAutoJoin(entry), isAutoJoin('10.0.0.1')]).toEqual([true, false]);
  expect(resolveAutoJoin(entry, spying)).toEqual(['127.79.4.4', '127.79.4.5']);
  expect(asked[0]?.Filters?.[0]).toEqual({ Name: 'tag:a key', Values: ['x "y" \\'] });
});
