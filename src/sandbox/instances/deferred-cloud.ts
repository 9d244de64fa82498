import type { SandboxAws } from '../aws/sandbox-aws.js';
import type { Cloud } from '../interfaces.js';

/** The cloud as instances see it. It is created before the account, and connected before the first instance boots. */
export interface DeferredCloud extends Cloud {
  connect(aws: SandboxAws, endpointUrl: string): void;
}

/** A cloud without a connection yet. */
export function createDeferredCloud(roleSecretKey: string): DeferredCloud {
  let connected: { readonly aws: SandboxAws; readonly url: string } | undefined;
  const reached = () => {
    if (connected === undefined) throw new Error('an instance booted before there was a cloud');
    return connected;
  };
  return {
    connect: (aws, url) => {
      connected = { aws, url };
    },
    endpointUrl: () => reached().url,
    roleSecretKey,
    describeInstances: (input) => reached().aws.call('ec2', 'DescribeInstances', input),
    describeGroups: (names) =>
      reached().aws.call('autoscaling', 'DescribeAutoScalingGroups', { AutoScalingGroupNames: [...names] }),
    describeGroupInstances: (ids) =>
      reached().aws.call('autoscaling', 'DescribeAutoScalingInstances', { InstanceIds: [...ids] }),
  };
}
