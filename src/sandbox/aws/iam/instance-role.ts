import type { AwsState } from '../state.js';
import type { Policy } from './policy.js';

/**
 * What the role of every instance may do: what boot scripts and cloud auto-join ask, and nothing else. A program on this machine
 * that gets hold of its keys launches nothing.
 */
export const INSTANCE_POLICY: Policy = {
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Action: [
        'ec2:DescribeInstances',
        'ec2:DescribeTags',
        'autoscaling:DescribeAutoScalingGroups',
        'autoscaling:DescribeAutoScalingInstances',
        'autoscaling:DescribeTags',
      ],
      Resource: ['*'],
    },
  ],
};

/** The role as it calls. */
export function buildRoleSessionArn({ accountId }: Pick<AwsState, 'accountId'>): string {
  return `arn:aws:sts::${accountId}:assumed-role/sandbox/instance`;
}
